import AWSModel
import AWSWire
import Archives
import Effects
import FunctionRuntime
import PropertyTree
import ServiceKit
import Lambda
import ResourceModel
import Synchronization

/// A Lambda service on a fresh data directory, with real processes and a clock that stands still.
final class Fixture: Sendable {
  let clock = VirtualClock(startingAt: Timestamp(year: 2026, month: 11, day: 21, hour: 5))
  let directory: String
  let effects: Effects
  let logs = RecordingLogs()
  let reports = Mutex<[String]>([])
  let service: LambdaService
  let database: ServiceDatabase
  let scope = Scope(account: AccountID("111122223333"), region: Region("eu-west-1"))

  init(limits: LambdaLimits = LambdaLimits(), in existing: String? = nil) throws {
    directory = existing ?? "/tmp/leat-lambda-tests/\(LiveRandomSource().uuid())"
    effects = Effects(
      clock: clock, random: LiveRandomSource(), files: LiveFileSystem(),
      processes: LiveProcessSpawner())
    try effects.files.createDirectory(directory)
    database = ServiceDatabase(
      path: "\(directory)/leat.db", isDurable: false, effects: effects)
    let box = Box()
    let logs = logs
    let environment = ServiceEnvironment(
      effects: effects, database: database, dataDirectory: directory, isDurable: false,
      endpoint: { "http://127.0.0.1:4566" }, report: { box.report?($0) })
    try database.open(LambdaService.formats, vault: environment.vault)
    service = try LambdaService(
      environment: environment, endpoints: RuntimeAPI(),
      capabilities: { Capabilities().offering(logs, as: .logs) }, limits: limits)
    box.report = { [weak self] line in self?.reports.withLock { $0.append(line) } }
  }

  /// Ends the processes, and removes the data directory unless another fixture goes on with it.
  func close(keepingFiles: Bool = false) async throws {
    await service.stop()
    try database.close()
    if !keepingFiles { try effects.files.remove(directory) }
  }

  static func archive(_ path: String, _ text: String) -> [UInt8] {
    var zip = ZipWriter()
    zip.add(path, Array(text.utf8))
    return zip.finished()
  }

  var context: RequestContext { RequestContext(scope: scope, requestID: "") }

  /// Calls an API operation with its members.
  func call(_ name: String, _ members: PropertyObject, body: [UInt8] = []) async throws
    -> OperationOutput
  {
    guard let operation = service.operations.first(where: { $0.name == name }) else {
      throw ServiceError.unsupported(name)
    }
    let facts = WireFacts(service: "lambda", operation: name)
    let input = try facts?.input(.object(members), .restJSON) ?? .object(members)
    return try await operation.invoke(
      OperationInput(members: input, body: BufferedBody(body)), context)
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

private final class Box: @unchecked Sendable {
  // Set once, before the service is used.
  var report: (@Sendable (String) -> Void)?
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
