import PropertyTree
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// The drift of one stack that is being planned; keeps the first failure for after the planning.
final class PlannedDrift {
  private let mode: DriftMode
  private let reading: DriftReading?
  private var findings: [LogicalID: DriftReading.Finding] = [:]
  private var failure: (any Error)?

  /// - Parameter state: the stack as deployed; nil where there is none.
  init(
    _ mode: DriftMode, of state: StackState?, _ engine: StackEngine, _ transaction: Transaction
  ) {
    self.mode = mode
    let secrets = state?.parameters.flatMap(\.secretTexts) ?? []
    reading = mode == .ignored ? nil : state.map { engine.reading(of: $0, secrets, transaction) }
  }

  /// The deployed properties as they are now, of a drifted resource that the plan is to put back. A
  /// nested stack is put back by its own plan.
  func reverted(_ resource: ResourceState) -> PropertyValue? {
    guard mode == .reverted, resource.type != NestedStackResource.type,
      let finding = finding(of: resource), finding.drift.status == .modified
    else { return nil }
    return finding.shown
  }

  /// Writes into the plan what has drifted. Throws what went wrong in any of the readings.
  func complete(_ plan: inout Plan) throws {
    guard reading != nil else { return }
    plan.drift = plan.changes.compactMap { change in
      guard let before = change.before, let finding = finding(of: before), finding.drift.isDrifted
      else { return nil }
      return finding.drift
    }
    if let failure { throw failure }
  }

  private func finding(of resource: ResourceState) -> DriftReading.Finding? {
    guard failure == nil, let reading else { return nil }
    if let known = findings[resource.logicalID] { return known }
    do {
      let finding = try reading.finding(of: resource)
      findings[resource.logicalID] = finding
      return finding
    } catch {
      failure = error
      return nil
    }
  }
}
