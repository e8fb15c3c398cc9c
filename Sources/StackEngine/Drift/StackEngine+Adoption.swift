import PropertyTree
import ResourceModel
import ServiceKit
import StackModel

/// Plans that record what is there as what was deployed.
extension StackEngine {
  /// Everything stays but the records of resources that have drifted.
  func adoption(of state: StackState, _ transaction: Transaction) throws -> Plan {
    let reading = reading(of: state, state.parameters.flatMap(\.secretTexts), transaction)
    let findings = try state.resources.map { try reading.finding(of: $0) }
    var plan = Plan(
      kind: .update, environment: state.environment, templateBody: state.templateBody,
      description: state.description, parameters: state.parameters,
      capabilities: state.capabilities, tags: state.tags,
      changes: try zip(state.resources, findings).map {
        try adoption(of: $0, $1, in: state, transaction)
      },
      outputs: state.outputs.map { OutputChange(key: $0.key, before: $0, after: $0) })
    if let imports = state.imports { plan.imports = ImportChange(before: imports, after: imports) }
    plan.drift = findings.map(\.drift).filter(\.isDrifted)
    return plan
  }

  private func adoption(
    of resource: ResourceState, _ finding: DriftReading.Finding, in state: StackState,
    _ transaction: Transaction
  ) throws -> ResourceChange {
    var change = ResourceChange(
      logicalID: resource.logicalID, type: resource.type, action: .keep, before: resource,
      after: resource, dependsOn: resource.dependsOn)
    if finding.drift.status == .deleted {
      change.action = .adopt
      change.after = nil
      return change
    }
    if let child = try nestedStack(behind: resource, in: state, transaction) {
      // Parameters of a nested stack are its own stack's record, and compared there.
      let nested = try adoption(of: child, transaction)
      if !nested.isEmpty {
        change.nestedPlan = nested
        change.action = .update
      }
      return change
    }
    guard let live = finding.live, let shown = finding.shown,
      case let adopted = live.taking(shown, else: resource.properties),
      adopted != resource.properties
    else { return change }
    change.action = .adopt
    change.after?.properties = adopted
    change.found = shown
    change.properties = finding.drift.differences.map { difference in
      PropertyChange(
        path: difference.path.description, before: difference.expected, after: difference.actual,
        requiresReplacement: false)
    }
    return change
  }

  private func nestedStack(
    behind resource: ResourceState, in state: StackState, _ transaction: Transaction
  ) throws -> StackState? {
    guard resource.type == NestedStackResource.type else { return nil }
    return try stacks.stack(
      id: resource.identity.physicalID, in: state.environment.scope, transaction)
  }
}

extension PropertyValue {
  /// The value where it may be shown, and `recorded` in the places where it may not.
  fileprivate func taking(_ shown: PropertyValue, else recorded: PropertyValue) -> PropertyValue {
    if self == shown { return self }
    switch (self, shown, recorded) {
    case (.object(let object), .object(let texts), .object(let old)):
      return .object(
        PropertyObject(
          object.map { key, value in
            (key, value.taking(texts[key] ?? .null, else: old[key] ?? .null))
          }))
    case (.list(let list), .list(let texts), .list(let old))
    where list.count == texts.count && list.count == old.count:
      return .list(list.indices.map { list[$0].taking(texts[$0], else: old[$0]) })
    default: return recorded
    }
  }
}
