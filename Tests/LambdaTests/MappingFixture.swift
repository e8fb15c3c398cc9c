import AWSModel
import Archives
import Effects
import Emulator
import Kinesis
import Lambda
import PropertyTree
import S3
import ServiceKit
import ServiceTesting
import Synchronization

/// A function that is written in Swift and remembers its events.
final class ScriptedFunction: FunctionInvoker {
  typealias Body = @Sendable (_ event: PropertyValue, _ call: Int) throws -> PropertyValue

  /// Thrown by a body that fails.
  struct Failed: Error {}

  private let body: Mutex<Body>
  private let calls = Mutex<[PropertyValue]>([])

  init(_ body: @escaping Body = { _, _ in .null }) { self.body = Mutex(body) }

  func become(_ new: @escaping Body) { body.withLock { $0 = new } }

  var events: [PropertyValue] { calls.withLock { $0 } }
  /// Data of the records of each event.
  var batches: [[String]] { events.map(Self.data) }
  var all: [String] { batches.flatMap { $0 } }

  static func data(_ event: PropertyValue) -> [String] {
    (event["Records"]?.listValue ?? []).map { record in
      String(
        decoding: Base64.decode(record["kinesis"]?["data"]?.stringValue ?? "") ?? [],
        as: UTF8.self)
    }
  }

  func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws -> FunctionResult {
    let event = try JSONReader.read(payload)
    let count = calls.withLock { calls in
      calls.append(event)
      return calls.count
    }
    do {
      return FunctionResult(
        payload: JSONWriter.bytes(try body.withLock { $0 }(event, count)))
    } catch is Failed {
      return FunctionResult(
        payload: Array(#"{"errorMessage":"no"}"#.utf8), functionError: "Unhandled")
    }
  }
}

/// Takes what is sent to queues.
final class RecordingQueue: EventTarget {
  let service = "sqs"
  let limits = EventBatchLimits(eventsMax: 10, bytesMax: 1 << 18, eventBytesMax: 1 << 18)
  private let bodies = Mutex<[PropertyValue]>([])
  var all: [PropertyValue] { bodies.withLock { $0 } }
  func check(_ arn: ARN) throws(ServiceError) {}
  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?] {
    let read = try events.map { try JSONReader.read($0.body) }
    bodies.withLock { $0 += read }
    return events.map { _ in nil }
  }
}

private struct QueueService: Service {
  static let traits = ServiceTraits("sqs", .json10)
  let queue: RecordingQueue
  var operations: [Operation] { [] }
  var offer: Capabilities { Capabilities().offering(queue) }
}

/// A stream, a function and a bucket on a simulated disk.
final class MappingFixture {
  static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/source"

  private(set) var world = TestWorld()
  private(set) var emulator: Emulator
  private var lambda: LambdaService
  let function = ScriptedFunction()
  let queue = RecordingQueue()

  init(shards: Int = 1) async throws {
    (emulator, lambda) = try await Self.open(world, function, queue)
    try await call(
      "kinesis", "CreateStream", ["StreamName": "source", "ShardCount": .int(Int64(shards))])
    try await call("s3", "CreateBucket", ["Bucket": "failed"])
    var code = ZipWriter()
    code.add("index.py", Array("def handler(event, context): pass".utf8))
    try await call(
      "lambda", "CreateFunction",
      [
        "FunctionName": "function", "Runtime": "python3.12", "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/function",
        "Code": ["ZipFile": .string(Base64.encode(code.finished()))],
      ])
  }

  private static func open(
    _ world: TestWorld, _ function: ScriptedFunction, _ queue: RecordingQueue
  ) async throws -> (Emulator, LambdaService) {
    var made: LambdaService?
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: world.directory), effects: world.effects
    ) {
      let lambda = try LambdaService(
        environment: $0, limits: LambdaLimits(), functions: function)
      made = lambda
      return [
        try S3Service(environment: $0), KinesisService(environment: $0), lambda,
        QueueService(queue: queue),
      ]
    }
    guard let lambda = made else { throw ServiceError.internalFailure("no Lambda") }
    try await emulator.start()
    return (emulator, lambda)
  }

  @discardableResult
  func call(_ service: String, _ operation: String, _ members: PropertyValue) async throws
    -> PropertyValue
  {
    try await emulator.call(service: service, operation: operation, members: members)
  }

  func failure(_ operation: String, _ members: PropertyValue) async throws -> ServiceError? {
    do {
      try await call("lambda", operation, members)
      return nil
    } catch let error as ServiceError { return error }
  }

  /// Makes the mapping of the stream and answers its UUID.
  @discardableResult
  func map(_ more: PropertyObject = [:]) async throws -> String {
    var members: PropertyObject = [
      "FunctionName": "function", "EventSourceArn": .string(Self.stream),
      "StartingPosition": "TRIM_HORIZON",
    ]
    for (key, value) in more { members[key] = value }
    let made = try await call("lambda", "CreateEventSourceMapping", .object(members))
    await settle()
    return made["UUID"]?.stringValue ?? ""
  }

  func update(_ uuid: String, _ more: PropertyObject) async throws {
    var members = more
    members["UUID"] = .string(uuid)
    try await call("lambda", "UpdateEventSourceMapping", .object(members))
    await settle()
  }

  func mapping(_ uuid: String) async throws -> PropertyValue {
    try await call("lambda", "GetEventSourceMapping", ["UUID": .string(uuid)])
  }

  /// Puts one batch of records; `key:data`, or data alone.
  func put(_ records: [String]) async throws {
    try await call(
      "kinesis", "PutRecords",
      [
        "StreamName": "source",
        "Records": .list(
          records.map { text in
            let parts = text.split(separator: "|", maxSplits: 1).map(String.init)
            return [
              "PartitionKey": .string(parts.count > 1 ? parts[0] : "key"),
              "Data": .string(Base64.encode(Array((parts.last ?? "").utf8))),
            ]
          }),
      ])
    await settle()
  }

  func advance(_ seconds: Int) async {
    await world.clock.advance(milliseconds: Int64(seconds) * 1000)
    await settle()
  }

  func settle() async {
    await emulator.environment.recordFlusher.drain()
    await lambda.waitUntilIdle()
  }

  /// The next process, after this one was killed.
  func kill() async throws {
    world = world.afterKill()
    (emulator, lambda) = try await Self.open(world, function, queue)
    await settle()
  }

  func end() async throws {
    await emulator.stop()
    try emulator.close()
  }

  /// Keys and documents in the bucket of failures.
  func failures() async throws -> [(key: String, document: PropertyValue)] {
    let page = try await call("s3", "ListObjectsV2", ["Bucket": "failed"])
    guard let source = emulator.capabilities[.storedObjects] else { return [] }
    return try (page["Contents"]?.listValue ?? []).compactMap { $0["Key"]?.stringValue }.map {
      key in
      let bytes = try emulator.environment.database.read { transaction in
        try source.object(
          ObjectReference(bucket: "failed", key: key), bytesMax: 1 << 24, scope: .standard,
          in: transaction)
      }
      return (key, try JSONReader.read(bytes))
    }
  }
}
