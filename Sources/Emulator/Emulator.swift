import AWSModel
import AWSWire
import Effects
import FunctionRuntime
import PropertyTree
import QueryEngine
import ServiceKit
import ResourceModel
import Synchronization

/// The place where the emulator keeps its state, and how carefully.
public struct EmulatorConfiguration: Sendable {
  /// Made where it is missing. Holds `leat.db` and each service's files.
  public var dataDirectory: String
  /// False under `--ephemeral`: no fsync.
  public var isDurable: Bool
  /// True where clients are held to AWS's rates.
  public var throttles = false
  public var hosting = FunctionHosting()

  public init(dataDirectory: String, isDurable: Bool = true) {
    self.dataDirectory = dataDirectory
    self.isDurable = isDurable
  }
}

/// All services over one database: what a request, a deployment and a command work against.
public final class Emulator: Sendable {
  public let environment: ServiceEnvironment
  /// Asked before each operation; nil allows everything.
  let authorizer: (any RequestAuthorizer)?
  private let bridge = CapabilityBridge()
  private let events: EventTargets
  private let queryEngine: QueryEngine
  private let endpoint: EndpointCell
  private let state: Mutex<State>

  private struct State: Sendable {
    var services: [any Service]
    var routes: RoutingTable
    var isStarted = false
  }

  /// Opens `<data>/leat.db`, upgrades what it holds, and makes the services of the catalog; starts
  /// no worker.
  ///
  /// - Parameter formats: what is kept besides the services' things: stacks.
  /// - Throws: when the directory or the database can't be opened; `NewerFormat` where a later Leat
  ///   has written it;
  ///   `DuplicateRegistration` where two services claim the same type, operation or capability.
  public convenience init(
    _ configuration: EmulatorConfiguration, effects: Effects, formats: [StoredFormat] = [],
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    try self.init(
      configuration, effects: effects, formats: formats, report: report, make: ServiceCatalog.make)
  }

  /// Like the other, over services of the caller's choice: for tests.
  public init(
    _ configuration: EmulatorConfiguration, effects: Effects, formats: [StoredFormat] = [],
    authorizer: (any RequestAuthorizer)? = nil,
    report: @escaping @Sendable (String) -> Void = { _ in },
    make: (ServiceEnvironment) throws -> [any Service]
  ) throws {
    try effects.files.createDirectory(configuration.dataDirectory)
    // Functions run in folders of their own, where a relative path would lead elsewhere.
    let directory = try effects.files.status(configuration.dataDirectory).resolvedPath
    self.authorizer = authorizer
    let cell = EndpointCell()
    endpoint = cell
    var environment = ServiceEnvironment(
      effects: effects,
      database: ServiceDatabase(
        path: "\(directory)/leat.db", isDurable: configuration.isDurable,
        effects: effects),
      dataDirectory: directory, isDurable: configuration.isDurable,
      endpoint: { cell.value }, report: report)
    environment.throttles = configuration.throttles
    environment.hosting = configuration.hosting
    environment.capabilities = { [bridge] in bridge.capabilities }
    environment.functionEndpoints = RuntimeAPI()
    self.environment = environment
    let services = try make(environment)
    events = EventTargets(environment: environment) { [bridge] in bridge.capabilities.targets }
    queryEngine = QueryEngine(environment: environment)
    try bridge.add(
      Capabilities().offering(events, as: .events).offering(queryEngine, as: .columns)
        .offering(queryEngine, as: .iceberg))
    // Looked at now, before anything is planned or served.
    _ = try ResourceCatalog(services.flatMap(\.resources))
    try environment.database.open(
      services.flatMap { type(of: $0).formats } + EventTargets.formats + formats,
      vault: environment.vault)
    state = Mutex(State(services: services, routes: try RoutingTable(services)))
    for service in services { try bridge.adopt(service) }
  }

  /// All services, in the order of their registration.
  public var services: [any Service] { state.withLock { $0.services } }

  /// Capabilities that services ask of one another; also for the stack engine.
  public var capabilities: Capabilities { bridge.capabilities }

  /// Adds a service that the catalog can't know (CloudFormation, which stands on the emulator).
  /// Before `start`. Throws where its operations or capabilities are there already.
  public func register(_ service: any Service) throws {
    try state.withLock { state in
      let services = state.services + [service]
      state.routes = try RoutingTable(services)
      state.services = services
    }
    try bridge.adopt(service)
  }

  /// Tells functions where the server listens: `http://127.0.0.1:4566`.
  public func setEndpoint(_ url: String?) { endpoint.value = url }

  /// Starts every service's workers, in the order of registration. A second call does nothing.
  public func start() async throws {
    let starts = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard starts else { return }
    try queryEngine.clean()
    for service in services { try await service.start() }
    events.start()
  }

  /// Ends answers that would go on for long; before `stop`, where requests under way are waited for.
  public func endStreams() { for service in services { service.endStreams() } }

  /// Ends the workers, last registered first; buffers stay on disk.
  public func stop() async {
    let stops = state.withLock { state in
      defer { state.isStarted = false }
      return state.isStarted
    }
    guard stops else { return }
    await events.stop()
    for service in services.reversed() { await service.stop() }
    await queryEngine.stop()
  }

  /// Ends the database connections; after `stop`, when nothing will be asked any more.
  public func close() throws { try environment.database.close() }

  var routes: RoutingTable { state.withLock { $0.routes } }

  /// Operations with a fast way in, by their whole `X-Amz-Target`. None where an authorizer must
  /// see each request.
  public var hotOperations: [String: HotOperation] {
    authorizer == nil ? routes.hotOperations : [:]
  }

  /// The wire's names for a service of the catalog; nil for one that is not there.
  ///
  /// - Parameter service: the signing name, `firehose`.
  public static func traits(of service: String) -> ServiceTraits? {
    ServiceCatalog.types.map { $0.traits }.first { $0.signingName == service }
  }

  /// Calls an operation without HTTP: for commands that work on the data directory themselves.
  ///
  /// - Parameter service: the signing name, `firehose`.
  /// - Throws: `ServiceError`, also when the operation does not exist.
  public func call(
    service: String, operation name: String, members: PropertyValue,
    body: any RequestBody = BufferedBody([]), context: RequestContext = RequestContext()
  ) async throws -> PropertyValue {
    guard let operation = routes.operation(named: name, service: service) else {
      throw ServiceError.unsupported("the operation \(name) of \(service)")
    }
    return try await operation.invoke(OperationInput(members: members, body: body), context)
      .members
  }
}

/// The server's address, known only after its port is bound.
final class EndpointCell: Sendable {
  private let cell = Mutex<String?>(nil)
  var value: String? {
    get { cell.withLock { $0 } }
    set { cell.withLock { $0 = newValue } }
  }
}
