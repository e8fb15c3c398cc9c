import AWSModel
import AWSWire
import Archives
import Effects
import FunctionRuntime
import PropertyTree
import ServiceKit
import ServiceTesting
import Lambda
import ResourceModel
import Synchronization

/// A Lambda service with real processes, and so on real files.
final class Fixture: Sendable {
  let bench: ServiceBench<LambdaService>
  let logs = RecordingLogs()
  /// Sends to the functions of this fixture alone.
  private let events: EventTargets

  init(limits: LambdaLimits = LambdaLimits(), in existing: String? = nil) throws {
    let made = Mutex<EventTargets?>(nil)
    bench = try ServiceBench(
      TestWorld(onRealFilesAt: existing),
      scope: Scope(account: AccountID("111122223333"), region: Region("eu-west-1")),
      endpoint: "http://127.0.0.1:4566", formats: EventTargets.formats
    ) { [logs] environment in
      let known = LateCapabilities()
      var environment = environment.with { known.all }
      environment.functionEndpoints = RuntimeAPI()
      let events = EventTargets(environment: environment) { known.all.targets }
      let service = try LambdaService(environment: environment, limits: limits)
      known.set(
        service.offer.offering(logs, as: .logs).offering(events, as: .events))
      events.start()
      made.withLock { $0 = events }
      return service
    }
    guard let events = made.withLock({ $0 }) else { throw ServiceError.unsupported("events") }
    self.events = events
  }

  /// Returns when nothing is under way: no event, and no message about one.
  func settle() async {
    for _ in 0..<3 {
      await service.waitUntilIdle()
      await events.whenIdle()
    }
  }

  var service: LambdaService { bench.service }
  var clock: VirtualClock { bench.clock }
  var directory: String { bench.directory }
  var effects: Effects { bench.world.effects }
  var database: ServiceDatabase { bench.database }
  var scope: Scope { bench.context.scope }
  /// Lines for the operator so far.
  var reports: [String] { bench.reports }

  /// Ends the processes, and removes the data directory unless another fixture goes on with it.
  func close(keepingFiles: Bool = false) async throws {
    await events.stop()
    await service.stop()
    if keepingFiles { try database.close() } else { try bench.end() }
  }

  static func archive(_ path: String, _ text: String) -> [UInt8] {
    var zip = ZipWriter()
    zip.add(path, Array(text.utf8))
    return zip.finished()
  }

  var context: RequestContext { bench.context }

  /// Calls an API operation with its members.
  func call(_ name: String, _ members: PropertyObject, body: [UInt8] = []) async throws
    -> OperationOutput
  {
    try await bench.invoke(name, .object(members), body: body)
  }

  /// Makes a function from source text, the way a template's inline code does.
  func deploy(
    _ name: String, runtime: String, _ source: String, _ more: PropertyObject = [:]
  ) async throws {
    var properties: PropertyObject = [
      "Runtime": .string(runtime), "Handler": "index.handler",
      "Role": "arn:aws:iam::111122223333:role/r", "Code": ["ZipFile": .string(source)],
      "Timeout": 20,
    ]
    for (key, value) in more { properties[key] = value }
    let request = ResourceRequest(
      environment: StackEnvironment(scope: scope, stackName: "s", stackID: "arn"),
      logicalID: "F", physicalID: name, properties: .object(properties), now: clock.now)
    guard let handler = service.resources.first else { throw ServiceError.unsupported("none") }
    try await database.write { transaction in
      if try handler.exists(request, in: transaction) {
        try handler.update(request, in: transaction)
      } else {
        try handler.create(request, in: transaction)
      }
    }
  }

  func invoke(_ name: String, _ payload: String = "{}") async throws -> FunctionResult {
    try await service.invoke(name, payload: Array(payload.utf8), scope: scope)
  }

  func lines(of name: String) async -> [String] {
    await service.waitUntilIdle()
    return logs.all.filter { $0.group == "/aws/lambda/\(name)" }.map(\.message.message)
  }
}

/// Capabilities that are known only when the service is made.
private final class LateCapabilities: Sendable {
  private let state = Mutex(Capabilities())
  var all: Capabilities { state.withLock { $0 } }
  func set(_ capabilities: Capabilities) { state.withLock { $0 = capabilities } }
}

extension FunctionResult {
  var text: String { String(decoding: payload, as: UTF8.self) }
  var tree: PropertyValue {
    get throws { try JSONReader.read(payload) }
  }
}

final class RecordingLogs: LogSink {
  struct Line: Sendable {
    var group: String
    var stream: String
    var scope: Scope
    var message: LogMessage
  }
  private let lines = Mutex<[Line]>([])
  var all: [Line] { lines.withLock { $0 } }

  func append(_ messages: [LogMessage], group: String, stream: String, scope: Scope) async throws {
    lines.withLock { lines in
      lines += messages.map { Line(group: group, stream: stream, scope: scope, message: $0) }
    }
  }
}
