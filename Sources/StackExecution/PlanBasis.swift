import StackModel

/// Checks that a plan still fits the stack it was made for.
enum PlanBasis {
  /// Throws `DeploymentRefusal`. `current` is the stack that bears the name now.
  static func check(_ plan: Plan, against current: StackState?) throws {
    if let current, current.status.isInProgress { throw DeploymentRefusal.busy(current.status) }
    switch plan.kind {
    case .create: try checkCreation(plan, current)
    case .update, .delete: try checkChange(plan, current)
    }
  }

  private static func checkCreation(_ plan: Plan, _ current: StackState?) throws {
    guard let current else { return }
    switch current.status {
    case .reviewInProgress where current.environment.stackID == plan.environment.stackID: return
    // A creation that was rolled back left nothing: the new stack takes its name.
    case .rollbackComplete where current.resources.isEmpty: return
    default: throw DeploymentRefusal.stale("a stack of that name exists now")
    }
  }

  private static func checkChange(_ plan: Plan, _ current: StackState?) throws {
    guard let current else { throw DeploymentRefusal.stale("the stack does not exist any more") }
    guard current.environment.stackID == plan.environment.stackID else {
      throw DeploymentRefusal.stale("the stack was deleted and made again")
    }
    let planned = Dictionary(
      plan.changes.compactMap { change in change.before.map { ($0.logicalID, $0) } },
      uniquingKeysWith: { first, _ in first })
    let now = Dictionary(
      current.resources.map { ($0.logicalID, $0) }, uniquingKeysWith: { first, _ in first })
    let differing = Set(planned.keys).union(now.keys).filter { planned[$0] != now[$0] }.sorted()
    guard differing.isEmpty else {
      let names = differing.map { "`\($0)`" }.joined(separator: ", ")
      throw DeploymentRefusal.stale("\(names) changed since")
    }
    let outputs = plan.outputs.compactMap(\.before)
    guard Set(outputs) == Set(current.outputs) else {
      throw DeploymentRefusal.stale("the outputs changed since")
    }
  }
}
