import Effects
import StackModel

/// Carries plans out, journalled step by step, and carries interrupted ones on.
///
/// The plan is on disk before its first step. A step, its journal record, the resource's state and
/// the events are one atomic unit. Steps are handed over many at a time and guard themselves: a
/// step does nothing when its record is there already or when an earlier one turned the deployment
/// back. So a deployment needs few commits, and running it again after a crash is the same as
/// running it.
public struct DeploymentExecutor: Sendable {
  private let backend: any DeploymentBackend
  private let effects: Effects
  private let stepsPerBatch: Int

  /// - Parameter stepsPerBatch: how many steps may wait for one commit; events come after each
  ///   batch.
  public init(backend: any DeploymentBackend, effects: Effects, stepsPerBatch: Int = 64) {
    precondition(stepsPerBatch > 0)
    self.backend = backend
    self.effects = effects
    self.stepsPerBatch = stepsPerBatch
  }

  /// Records the plan and the first event. Throws `DeploymentRefusal` for a stale plan.
  public func begin(_ plan: Plan) async throws -> (deployment: Deployment, events: [StackEvent]) {
    let deployment = Deployment(
      id: effects.random.uuid(), plan: plan, phase: plan.kind == .delete ? .cleanup : .forward,
      startedAt: effects.clock.now)
    let script = DeploymentScript(deployment: deployment, effects: effects)
    let events = try await backend.commit([
      AtomicStep(name: "begin") { try script.begin($0) }
    ])
    return (deployment, events.flatMap { $0 })
  }

  /// Runs what is not recorded yet of a begun deployment, until its end: forward, or back where a
  /// step fails. Returns the stack as it is then. `onEvent` is called in order.
  public func run(
    _ deployment: Deployment, onEvent: @Sendable (StackEvent) -> Void
  ) async throws -> StackState {
    let script = DeploymentScript(deployment: deployment, effects: effects)
    let environment = deployment.plan.environment
    while let phase = try await phase(of: deployment.id) {
      let steps = script.steps(from: phase)
      for start in stride(from: 0, to: steps.count, by: stepsPerBatch) {
        let batch = Array(steps[start..<min(start + stepsPerBatch, steps.count)])
        for event in try await backend.commit(batch).flatMap({ $0 }) { onEvent(event) }
      }
    }
    let reached = try await backend.commit([
      AtomicStep(name: "look") { try $0.stack(environment) }
    ])
    guard let state = reached.first ?? nil else {
      throw DeploymentRefusal.stale("the stack's record is gone")
    }
    return state
  }

  /// Carries a whole plan out within a transaction of the caller's: for a stack that is a resource of
  /// another one. What is thrown undoes nothing by itself.
  public func run(_ plan: Plan, within transaction: any DeploymentTransaction) throws -> StackState
  {
    let environment = plan.environment
    if let state = try transaction.stack(environment), plan.kind == .update, plan.isEmpty {
      return state.status == .updateComplete || state.status == .createComplete
        ? state : try settled(state, transaction)
    }
    let deployment = Deployment(
      id: effects.random.uuid(), plan: plan, phase: plan.kind == .delete ? .cleanup : .forward,
      startedAt: effects.clock.now)
    let script = DeploymentScript(deployment: deployment, effects: effects)
    _ = try script.begin(transaction)
    while let phase = try transaction.phase(of: deployment.id)?.phase {
      for step in script.steps(from: phase) { _ = try step.body(transaction) }
    }
    guard let state = try transaction.stack(environment) else {
      throw DeploymentRefusal.stale("the stack's record is gone")
    }
    return state
  }

  /// A stack that is already as the plan wants it, whatever it had come to before.
  private func settled(_ state: StackState, _ transaction: any DeploymentTransaction) throws
    -> StackState
  {
    var head = state
    head.status = .updateComplete
    head.statusReason = nil
    try transaction.saveHead(head)
    return head
  }

  private func phase(of id: String) async throws -> DeploymentPhase? {
    try await backend.commit([AtomicStep(name: "look") { try $0.phase(of: id)?.phase }])[0]
  }
}
