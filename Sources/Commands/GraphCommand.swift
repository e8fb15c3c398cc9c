import ArgumentParser
import CloudAssembly
import StackContracts
import StackEngine
import StackModel

struct GraphCommand: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case mermaid, dot, svg
  }

  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Draw a stack's resources and what each one needs.",
    discussion: """
      An arrow leads from a resource to one that it needs, which is made first and removed last.

      EXAMPLES
        leat graph kinesis-workshop
        leat graph kinesis-workshop --plan --format svg > plan.svg
        leat graph template.yaml --format dot | dot -Tpng > stack.png
      """)

  @OptionGroup var stack: StackOptions
  @Argument(
    help: ArgumentHelp(
      "Stacks of a cloud assembly; all of them where none is named.", valueName: "stack-of-assembly"
    ))
  var selection: [String] = []
  @OptionGroup var template: TemplateOptions
  @OptionGroup var common: CommonOptions
  @Option(help: "mermaid, dot or svg.")
  var format: Format = .mermaid
  @Flag(help: "Show what a deploy would do with each resource.")
  var plan = false

  func validate() throws {
    if common.json, format != .mermaid {
      throw ValidationError("--json is a format of its own: leave --format out.")
    }
  }

  func run() async throws {
    try await CommandContext(common).run { context in
      let plans = try await context.withConnection("graph") { connection in
        try await self.plans(context, over: connection)
      }
      let graph = ResourceGraph(plans, showsPlan: plan)
      if common.json { return context.printJSON(graph.document) }
      let lines =
        switch format {
        case .mermaid: GraphText.mermaid(graph)
        case .dot: GraphText.dot(graph)
        case .svg: GraphPicture(graph).lines
        }
      for line in lines { context.terminal.line(line) }
    }
  }

  /// A plan a stack. Without `--plan` a template is looked at by itself: nothing need be deployed.
  private func plans(_ context: CommandContext, over connection: any EnvironmentConnection)
    async throws -> [Plan]
  {
    if let assembly = try context.assembly(stack, selection) {
      let stacks = try context.reading { try assembly.stacks(named: selection) }
      var plans: [Plan] = []
      for target in try context.targets(stacks, template) {
        var request = target.request
        request.isStandalone = !plan
        plans.append(
          try context.planned(
            await connection.stacks.plan(request), target.reference))
      }
      return plans
    }
    let reference = try StackReference(stack, needsTemplate: true, files: context.effects.files)
    var request = reference.deployRequest(template, scope: common.scope)
    request.isStandalone = !plan
    (request, _) = try context.packaging(request, reference)
    return [
      try context.planned(await connection.stacks.plan(request), reference)
    ]
  }
}
