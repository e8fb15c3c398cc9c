import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// AWS Lambda: functions run as local processes behind the Lambda Runtime API.
public final class LambdaService: CatalogService {
  public static let traits = ServiceTraits("lambda", .restJSON)
  public static var formats: [StoredFormat] { FunctionStore.formats }

  let environment: ServiceEnvironment
  let store: FunctionStore
  let events: EventQueue
  let loader: CodeLoader
  private let pool: FunctionPool
  private let runner: FunctionRunner
  private let folders: CodeFolders
  private let relay: LogRelay

  public convenience init(environment: ServiceEnvironment) throws {
    try self.init(environment: environment, limits: LambdaLimits())
  }

  public init(environment: ServiceEnvironment, limits: LambdaLimits) throws {
    self.environment = environment
    let capabilities = environment.capabilities
    let pool = FunctionPool(limits: limits, clock: environment.effects.clock)
    let relay = LogRelay(
      sink: { () throws(ServiceError) in try capabilities().require(.logs) },
      report: environment.report)
    let folders = CodeFolders(environment: environment)
    let launcher = WorkerLauncher(
      environment: environment, folders: folders,
      interpreters: Interpreters(processes: environment.effects.processes), relay: relay,
      limits: limits, notices: RuntimeNotices(report: environment.report))
    let runner = FunctionRunner(environment: environment, pool: pool, launcher: launcher)
    let cleaning = CodeCleaning(environment: environment, pool: pool, folders: folders)
    let store = FunctionStore(
      vault: environment.vault,
      onChange: {
        pool.retire($0)
        cleaning.clean()
      })
    self.pool = pool
    self.relay = relay
    self.folders = folders
    self.runner = runner
    self.store = store
    loader = CodeLoader(
      database: environment.database,
      objects: { () throws(ServiceError) in try capabilities().require(.storedObjects) })
    events = EventQueue(
      environment: environment, limits: limits, runner: runner, functions: store)
  }

  public var offer: Capabilities {
    Capabilities().offering(self, as: .functions).offering(FunctionEventTarget(lambda: self))
  }

  public var operations: [Operation] {
    functionOperations + codeOperations + concurrencyOperations + invokeOperations
      + tagOperations + policyOperations
  }

  public var resources: [any ResourceHandler] {
    [FunctionResource(store: store, loader: loader), PermissionResource(store: store)]
  }

  public func start() async throws {
    try folders.sweep()
    events.pump()
  }

  public func stop() async {
    events.stopTaking()
    // Ends the calls that the events under way wait for.
    await pool.stop()
    await events.whenIdle()
    await relay.flush()
  }

  /// Returns when all log lines so far have reached CloudWatch Logs and no event is under way.
  public func waitUntilIdle() async {
    await events.whenIdle()
    await relay.flush()
  }

  // MARK: Shared by operations

  /// The function, or `ResourceNotFoundException`.
  func require(_ reference: FunctionReference) throws -> FunctionModel {
    try reference.requireLatest()
    let found = try environment.database.read {
      try store.find(reference.key.name, in: reference.key.scope, $0)
    }
    guard let found else { throw reference.notFound }
    return found
  }

  func run(
    _ function: FunctionModel, _ key: FunctionKey, payload: [UInt8], requestID: String,
    clientContext: String? = nil
  ) async throws -> FunctionResult {
    try await runner.run(
      function, key, payload: payload, requestID: requestID, clientContext: clientContext)
  }
}

extension LambdaService: FunctionInvoker {
  public func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws
    -> FunctionResult
  {
    let reference = try FunctionReference(function, scope: scope)
    return try await run(
      try require(reference), reference.key, payload: payload,
      requestID: environment.effects.random.uuid())
  }
}
