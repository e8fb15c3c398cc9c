import AWSModel
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import StackContracts
import StackExecution
import ResourceModel
import StackModel
import StackPlanning
import StackStore
import Synchronization

/// The one engine: plans stacks against the emulator that it is given and carries the plans out.
public final class StackEngine: StackOperations {
  /// Every resource type that templates may use.
  public let catalog: ResourceCatalog
  let handlers: [ResourceType: any ResourceHandler]
  /// Those whose resources hold records back.
  let bufferers: [any BufferingResourceHandler]
  package let environment: ServiceEnvironment
  let compiler: any TemplateCompiling
  package let stacks: StackStore
  let journal: JournalStore
  let ledger = AssetLedger()
  /// Services' abilities for stacks: to hold their files, read templates, parameters and secrets.
  let capabilities: Capabilities
  let stores: ReferenceStores
  let executor: DeploymentExecutor
  /// The address at which the environment was served last, before this process; nil where it never
  /// was.
  private let lastEndpoint: String?
  package let allowsUnsupported: Bool
  private let running = Mutex<[String: Task<Void, Never>]>([:])
  /// Deployments that `recover` has left to a server.
  private let waitingForServer = Mutex<[Deployment]>([])

  var database: ServiceDatabase { environment.database }
  var effects: Effects { environment.effects }

  /// Call `recover` before anything else. `StackStore.formats` are among those that the database was
  /// opened with. Throws
  /// `DuplicateRegistration` where two of the resources have the same type.
  ///
  /// - Parameters:
  ///   - allowsUnsupported: for templates that come over the API.
  ///   - stepsPerBatch: see `DeploymentExecutor`.
  public init(
    resources: [any ResourceHandler], environment: ServiceEnvironment,
    compiler: any TemplateCompiling, capabilities: Capabilities = Capabilities(),
    lastEndpoint: String? = nil, allowsUnsupported: Bool = false, stepsPerBatch: Int = 64
  ) throws {
    catalog = try ResourceCatalog(resources)
    let handlers = try Dictionary(registering: resources, as: "resource type") { $0.type }
    self.handlers = handlers
    bufferers = resources.compactMap { $0 as? any BufferingResourceHandler }
    self.environment = environment
    self.compiler = compiler
    self.capabilities = capabilities
    self.lastEndpoint = lastEndpoint
    self.allowsUnsupported = allowsUnsupported
    stacks = StackStore(vault: environment.vault)
    journal = JournalStore(vault: environment.vault)
    stores = ReferenceStores(capabilities: capabilities)
    executor = DeploymentExecutor(
      backend: EngineBackend(
        database: environment.database, handlers: handlers, effects: environment.effects,
        stores: stores, vault: environment.vault),
      effects: environment.effects, stepsPerBatch: stepsPerBatch)
  }

  /// The address for clients, as far as it is known; plans put it into URLs.
  var endpoint: String {
    environment.endpoint() ?? lastEndpoint ?? StackEnvironment.standardEndpoint
  }

  // MARK: Applying

  public func apply(_ plan: Plan, onEvent: @escaping @Sendable (StackEvent) -> Void) async throws
    -> StackState
  {
    if let state = try stack(id: plan.environment.stackID, in: plan.environment.scope),
      plan.changesNothing(in: state), !state.status.isInProgress
    {
      return state
    }
    let (deployment, events) = try await begin(plan)
    events.forEach(onEvent)
    return try await carryOut(deployment, onEvent: onEvent)
  }

  /// Runs a begun deployment to its end, and lets go of assets that it has no use for.
  func carryOut(
    _ deployment: Deployment, onEvent: @escaping @Sendable (StackEvent) -> Void
  ) async throws -> StackState {
    let state = try await executor.run(deployment, onEvent: onEvent)
    try await settleAssets(ofStack: state.environment.stackID, in: state.environment.scope)
    return state
  }

  /// Records the plan and the first event; throws `StackFailure` when the plan no longer fits.
  func begin(_ plan: Plan) async throws -> (deployment: Deployment, events: [StackEvent]) {
    try checkServer(for: plan)
    try await publishAssets(of: plan)
    do {
      return try await executor.begin(plan.withoutAssetContents)
    } catch {
      try await settleAssets(ofStack: plan.environment.stackID, in: plan.environment.scope)
      guard let refusal = error as? DeploymentRefusal else { throw error }
      throw Self.failure(refusal, plan.environment.stackName)
    }
  }

  /// Throws `StackFailure` where the plan's steps need a served endpoint and there is none.
  func checkServer(for plan: Plan) throws {
    guard environment.endpoint() != nil || !needsServer(plan) else {
      throw StackFailure(
        .stackNotUpdatable,
        "the stack `\(plan.environment.stackName)` has custom resources or wait conditions, whose "
          + "answers come to a served endpoint",
        hint: "run `leat serve` beside")
    }
  }

  /// Begins, and leaves the rest to a task: the way of CloudFormation's API. Returns when the task
  /// is done or has taken `patienceMilliseconds`: clients that wait look once and then sleep for
  /// half a minute. `onEnd` runs when the deployment has come to its end. Returns the operation's id.
  package func start(
    _ plan: Plan, onEnd: @escaping @Sendable (StackState) async -> Void
  ) async throws -> String {
    var plan = plan
    plan.origin = plan.origin ?? DeploymentOrigin(command: "CloudFormation's API")
    let deployment = try await begin(plan).deployment
    await carryOnBeside(deployment, onEnd)
    return deployment.id
  }

  func carryOnBeside(
    _ deployment: Deployment, _ onEnd: @escaping @Sendable (StackState) async -> Void
  ) async {
    await wait(for: track(deployment.id) { [self] in await carryOn(deployment, onEnd) })
  }

  private func carryOn(
    _ deployment: Deployment, _ onEnd: @Sendable (StackState) async -> Void
  ) async {
    do {
      await onEnd(try await carryOut(deployment, onEvent: { _ in }))
    } catch is CancellationError {
      // The environment is closed while the deployment waits: the journal knows.
    } catch {
      environment.report(
        "the deployment of \(deployment.plan.environment.stackName) stopped: \(error); it is "
          + "carried on at the next start")
    }
  }

  private func track(_ id: String, _ work: @escaping @Sendable () async -> Void) -> Task<
    Void, Never
  > {
    // Under the lock, so that the task can't take its entry away before it stands.
    running.withLock { running in
      let task = Task { [self] in
        await work()
        self.running.withLock { $0[id] = nil }
      }
      running[id] = task
      return task
    }
  }

  private static let patienceMilliseconds: Int64 = 2000

  private func wait(for task: Task<Void, Never>) async {
    let (signals, sink) = AsyncStream<Void>.makeStream()
    // Clients look at their own clocks.
    let timer = effects.realTimer.after(milliseconds: Self.patienceMilliseconds) { sink.finish() }
    Task {
      await task.value
      sink.finish()
    }
    for await _ in signals {}
    timer.cancel()
  }

  /// Returns when no deployment that was begun through the API is under way. Those that wait stop
  /// where they are, and are carried on at the next open.
  public func finishOperations() async {
    while let task = running.withLock({ $0.first }) {
      task.value.cancel()
      await task.value.value
      running.withLock { $0[task.key] = nil }
    }
  }

  /// Carries on what an earlier process left unfinished, forward or back as it was going. Call
  /// once, at open. Returns what was done, one sentence each.
  ///
  /// A deployment that waits for something from outside needs a server: without one it stays as it
  /// is.
  public func recover() async throws -> [String] {
    let unfinished = try database.read { try journal.unfinished($0) }
    var report: [String] = []
    for begun in unfinished {
      let deployment = try await withNestedPlans(begun)
      let name = deployment.plan.environment.stackName
      if needsServer(deployment.plan), environment.endpoint() == nil {
        waitingForServer.withLock { $0.append(deployment) }
        report.append(
          "The stack \(name) waits for something from outside: `leat serve` carries it on.")
        continue
      }
      let state = try await carryOut(deployment, onEvent: { _ in })
      let verb =
        switch (deployment.plan.kind, deployment.phase) {
        case (_, .rollback), (_, .rollbackCleanup): "the rollback"
        case (.create, _): "the creation"
        case (.update, _): "the update"
        case (.delete, _): "the deletion"
        }
      report.append(
        "An earlier command was interrupted: finished \(verb) of stack \(name) "
          + "(\(state.status.rawValue)).")
    }
    try await settleOpenAssets()
    return report
  }

  /// Carries on what waits for something from outside, each in a task of its own. Call when the
  /// server has its port.
  public func resume() {
    let deployments = waitingForServer.withLock { deployments in
      defer { deployments = [] }
      return deployments
    }
    for deployment in deployments {
      _ = track(deployment.id) { [self] in await carryOn(deployment) { _ in } }
    }
  }

  /// True where a step's work needs a served endpoint.
  private func needsServer(_ plan: Plan) -> Bool {
    plan.changes.contains { change in
      if let nested = change.nestedPlan, needsServer(nested) { return true }
      guard change.action != .keep, change.action != .retain,
        let handler = handlers.handler(of: change.type) as? any WaitingResourceHandler
      else { return false }
      return handler.needsServer
    }
  }

  static func failure(_ refusal: DeploymentRefusal, _ name: String) -> StackFailure {
    switch refusal {
    case .busy(let status):
      StackFailure(
        .stackNotUpdatable, "the stack `\(name)` is in \(status.rawValue)",
        hint: "wait until it is done")
    case .stale(let what):
      StackFailure(
        .stackNotUpdatable, "the plan for the stack `\(name)` is out of date: \(what)",
        hint: "plan again")
    case .crossStack(let conflict):
      StackFailure(
        conflict.rule == .duplicate
          ? .duplicateExport : conflict.rule == .inUse ? .exportInUse : .unknownExport,
        conflict.description, hint: "plan again")
    case .denied(let denial):
      StackFailure(.deniedByStackPolicy, denial.description, hint: "plan again")
    case .unsuitable(let what): StackFailure(.stackNotUpdatable, what)
    case .protected(let name):
      StackFailure(
        .stackNotUpdatable,
        "Stack [\(name)] cannot be deleted while TerminationProtection is enabled",
        hint: "switch it off: `aws cloudformation update-termination-protection`")
    }
  }

  // MARK: Looking

  public func stacks(in scope: Scope) async throws -> [StackState] {
    try database.read { try stacks.stacks(in: scope, includingDeleted: false, $0) }
  }

  public func stack(named name: String, in scope: Scope) async throws -> StackState? {
    try database.read { transaction in
      let keys = capabilities[.userKeys]
      return try stacks.stack(named: name, in: scope, transaction)?
        .answeringOutputs { try keys?.secret(ofKey: $0, transaction) }
    }
  }

  public func events(ofStack name: String, in scope: Scope) async throws -> [StackEvent] {
    try database.read { transaction in
      guard let state = try stacks.head(named: name, in: scope, transaction) else { return [] }
      return try stacks.events(ofStack: state.environment.stackID, transaction)
    }
  }

  public func history(ofStack name: String, in scope: Scope) async throws -> [DeploymentRecord] {
    let history = HistoryStore(vault: environment.vault)
    return try database.read { try history.records(ofStack: name, in: scope, $0) }
  }

  func stack(id: String, in scope: Scope) throws -> StackState? {
    try database.read { try stacks.stack(id: id, in: scope, $0) }
  }
}
