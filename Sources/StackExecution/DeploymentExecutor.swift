import Effects
import ResourceModel
import StackModel

/// Carries plans out, journalled step by step, and carries interrupted ones on.
///
/// The plan is on disk before its first step. A step, its journal record, the resource's state and
/// the events are one atomic unit. Steps are handed over many at a time and guard themselves: a
/// step does nothing when its record is there already or when an earlier one turned the deployment
/// back. So a deployment needs few commits, and running it again after a crash is the same as
/// running it.
///
/// A step that waits has two such units, and its work in between runs outside of any transaction,
/// beside other work and beside the steps that don't depend on it.
public struct DeploymentExecutor: Sendable {
  let backend: any DeploymentBackend
  let effects: Effects
  private let stepsPerBatch: Int
  let interruptions = Interruptions()

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
    let script = script(of: deployment)
    let events = try await backend.commit([
      AtomicStep(name: "begin") { try script.begin($0) }
    ])
    return (deployment, events.flatMap { $0 })
  }

  /// Runs what is not recorded yet of a begun deployment, until its end: forward, or back where a
  /// step fails. Returns the stack as it is then. `onEvent` is called in order, with the
  /// events of the deployment's own stack.
  ///
  /// Throws `CancellationError` where its task is cancelled while nothing but waits is left: the
  /// deployment stays in the journal, to be run again.
  public func run(
    _ deployment: Deployment, onEvent: @Sendable (StackEvent) -> Void
  ) async throws -> StackState {
    var script = script(of: deployment)
    let environment = deployment.plan.environment
    let id = deployment.id
    interruptions.begin(id)
    defer { interruptions.end(id) }
    while let phase = try await phase(of: id), !phase.isHalted {
      try await run(script.steps(from: phase), of: deployment, onEvent: onEvent)
      if interruptions.isInterrupted(id) {
        interruptions.begin(id)
        if let turned = try await reading({ try $0.current(environment) }), turned.id == id {
          script = self.script(of: turned)
        }
      }
    }
    // The deployment that this one went on from may be taken back too: the operation is the same.
    if script.plan.resumes == true,
      let earlier = try await reading({ try $0.current(environment) }),
      earlier.plan.choices?.operation == script.operation
    {
      return try await run(earlier, onEvent: onEvent)
    }
    let reached = try await backend.commit([
      AtomicStep(name: "look") { try $0.stack(environment) }
    ])
    guard let state = reached.first ?? nil else {
      throw DeploymentRefusal.stale("the stack's record is gone")
    }
    return state
  }

  /// Runs steps until all have ended or one turns the deployment back.
  private func run(
    _ steps: [DeploymentStep], of deployment: Deployment, onEvent: @Sendable (StackEvent) -> Void
  ) async throws {
    let stackID = deployment.plan.environment.stackID
    var graph = StepGraph(steps)
    let work = WaitingWork(backend, clock: effects.clock)
    interruptions.note(work, of: deployment.id)
    defer { work.cancel() }
    while !interruptions.isInterrupted(deployment.id) {
      let batch = nextBatch(steps, &graph, work.take())
      if batch.isEmpty {
        if work.isEmpty { return }
        try await work.next()
        continue
      }
      let reports = try await backend.commit(batch.map { $0.step })
      for event in reports.flatMap(\.events) where event.stackID == stackID { onEvent(event) }
      if reports.contains(where: \.turnsBack) { return }
      for (entry, report) in zip(batch, reports) {
        if let wait = report.wait {
          work.start(wait, of: steps[entry.index].name, step: entry.index)
        } else if steps[entry.index].mayWait {
          graph.markEnded(entry.index)
        }
      }
    }
  }

  /// The ends of finished waits, then steps that may be begun. Within a batch a step follows those
  /// that it depends on, unless these may wait.
  private func nextBatch(
    _ steps: [DeploymentStep], _ graph: inout StepGraph, _ finished: [WaitingWork.Result]
  ) -> [(index: Int, step: AtomicStep<StepReport>)] {
    var batch: [(index: Int, step: AtomicStep<StepReport>)] = []
    for result in finished {
      let step = steps[result.step]
      guard let end = step.end else { continue }
      batch.append(
        (result.step, AtomicStep(name: "\(step.name)/end", body: end(result.wait, result.outcome))))
    }
    while batch.count < stepsPerBatch, let index = graph.next() {
      batch.append((index, AtomicStep(name: steps[index].name, body: steps[index].begin)))
      if !steps[index].mayWait { graph.markEnded(index) }
    }
    return batch
  }

  func script(of deployment: Deployment) -> DeploymentScript {
    let backend = backend
    return DeploymentScript(
      deployment: deployment, effects: effects, mayWait: { backend.mayWait($0) })
  }

  private func phase(of id: String) async throws -> DeploymentPhase? {
    try await reading { try $0.phase(of: id)?.phase }
  }

  private func reading<Value: Sendable>(
    _ body: @escaping @Sendable (any DeploymentTransaction) throws -> Value
  ) async throws -> Value {
    try await backend.commit([AtomicStep(name: "look", body: body)])[0]
  }
}
