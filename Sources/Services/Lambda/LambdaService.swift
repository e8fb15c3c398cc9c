import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// AWS Lambda: functions run as local processes behind the Lambda Runtime API.
public final class LambdaService: CatalogService {
  public static let traits = ServiceTraits("lambda", .restJSON)
  public static var formats: [StoredFormat] { FunctionStore.formats + MappingStore.formats }

  let environment: ServiceEnvironment
  let store: FunctionStore
  let events: EventQueue
  let loader: CodeLoader
  let layers = LayerStore()
  let signing = CodeSigningStore()
  let caller: FunctionCaller
  let mappings: MappingWorker
  private let pool: FunctionPool
  private let folders: CodeFolders
  private let relay: LogRelay

  public convenience init(environment: ServiceEnvironment) throws {
    try self.init(environment: environment, limits: LambdaLimits())
  }

  /// - Parameter functions: called by event-source mappings instead of this service's own: for
  ///   simulations.
  public init(
    environment: ServiceEnvironment, limits: LambdaLimits,
    functions: (any FunctionInvoker)? = nil
  ) throws {
    self.environment = environment
    let capabilities = environment.capabilities
    let pool = FunctionPool(
      limits: limits, clock: environment.effects.clock, timer: environment.effects.realTimer)
    let relay = LogRelay(
      sink: { () throws(ServiceError) in try capabilities().require(.logs) },
      report: environment.report, timer: environment.effects.realTimer)
    let folders = CodeFolders(environment: environment)
    let launcher = WorkerLauncher(
      environment: environment, folders: folders,
      interpreters: Interpreters(processes: environment.effects.processes), relay: relay,
      limits: limits, notices: RuntimeNotices(report: environment.report),
      credentials: RoleCredentialCache(environment: environment))
    let runner = FunctionRunner(
      environment: environment, pool: pool, launcher: launcher,
      failures: FailedEventStore(environment: environment),
      localCode: LocalCodeWatch(environment: environment))
    let cleaning = CodeCleaning(environment: environment, pool: pool, folders: folders)
    let mapped = MappedFunctions()
    let store = FunctionStore(
      vault: environment.vault,
      onChange: {
        pool.retire($0)
        cleaning.clean()
        mapped.changed($0)
      })
    self.pool = pool
    self.relay = relay
    self.folders = folders
    self.store = store
    loader = CodeLoader(
      database: environment.database,
      objects: { () throws(ServiceError) in try capabilities().require(.storedObjects) })
    caller = FunctionCaller(environment: environment, store: store, runner: runner)
    events = EventQueue(environment: environment, limits: limits, caller: caller)
    mappings = MappingWorker(
      environment: environment, functions: store, mapped: mapped, turnsMax: limits.mappingTurnsMax,
      invoke: Self.mappingInvoke(caller, functions))
  }

  public var offer: Capabilities {
    Capabilities().offering(self, as: .functions).offering(self, as: .workbench)
      .offering(CodeSourceStore(), as: .codeSources)
      .offering(FunctionEventTarget(lambda: self))
  }

  public var operations: [Operation] {
    functionOperations + codeOperations + versionOperations + aliasOperations
      + concurrencyOperations + invokeOperations + tagOperations + policyOperations
      + layerOperations + layerPolicyOperations + eventInvokeOperations + settingsOperations
      + provisionedOperations + codeSigningOperations + urlOperations + mappingOperations
  }

  public var resources: [any ResourceHandler] {
    [
      FunctionResource(
        store: store, layers: layers, signing: signing, events: targets, loader: loader),
      PermissionResource(store: store), VersionResource(store: store),
      AliasResource(store: store), LayerVersionResource(layers: layers, loader: loader),
      LayerPermissionResource(layers: layers), EventInvokeResource(store: store, events: targets),
      CodeSigningResource(store: signing, functions: store), FunctionURLResource(store: store),
      mappingResource,
    ]
  }

  public var frontDoors: [any FrontDoor] { [FunctionURLDoor(lambda: self)] }

  public func start() async throws {
    try folders.sweep()
    events.pump()
    try mappings.start()
  }

  public func stop() async {
    events.stopTaking()
    mappings.stopTaking()
    // Ends the calls that the events and batches under way wait for.
    await pool.stop()
    await events.whenIdle()
    await mappings.whenIdle()
    await relay.flush()
  }

  /// Returns when all log lines so far have reached CloudWatch Logs and no event or batch is under
  /// way.
  public func waitUntilIdle() async {
    await mappings.whenIdle()
    await events.whenIdle()
    await relay.flush()
  }

  // MARK: Shared by operations

  /// Takes events to whatever an ARN names.
  var targets: @Sendable () throws(ServiceError) -> EventTargets {
    let capabilities = environment.capabilities
    return { () throws(ServiceError) in try capabilities().require(.events) }
  }

  /// Throws where a dead-letter target can't take events.
  func checkTargets(of settings: FunctionSettings) throws {
    try settings.checkDeadLetter(targets)
  }

  /// The function or version that the reference leads to, or `ResourceNotFoundException`.
  func require(_ reference: FunctionReference) throws -> FunctionModel {
    try environment.database.read { try store.resolve(reference, $0) }
  }
}

extension LambdaService: FunctionInvoker {
  public func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws
    -> FunctionResult
  {
    let reference = try FunctionReference(function, scope: scope)
    return try await caller.call(
      try caller.choose(reference), as: reference, payload: payload,
      requestID: environment.effects.random.uuid())
  }
}
