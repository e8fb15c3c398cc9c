import AWSModel
import ArgumentParser
import Diagnostics
import Effects
import PropertyTree
import StackContracts
import StackEngine

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print what functions have logged.",
    discussion: """
      EXAMPLES
        leat logs kinesis-workshop --env dev      every function of the stack
        leat logs /aws/lambda/my-function --follow
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var common: CommonOptions
  @Option(help: "Only lines that match a CloudWatch Logs filter pattern.")
  var filter: String?
  @Flag(name: .shortAndLong, help: "Keep printing as lines come.")
  var follow = false

  func run() async throws {
    try await CommandContext(common).run { context in
      try await context.withConnection("logs") { connection in
        let groups = try await groups(context, connection)
        var next: [String: Int64] = [:]
        var seen: Set<String> = []
        repeat {
          for group in groups {
            try await printNew(group, since: &next[group], seen: &seen, context, connection)
          }
          if follow {
            await context.effects.clock.wait(until: context.effects.clock.now.adding(seconds: 1))
          }
        } while follow
      }
    }
  }

  private func groups(_ context: CommandContext, _ connection: any EnvironmentConnection)
    async throws -> [String]
  {
    if stack.stack.hasPrefix("/"), !context.effects.files.exists(stack.stack) {
      return [try await group(stack.stack, connection)]
    }
    let reference = try StackReference(stack, needsTemplate: false, files: context.effects.files)
    guard
      let state = try await connection.stacks.stack(named: reference.stackName, in: common.scope)
    else { return [try await group("/aws/lambda/\(stack.stack)", connection)] }
    return state.resources.compactMap { resource in
      switch resource.type.text {
      case "AWS::Lambda::Function": "/aws/lambda/\(resource.identity.physicalID)"
      case "AWS::Logs::LogGroup": resource.identity.physicalID
      default: nil
      }
    }
  }

  /// A log group that is there, or one that a function of a stack will make when it first logs.
  ///
  /// - Throws: `StackFailure` where there is neither.
  private func group(_ name: String, _ connection: any EnvironmentConnection) async throws
    -> String
  {
    let found = try await connection.call(
      "logs", "DescribeLogGroups", ["logGroupNamePrefix": .string(name)])
    let groups = (found["logGroups"]?.listValue ?? []).compactMap {
      $0["logGroupName"]?.stringValue
    }
    if groups.contains(name) { return name }
    let states = try await connection.stacks.stacks(in: common.scope)
    let functions = states.flatMap(\.resources).filter { $0.type == "AWS::Lambda::Function" }
      .map(\.identity.physicalID)
    if functions.contains(where: { "/aws/lambda/\($0)" == name }) { return name }
    let known = states.map(\.environment.stackName) + functions + groups
    throw StackFailure(
      .unknownStack, "there is no stack, no function and no log group `\(stack.stack)`",
      hint: Suggestion.didYouMean(stack.stack, among: known)
        ?? "`leat list` and `leat show <stack>` print the names")
  }

  private func printNew(
    _ group: String, since: inout Int64?, seen: inout Set<String>, _ context: CommandContext,
    _ connection: any EnvironmentConnection
  ) async throws {
    var token: PropertyValue?
    repeat {
      var input: PropertyObject = ["logGroupName": .string(group)]
      if let since { input["startTime"] = .int(since) }
      if let filter { input["filterPattern"] = .string(filter) }
      if let token { input["nextToken"] = token }
      let answer: PropertyValue
      do { answer = try await connection.call("logs", "FilterLogEvents", .object(input)) } catch let
        error as ServiceError where error.code == "ResourceNotFoundException"
      {
        if !follow, !common.json { context.terminal.line("\(group): nothing logged yet") }
        return
      }
      for event in answer["events"]?.listValue ?? [] {
        guard let id = event["eventId"]?.stringValue, seen.insert(id).inserted else { continue }
        let timestamp = event["timestamp"]?.integerValue ?? 0
        since = max(since ?? 0, timestamp)
        let message = event["message"]?.stringValue ?? ""
        if common.json {
          context.terminal.line(JSONWriter.compact(event))
        } else {
          context.terminal.line(
            context.terminal.styled(Timestamp(milliseconds: timestamp).iso8601, .faint) + "  "
              + message.trimmingNewlines)
        }
      }
      token = answer["nextToken"]
    } while token != nil
  }
}

extension String {
  /// Without line ends at its end.
  var trimmingNewlines: String {
    var text = Substring(self)
    while let last = text.last, last.isNewline { text.removeLast() }
    return String(text)
  }
}
