import ArgumentParser
import PropertyTree
import StackContracts
import StackEngine
import StackModel

struct OutputsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outputs", abstract: "Print a stack's outputs.",
    discussion: """
      EXAMPLES
        leat outputs kinesis-workshop --env dev
        leat outputs kinesis-workshop --env dev --key BucketName
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var common: CommonOptions
  @Option(help: "Print the value of one output alone.")
  var key: String?

  func run() async throws {
    try await CommandContext(common).run { context in
      let state = try await context.deployedStack(stack, command: "outputs")
      if let key {
        guard let output = state.outputs.first(where: { $0.key == key }) else {
          throw StackFailure(
            .invalidArgument, "the stack \(state.environment.stackName) has no output `\(key)`",
            hint: "it has: " + state.outputs.map(\.key).joined(separator: ", "))
        }
        context.terminal.line(
          common.json ? JSONWriter.compact(.string(output.value)) : output.value)
      } else if common.json {
        context.printJSON(
          .object(PropertyObject(state.outputs.map { ($0.key, .string($0.value)) })))
      } else {
        context.show(outputs: state.outputs)
      }
    }
  }
}

struct ListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the stacks that are deployed.")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await CommandContext(common).run { context in
      let states = try await context.withConnection("list") {
        try await $0.stacks.stacks(in: common.scope)
      }
      if common.json {
        return context.printJSON(
          .list(
            states.map { state in
              [
                "name": .string(state.environment.stackName),
                "id": .string(state.environment.stackID),
                "status": .string(state.status.rawValue),
                "resources": .int(Int64(state.resources.count)),
                "changed": .string((state.updatedAt ?? state.createdAt).iso8601),
              ]
            }))
      }
      for line in StackListView().lines(states) { context.terminal.line(line) }
    }
  }
}

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a stack's resources, outputs and events.",
    discussion: """
      EXAMPLES
        leat show kinesis-workshop --env dev
        leat show kinesis-workshop --env dev --events
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var common: CommonOptions
  @Flag(help: "Show the stack's history too.")
  var events = false

  func run() async throws {
    try await CommandContext(common).run { context in
      let state = try await context.deployedStack(stack, command: "show")
      let name = state.environment.stackName
      let (history, view, found) = try await context.withConnection("show") { connection in
        let history =
          events ? try await connection.stacks.events(ofStack: name, in: common.scope) : []
        let (view, found) = try await context.buffers(name, over: connection)
        return (history, view, found)
      }
      if common.json {
        var tree = context.printed(state, state.parameters).objectValue ?? [:]
        tree["buffers"] = view.tree(found)
        return context.printJSON(
          events ? ["stack": .object(tree), "events": context.tree(history)] : .object(tree))
      }
      let shown = StackView(terminal: context.terminal)
        .lines(state, buffers: view.lines(found), history: events ? history : nil)
      for line in shown { context.terminal.line(line) }
    }
  }
}

extension CommandContext {
  func deployedStack(_ options: StackOptions, command: String) async throws -> StackState {
    let reference = try StackReference(options, needsTemplate: false, files: effects.files)
    return try await withConnection(command) { connection in
      if let state = try await connection.stacks.stack(named: reference.stackName, in: common.scope)
      {
        return state
      }
      let names = try await connection.stacks.stacks(in: common.scope).map(\.environment.stackName)
      throw StackFailure(
        .unknownStack, "there is no stack `\(reference.stackName)`",
        hint: names.isEmpty
          ? "nothing is deployed here; `leat deploy` makes a stack"
          : "deployed are: \(names.joined(separator: ", "))")
    }
  }
}
