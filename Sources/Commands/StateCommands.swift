import ArgumentParser
import Diagnostics
import PropertyTree
import StackContracts
import StackEngine
import StackModel

struct StateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "state", abstract: "Look into the record of stacks, and correct it.",
    discussion: """
      The record says which resources a stack has, under which logical IDs, and with which \
      properties they were deployed.

      EXAMPLES
        leat state list
        leat state show kinesis-workshop Stream --env dev
        leat state move shop Queue Orders
        leat state forget shop Archive
      """,
    subcommands: [
      StateListCommand.self, StateShowCommand.self, StateMoveCommand.self, StateForgetCommand.self,
    ])
}

struct StateListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the resources of every stack, or of those that are named.",
    discussion: "EXAMPLE\n  leat state list shop")

  @Argument(help: "Names of stacks.")
  var stacks: [String] = []
  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await CommandContext(common).run { context in
      let all = try await context.withConnection("state") {
        try await $0.stacks.stacks(in: common.scope)
      }
      let known = all.map(\.environment.stackName)
      if let lost = stacks.first(where: { !known.contains($0) }) {
        throw StackFailure(
          .unknownStack, "there is no stack `\(lost)`",
          hint: known.isEmpty ? nil : "there is: \(known.joined(separator: ", "))")
      }
      let shown = all.filter { stacks.isEmpty || stacks.contains($0.environment.stackName) }
      let view = StateView(terminal: context.terminal)
      if common.json { return context.printJSON(.list(shown.flatMap(view.documents))) }
      for line in view.lines(shown) { context.terminal.line(line) }
    }
  }
}

struct StateShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what is recorded of one resource.",
    discussion: "EXAMPLE\n  leat state show kinesis-workshop Stream --env dev")

  @OptionGroup var stack: StackOptions
  @Argument(help: "The resource's logical ID.")
  var resource: String
  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await CommandContext(common).run { context in
      let state = try await context.deployedStack(stack, command: "state")
      guard let found = state.resources.first(where: { $0.logicalID.text == resource }) else {
        throw StackFailure(
          .invalidArgument,
          "the stack `\(state.environment.stackName)` has no resource `\(resource)`",
          hint: Suggestion.didYouMean(resource, among: state.resources.map(\.logicalID.text)))
      }
      let view = StateView(terminal: context.terminal)
      if common.json { return context.printJSON(view.document(found, of: state)) }
      for line in view.lines(found, of: state) { context.terminal.line(line) }
    }
  }
}

struct StateMoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Give a resource of a stack another logical ID.",
    discussion: """
      The resource stays as it is. The template has to say the new ID before it is deployed again.

      EXAMPLE
        leat state move shop Queue Orders
      """)

  @OptionGroup var stack: StackOptions
  @Argument(help: "The logical ID that the resource has.")
  var old: String
  @Argument(help: "The logical ID that it is to have.")
  var new: String
  @OptionGroup var common: CommonOptions
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      try await context.revise(stack, moves: [old: new], yes: yes)
    }
  }
}

struct StateForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget", abstract: "Take resources out of a stack's record, and leave them be.",
    discussion: """
      The resources stay in the emulator and belong to no stack. `leat deploy --import` takes them \
      into one again.

      EXAMPLE
        leat state forget shop Archive
      """)

  @OptionGroup var stack: StackOptions
  @Argument(help: "Logical IDs of resources.")
  var resources: [String]
  @OptionGroup var common: CommonOptions
  @Flag(name: .shortAndLong, help: "Go ahead without asking.")
  var yes = false

  func run() async throws {
    try await CommandContext(common).run { context in
      try await context.revise(stack, forgotten: resources, yes: yes)
    }
  }
}

extension CommandContext {
  /// Plans a change of the record, shows it, asks, and carries it out.
  fileprivate func revise(
    _ options: StackOptions, moves: [String: String] = [:], forgotten: [String] = [], yes: Bool
  ) async throws {
    let reference = try StackReference(options, needsTemplate: false, files: effects.files)
    try await withConnection("state") { connection in
      let request = RevisionRequest(
        scope: common.scope, stackName: reference.stackName, moves: moves, forgotten: forgotten)
      try await waitingForStack(reference.stackName, over: connection)
      let plan = try planned(await connection.stacks.planRevision(request), reference)
      if !common.json { show(plan) }
      try confirm("Change the record?", isAnswered: yes)
      try await apply(plan, over: connection)
    }
  }
}
