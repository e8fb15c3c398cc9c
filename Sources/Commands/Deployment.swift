import ArgumentParser
import AWSModel
import Diagnostics
import PropertyTree
import StackEngine
import StackModel

extension StackReference {
  /// What diagnostics quote from.
  var sources: [String: String] {
    templateFile.map { [$0: String(decoding: templateBytes, as: UTF8.self)] } ?? [:]
  }

  func deployRequest(_ template: TemplateOptions, scope: Scope) -> DeployRequest {
    DeployRequest(
      scope: scope, stackName: stackName,
      templateBody: String(decoding: templateBytes, as: UTF8.self),
      templateFile: templateFile ?? stackName,
      parameters: environmentParameters.merging(TemplateOptions.pairs(template.parameters)) { $1 },
      // Whoever runs the command on their own machine has agreed to what the template makes.
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
      tags: TemplateOptions.pairs(template.tags))
  }
}

extension CommandContext {
  /// The plan, with its warnings shown; ends the command where there are errors.
  func planned(_ result: PlanResult, _ reference: StackReference) throws -> Plan {
    let errorsOnly = result.plan == nil
    if errorsOnly || !common.json { show(result.diagnostics, sources: reference.sources) }
    guard let plan = result.plan else { throw Exit.failure }
    return plan
  }

  func show(_ plan: Plan) {
    if common.json { return printJSON(tree(plan)) }
    for line in PlanView(terminal: terminal).lines(plan) { terminal.line(line) }
  }

  /// Plans, shows, asks, applies, prints the outputs.
  func deploy(
    _ reference: StackReference, _ template: TemplateOptions,
    over connection: any EnvironmentConnection, yes: Bool
  ) async throws {
    let request = reference.deployRequest(template, scope: common.scope)
    let plan = try planned(await connection.stacks.plan(request), reference)
    if !common.json { show(plan) }
    if plan.isEmpty {
      if common.json { return printJSON(tree(plan)) }
      let state = try await connection.stacks.stack(
        named: plan.environment.stackName, in: common.scope)
      show(outputs: state?.outputs ?? [])
      return
    }
    try confirm("Deploy this?", isAnswered: yes)
    try await apply(plan, over: connection)
  }

  /// Carries a plan out, showing events as they come. A rollback is a failure of the command.
  func apply(_ plan: Plan, over connection: any EnvironmentConnection) async throws {
    let view = EventView(terminal: terminal)
    let isJSON = common.json
    let terminal = terminal
    if !isJSON { terminal.line() }
    let state = try await connection.stacks.apply(plan) { event in
      if !isJSON { terminal.line(view.line(event)) }
    }
    if isJSON {
      printJSON(tree(state))
    } else {
      terminal.line()
      terminal.line(
        "\(terminal.styled(state.environment.stackName, .bold)): \(state.status.rawValue)"
          + (state.statusReason.map { " – \($0)" } ?? ""))
      if plan.kind != .delete { show(outputs: state.outputs) }
    }
    let good: Set<StackStatus> = [.createComplete, .updateComplete, .deleteComplete]
    if !good.contains(state.status) { throw Exit.failure }
  }

  func show(outputs: [StackOutput]) {
    for line in OutputView(terminal: terminal).lines(outputs) { terminal.line(line) }
  }
}
