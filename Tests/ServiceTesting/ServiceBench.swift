import AWSModel
import AWSWire
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// One service over a database and files of its own, called without a socket.
public final class ServiceBench<Subject: Service>: Sendable {
  /// The call that was to fail succeeded, with this answer.
  public struct Succeeded: Error, CustomStringConvertible {
    public var description: String
  }

  public let world: TestWorld
  public let environment: ServiceEnvironment
  public let service: Subject
  /// The caller, and where it calls.
  public let context: RequestContext
  /// Lines for the operator so far.
  public var reports: [String] { lines.all }

  private let lines: ReportLines
  private let operations: [String: Operation]

  /// Opens the world's data directory and makes the service; starts no worker.
  ///
  /// - Parameter formats: of other services that `make` makes beside this one.
  public init(
    _ world: TestWorld = TestWorld(), scope: Scope = .standard, endpoint: String? = nil,
    formats: [StoredFormat] = [], make: (ServiceEnvironment) throws -> Subject
  ) throws {
    self.world = world
    context = RequestContext(scope: scope, requestID: "request")
    lines = ReportLines()
    environment = try world.open(
      Subject.formats + formats, endpoint: endpoint, report: { [lines] in lines.add($0) })
    service = try make(environment)
    operations = Dictionary(
      service.operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public var clock: VirtualClock { world.clock }
  public var database: ServiceDatabase { environment.database }
  public var directory: String { world.directory }
  public var fileSystem: any FileSystem { world.effects.files }

  /// Closes the database, and removes what lies on real files.
  public func end() throws {
    try database.close()
    try world.removeFiles()
  }

  // MARK: Calls

  public func operation(_ name: String) throws -> Operation {
    guard let operation = operations[name] else { throw ServiceError.unsupported(name) }
    return operation
  }

  /// Calls an operation as the wire would: its members take the model's form and are held against
  /// the model's bounds.
  ///
  /// - Parameters:
  ///   - account: instead of the bench's.
  ///   - context: instead of the bench's.
  @discardableResult
  public func invoke(
    _ name: String, _ members: PropertyValue, body: [UInt8] = [], account: String? = nil,
    context other: RequestContext? = nil
  ) async throws -> OperationOutput {
    var context = other ?? context
    if let account { context.scope.account = AccountID(account) }
    return try await Self.invoke(operation(name), of: Subject.traits, members, body, context)
  }

  /// Calls an operation of another service that the test made beside this one.
  public func invoke(_ name: String, _ members: PropertyValue, on other: any Service) async throws
    -> OperationOutput
  {
    guard let operation = other.operations.first(where: { $0.name == name }) else {
      throw ServiceError.unsupported(name)
    }
    return try await Self.invoke(operation, of: type(of: other).traits, members, [], context)
  }

  private static func invoke(
    _ operation: Operation, of traits: ServiceTraits, _ members: PropertyValue, _ body: [UInt8],
    _ context: RequestContext
  ) async throws -> OperationOutput {
    let facts = WireFacts(service: traits.signingName, operation: operation.name)
    let input = try facts?.input(members, traits.wireProtocol) ?? members
    return try await operation.invoke(
      OperationInput(members: input, body: BufferedBody(body)), context)
  }

  /// The error that the call must end in.
  public func failure(_ name: String, _ members: PropertyValue, body: [UInt8] = []) async throws
    -> ServiceError
  {
    let answer: OperationOutput
    do { answer = try await invoke(name, members, body: body) } catch let error as ServiceError {
      return error
    }
    throw Succeeded(description: "\(name) answered \(JSONWriter.compact(answer.members))")
  }

  /// The fast way in, from JSON text; what it leaves to the thorough way goes there.
  public func hot(_ name: String, _ json: String) async throws
    -> Result<PropertyValue, ServiceError>
  {
    guard let hot = try operation(name).hot else { throw ServiceError.unsupported("hot \(name)") }
    let taken: Result<[UInt8], ServiceError>? = await withCheckedContinuation { waiter in
      let thorough: @Sendable () -> Void = { waiter.resume(returning: nil) }
      let parts = Mutex<[UInt8]>([])
      let reply = HotReply {
        let part = Array($0)
        parts.withLock { $0 += part }
      } end: { result in
        waiter.resume(returning: result.map { rest in parts.withLock { $0 } + rest })
      }
      let isTaken = hot(Array(json.utf8), context, reply, thorough)
      if !isTaken { thorough() }
    }
    do {
      if let taken { return .success(try JSONReader.read(taken.get())) }
      return .success(try await invoke(name, try JSONReader.read(json)).members)
    } catch let error as ServiceError {
      return .failure(error)
    } catch is JSONReader.Failure {
      return .failure(ServiceError("SerializationException", "not JSON"))
    }
  }
}

extension ServiceEnvironment {
  /// The same with other services beside it.
  public func with(_ capabilities: @escaping @Sendable () -> Capabilities) -> Self {
    var environment = self
    environment.capabilities = capabilities
    return environment
  }
}
