import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

/// The request that a plan answers, as the plan records it.
public struct PlanRequest: Sendable, Hashable {
  public var templateBody: String
  public var capabilities: [String]
  public var tags: [String: String]

  public init(
    templateBody: String, capabilities: [String] = [], tags: [String: String] = [:]
  ) {
    self.templateBody = templateBody
    self.capabilities = capabilities
    self.tags = tags
  }
}

extension StackPlanner {
  /// The plan for a resolved template, or nil where errors forbid it. Resources that `identify`
  /// has not seen are decided now. `notes` are findings of earlier stages that go with the plan.
  public func finish(
    resolved: ResolvedStack, request: PlanRequest, notes: [Diagnostic] = []
  ) -> (plan: Plan?, diagnostics: [Diagnostic]) {
    var planner = self
    planner.cover(resolved.resources)
    return planner.complete(resolved, request, notes)
  }

  private func complete(_ resolved: ResolvedStack, _ request: PlanRequest, _ notes: [Diagnostic])
    -> (plan: Plan?, diagnostics: [Diagnostic])
  {
    let removals =
      state == nil
      ? []
      : Self.removals(
        from: state,
        keeping: Set(resolved.resources.map(\.logicalID)).union(takeovers.moves.values)
          .union(choices.leftOut))
    var diagnostics = notes + findings + takeoverFindings(resolved.resources)
    diagnostics += replacementFindings(resolved.resources)
    diagnostics += duplicateNames(
      absent.isEmpty
        ? resolved.resources : resolved.resources.filter { !absent.contains($0.logicalID) },
      removals: removals)
    diagnostics += missingCapabilities(resolved.resources, granted: request.capabilities)
    diagnostics += renameNotes(resolved.resources, removals: removals)
    if diagnostics.hasErrors { return (nil, diagnostics.inSourceOrder()) }
    var plan = Plan(
      kind: state == nil ? .create : .update, environment: environment,
      templateBody: request.templateBody, description: resolved.description,
      parameters: resolved.parameters, capabilities: request.capabilities, tags: request.tags,
      changes: removals.isEmpty ? changes : changes + removals,
      outputs: Self.outputChanges(from: state?.outputs ?? [], to: outputs(of: resolved)),
      diagnostics: diagnostics.inSourceOrder())
    plan.changes += keptRemovals(resolved.resources)
    if state?.status.isHalfDone == true { plan.resumes = true }
    if !resolved.imports.isEmpty || state?.imports?.isEmpty == false {
      plan.imports = ImportChange(before: state?.imports, after: resolved.imports)
    }
    return (plan, plan.diagnostics)
  }

  /// The plan that removes a whole stack.
  public static func destruction(of state: StackState, discardsContents: Bool) -> Plan {
    Plan(
      kind: .delete, environment: state.environment, templateBody: state.templateBody,
      description: state.description, parameters: state.parameters,
      capabilities: state.capabilities, tags: state.tags,
      changes: removals(from: state, keeping: []),
      outputs: outputChanges(from: state.outputs, to: []), discardsContents: discardsContents)
  }

  /// Deletions and retentions, dependents before what they depend on.
  static func removals(from state: StackState?, keeping kept: Set<LogicalID>) -> [ResourceChange] {
    let leaving = (state?.resources ?? []).filter { !kept.contains($0.logicalID) }
    let order = DependencyOrder.sorted(leaving, id: \.logicalID, dependsOn: \.dependsOn)
    return order.reversed().map { resource in
      let isRetained = [.retain, .retainExceptOnCreate].contains(resource.deletionPolicy)
      return ResourceChange(
        logicalID: resource.logicalID, type: resource.type,
        action: isRetained ? .retain : .delete, before: resource, after: nil,
        dependsOn: resource.dependsOn)
    }
  }

  /// All outputs, unchanged ones too: the executor takes the new set from here.
  static func outputChanges(from old: [StackOutput], to new: [StackOutput]) -> [OutputChange] {
    let before = Dictionary(old.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let kept = Set(new.map(\.key))
    return new.map { OutputChange(key: $0.key, before: before[$0.key], after: $0) }
      + old.filter { !kept.contains($0.key) }.map {
        OutputChange(key: $0.key, before: $0, after: nil)
      }
  }
}
