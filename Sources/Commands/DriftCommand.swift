import ArgumentParser
import StackContracts

struct DriftCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Show what was changed outside of a stack.",
    discussion: """
      Compares each resource as it was last deployed with what is there now. Properties that the \
      template does not say are not compared.

      EXAMPLES
        leat drift kinesis-workshop --env dev
        leat drift kinesis-workshop --env dev --detailed-exitcode
        leat drift kinesis-workshop --env dev --adopt
      """)

  @OptionGroup var stack: StackOptions
  @OptionGroup var common: CommonOptions
  @Flag(help: "Exit with 2 when something has drifted.")
  var detailedExitcode = false
  @Flag(
    help: """
      Record what is there as what was deployed: nothing is changed, and the next plan shows what \
      the template says otherwise.
      """)
  var adopt = false
  @Flag(name: .shortAndLong, help: "With --adopt: go ahead without asking.")
  var yes = false

  func validate() throws {
    if adopt, detailedExitcode {
      throw ValidationError("--adopt leaves no drift to exit with 2 for.")
    }
    if yes, !adopt { throw ValidationError("--yes answers the question of --adopt.") }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let name = try await context.deployedStack(stack, command: "drift").environment.stackName
      if adopt { return try await adopt(name, context) }
      let report = try await context.withConnection("drift") {
        try await $0.stacks.drift(ofStack: name, in: common.scope)
      }
      context.show(report)
      if detailedExitcode, !report.drifted.isEmpty { throw Exit.changes }
    }
  }

  private func adopt(_ name: String, _ context: CommandContext) async throws {
    try await context.withConnection("drift") { connection in
      let result = try await connection.stacks.planAdoption(ofStack: name, in: common.scope)
      guard let plan = result.plan else { return }
      if !common.json || plan.isEmpty { context.show(plan) }
      if plan.isEmpty { return }
      try context.confirm("Record this?", isAnswered: yes)
      try await context.apply(plan, over: connection)
    }
  }
}

extension CommandContext {
  func show(_ report: DriftReport) {
    if common.json { return printJSON(DriftDocument(report: report).tree) }
    for line in DriftView(terminal: terminal).lines(report) { terminal.line(line) }
  }
}
