import AWSModel
import Diagnostics
import PropertyTree
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// Changes made outside of stacks since they were deployed.
extension StackEngine {
  public func drift(ofStack name: String, in scope: Scope) async throws -> DriftReport {
    try database.read {
      try driftReport(of: comparable(name, in: scope, $0), includesNested: true, only: nil, $0)
    }
  }

  public func planAdoption(ofStack name: String, in scope: Scope) async throws -> PlanResult {
    try database.read { transaction in
      let state = try comparable(name, in: scope, transaction)
      guard Self.adopting.contains(state.status) else {
        throw StackFailure(
          .stackNotUpdatable,
          "the stack `\(name)` is in \(state.status.rawValue) and can't be updated")
      }
      return PlanResult(plan: try adoption(of: state, transaction), diagnostics: [])
    }
  }

  /// The statuses that an update may start from.
  private static let adopting: Set<StackStatus> = [
    .createComplete, .updateComplete, .updateRollbackComplete, .updateRollbackFailed,
    .importComplete, .importRollbackComplete,
  ]

  /// Throws `StackFailure` where there is no such stack, and while one is being changed.
  private func comparable(_ name: String, in scope: Scope, _ transaction: Transaction) throws
    -> StackState
  {
    guard let state = try stacks.stack(named: name, in: scope, transaction) else {
      throw StackFailure(
        .unknownStack, "there is no stack `\(name)` in \(scope.region), account \(scope.account)")
    }
    if state.status.isInProgress {
      throw StackFailure(
        .stackNotUpdatable, "the stack `\(name)` is in \(state.status.rawValue)",
        hint: "wait until it is done")
    }
    return state
  }

  package func driftReport(
    of state: StackState, includesNested: Bool, only ids: Set<LogicalID>?,
    _ transaction: Transaction
  ) throws -> DriftReport {
    var report = DriftReport(
      stackID: state.environment.stackID, stackName: state.environment.stackName,
      checkedAt: effects.clock.now, resources: [])
    try compare(
      state, includesNested: includesNested, only: ids, in: &report, "", [], transaction)
    return report
  }

  /// - Parameters:
  ///   - prefix: names of the stacks around, with a stroke behind each.
  ///   - secrets: of the stacks around, which hand them on as they like.
  private func compare(
    _ state: StackState, includesNested: Bool, only ids: Set<LogicalID>?,
    in report: inout DriftReport, _ prefix: String, _ secrets: [String], _ transaction: Transaction
  ) throws {
    let secrets = secrets + state.parameters.flatMap(\.secretTexts)
    let reading = reading(of: state, secrets, transaction)
    for resource in state.resources where ids?.contains(resource.logicalID) ?? true {
      let name = prefix + resource.logicalID.text
      let child =
        resource.type == NestedStackResource.type
        ? try stacks.stack(
          id: resource.identity.physicalID, in: state.environment.scope, transaction) : nil
      // A secret inside need not be called one out here.
      reading.secrets = secrets + (child?.parameters ?? []).flatMap(\.secretTexts)
      let drift = try reading.finding(of: resource, name: name).drift
      report.resources.append(drift)
      guard includesNested, drift.status != .deleted, let child else { continue }
      try compare(
        child, includesNested: true, only: nil, in: &report, "\(name)/", secrets, transaction)
    }
  }

  func reading(of state: StackState, _ secrets: [String], _ transaction: Transaction)
    -> DriftReading
  {
    DriftReading(
      handlers: handlers, stores: stores, environment: state.environment, secrets: secrets,
      at: effects.clock.now, transaction)
  }
}
