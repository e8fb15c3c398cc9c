import ArgumentParser
import AWSModel
import Diagnostics
import PropertyTree
import StackContracts
import StackEngine
import StackModel

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List a stack's deployments, or show one of them.",
    discussion: """
      The last 100 deployments of a name are kept, also of stacks that are gone.

      EXAMPLES
        leat history kinesis-workshop --env dev
        leat history kinesis-workshop 3
        leat history kinesis-workshop 3 --template > before.yaml
      """)

  @OptionGroup var stack: StackOptions
  @Argument(help: "The number of one deployment.")
  var number: Int?
  @OptionGroup var common: CommonOptions
  @Flag(help: "With a number: print the template that was deployed.")
  var template = false

  func validate() throws {
    if template, number == nil { throw ValidationError("--template wants a deployment's number.") }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let (name, records) = try await context.history(stack, "history")
      guard let number else {
        if common.json { return context.printJSON(.list(records.map(HistoryView.document))) }
        for line in HistoryView(terminal: context.terminal).lines(records) {
          context.terminal.line(line)
        }
        return
      }
      let record = try records.deployment(number, of: name)
      if template {
        if common.json { return context.printJSON(["template": .string(record.templateBody)]) }
        return context.terminal.write(record.templateBody)
      }
      if common.json { return context.printJSON(HistoryView.document(record)) }
      for line in HistoryView(terminal: context.terminal).lines(record) {
        context.terminal.line(line)
      }
    }
  }
}

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare what two deployments of a stack were asked to make.",
    discussion: """
      EXAMPLES
        leat diff kinesis-workshop 3 5
        leat diff kinesis-workshop 3
      """)

  @OptionGroup var stack: StackOptions
  @Argument(help: "The number of a deployment.")
  var first: Int
  @Argument(help: "The number of another; the last one where it is left out.")
  var second: Int?
  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await CommandContext(common).run { context in
      let (name, records) = try await context.history(stack, "diff")
      let old = try records.deployment(first, of: name)
      let new = try records.deployment(second ?? records.last?.number ?? first, of: name)
      let difference = RequestDifference(old, new)
      if common.json { return context.printJSON(difference.document) }
      for line in difference.lines(context.terminal) { context.terminal.line(line) }
    }
  }
}

struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Deploy again what an earlier deployment was asked to make.",
    discussion: """
      The earlier template, parameters and tags are planned against what is deployed now.

      Without --to, a deployment that failed and was left so (`leat deploy --no-rollback`) is taken \
      back, and a rollback that failed is tried again.

      EXAMPLES
        leat rollback kinesis-workshop --to 3
        leat rollback kinesis-workshop
      """)

  @OptionGroup var stack: StackOptions
  @Option(
    help: "The deployment's number; the last good one before the present where it is left out.")
  var to: Int?
  @OptionGroup var common: CommonOptions
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      let reference = try StackReference(stack, needsTemplate: false, files: context.effects.files)
      try await context.withConnection("rollback") { connection in
        let name = reference.stackName
        try await context.waitingForStack(name, over: connection)
        if to == nil, try await context.takeBack(name, over: connection, yes: yes) { return }
        let records = try await connection.stacks.history(ofStack: name, in: common.scope)
        let target = try self.target(records, name)
        let request = target.request(in: common.scope, stackName: name)
        let plan = try context.planned(await connection.stacks.plan(request), reference)
        if !common.json {
          context.terminal.line(
            "Deployment \(target.number) of \(target.startedAt.iso8601), again:")
          context.show(plan)
        }
        if plan.isEmpty { return common.json ? context.show(plan) : () }
        try context.confirm("Go back to this?", isAnswered: yes)
        do { try await context.apply(plan, over: connection) } catch let failure as StackFailure
          where failure.isOfMissingAsset
        {
          throw target.lacksCode(plan)
        }
      }
    }
  }

  private func target(_ records: [DeploymentRecord], _ name: String) throws -> DeploymentRecord {
    if let to {
      let record = try records.deployment(to, of: name)
      guard record.kind != .delete else {
        throw StackFailure(
          .invalidArgument, "deployment \(to) of `\(name)` removed the stack",
          hint: "`leat destroy` does that")
      }
      return record
    }
    // The last good one has made what is deployed now.
    let good = records.filter { $0.isGood && $0.kind != .delete }
    guard good.count > 1 else {
      throw StackFailure(
        .invalidArgument, "there is no earlier deployment of `\(name)` to go back to",
        hint: "`leat history` lists them")
    }
    return good[good.count - 2]
  }
}

extension CommandContext {
  /// Takes back a deployment that failed and was left so, or goes on with a rollback that failed.
  /// False where the stack has neither.
  fileprivate func takeBack(
    _ name: String, over connection: any EnvironmentConnection, yes: Bool
  ) async throws -> Bool {
    let choice = RollbackChoice()
    guard let state = try await connection.stacks.stack(named: name, in: common.scope),
      choice.fits(state.status)
    else { return false }
    if !common.json {
      terminal.line("\(terminal.styled(name, .bold)): \(state.status.rawValue)")
    }
    try confirm("Take the last deployment back?", isAnswered: yes)
    let request = RollbackRequest(scope: common.scope, stackName: name, choice: choice)
    let reached = try await following(showsOutputs: true) {
      try await connection.stacks.rollBack(request, onEvent: $0)
    }
    if common.json { printJSON(printed(reached, reached.parameters)) }
    if ![.rollbackComplete, .updateRollbackComplete].contains(reached.status) {
      throw Exit.failure
    }
    return true
  }

  fileprivate func history(_ stack: StackOptions, _ command: String) async throws -> (
    name: String, records: [DeploymentRecord]
  ) {
    let reference = try StackReference(stack, needsTemplate: false, files: effects.files)
    let records = try await withConnection(command) {
      try await $0.stacks.history(ofStack: reference.stackName, in: common.scope)
    }
    return (reference.stackName, records)
  }
}

extension [DeploymentRecord] {
  func deployment(_ number: Int, of name: String) throws -> DeploymentRecord {
    guard let record = first(where: { $0.number == number }) else {
      let known = isEmpty ? "none is" : "\(self[0].number) to \(self[count - 1].number) are"
      throw StackFailure(
        .invalidArgument, "there is no deployment \(number) of `\(name)`", hint: "\(known) known")
    }
    return record
  }
}

extension DeploymentRecord {
  /// The failure where the plan needs files that only this deployment had.
  fileprivate func lacksCode(_ plan: Plan) -> StackFailure {
    let names = plan.newAssets.map { $0.path ?? $0.key }.joined(separator: ", ")
    let place =
      origin?.commit.map { "check out \($0.prefix(10))" } ?? "bring back the files of then"
    return StackFailure(
      .stackNotUpdatable, "the code that deployment \(number) brought along is not kept: \(names)",
      hint: "\(place) and run `leat deploy`")
  }

  /// The same, to be planned against what is there now.
  fileprivate func request(in scope: Scope, stackName: String) -> DeployRequest {
    var request = DeployRequest(
      scope: scope, stackName: stackName, templateBody: templateBody,
      templateFile: "deployment \(number)",
      parameters: Dictionary(
        parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
      tags: tags, assets: assets.isEmpty ? nil : assets)
    request.restoresRemoved = true
    return request
  }
}
