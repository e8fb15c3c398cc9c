import AWSModel
import AWSWire
import Effects
import PropertyTree
import ServiceKit
import ServiceTesting
import Firehose
import Kinesis
import Synchronization
import Testing

/// Buckets, functions, secrets and logs in memory.
final class Surroundings: ObjectSink, ObjectSource, FunctionInvoker, SecretSource, LogSink, Sendable
{
  struct Object: Sendable, Hashable {
    var bucket: String
    var key: String
    var bytes: [UInt8]
    var encoding: String?
    var kmsKey: String?
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  struct State {
    var objects: [Object] = []
    var staged: [String: [UInt8]] = [:]
    var stagings = 0
    /// The number of the staging that fails, counted from 1.
    var failingStaging: Int?
    /// The number of the piece that can't be written, counted from 1 over all objects.
    var failingPiece: Int?
    var pieces = 0
    var hasBucket = true
    var failsCommits = false
    var invocations: [PropertyValue] = []
    var logLines: [String] = []
    /// Texts by ARN.
    var secrets: [String: String] = [:]
  }

  let state = Mutex(State())
  private let answer: @Sendable (PropertyValue) throws -> FunctionResult

  init(_ answer: @escaping @Sendable (PropertyValue) throws -> FunctionResult) {
    self.answer = answer
  }

  var objects: [Object] { state.withLock { $0.objects } }
  /// Bytes that were staged and neither committed nor abandoned.
  var leftStaged: Int { state.withLock { $0.staged.count } }
  var invocations: [PropertyValue] { state.withLock { $0.invocations } }

  func begin(bucket: String, scope: Scope) throws -> any ObjectStaging {
    try state.withLock { state in
      guard state.hasBucket else {
        throw ServiceError("NoSuchBucket", "The specified bucket does not exist", status: 404)
      }
      state.stagings += 1
      if state.stagings == state.failingStaging { throw ServiceError.internalFailure("full") }
      let name = "staged-\(state.stagings)"
      state.staged[name] = []
      return Staging(surroundings: self, bucket: bucket, scope: scope, name: name)
    }
  }

  private final class Staging: ObjectStaging {
    private let surroundings: Surroundings
    private let bucket: String
    private let scope: Scope
    private let name: String

    init(surroundings: Surroundings, bucket: String, scope: Scope, name: String) {
      self.surroundings = surroundings
      self.bucket = bucket
      self.scope = scope
      self.name = name
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
      try surroundings.state.withLock { state in
        state.pieces += 1
        if state.pieces == state.failingPiece { throw ServiceError.internalFailure("full") }
        state.staged[name, default: []] += bytes
      }
    }

    func finish() throws -> StagedObject {
      let size = surroundings.state.withLock { $0.staged[name]?.count ?? 0 }
      return StagedObject(
        bucket: bucket, scope: scope, fileName: name, size: Int64(size), md5: "")
    }

    func abandon() { surroundings.state.withLock { $0.staged[name] = nil } }
  }

  func abandon(_ staged: StagedObject) { state.withLock { $0.staged[staged.fileName] = nil } }

  func commit(
    _ staged: StagedObject, _ description: ObjectDescription, in transaction: Transaction
  ) throws {
    let bytes = try state.withLock { state in
      if state.failsCommits { throw ServiceError.internalFailure("the disk is full") }
      return state.staged[staged.fileName] ?? []
    }
    transaction.afterCommit { [self] in
      state.withLock {
        $0.staged[staged.fileName] = nil
        $0.objects.append(
          Object(
            bucket: staged.bucket, key: description.key, bytes: bytes,
            encoding: description.contentEncoding, kmsKey: description.kmsKeyARN))
      }
    }
  }

  func object(
    _ reference: ObjectReference, bytesMax: Int, scope: Scope, in transaction: Transaction
  ) throws -> [UInt8] {
    let found = objects.last { $0.bucket == reference.bucket && $0.key == reference.key }
    guard let found else {
      throw ServiceError("NoSuchKey", "The specified key does not exist.", status: 404)
    }
    return found.bytes
  }

  func secretText(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, scope: Scope,
    in transaction: Transaction
  ) throws -> String {
    guard let text = state.withLock({ $0.secrets[id] }) else {
      throw ServiceError(
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    }
    return text
  }

  func secret(
    _ id: String, stage: String?, versionID: String?, now: Timestamp, scope: Scope,
    in transaction: Transaction
  ) throws -> StoredSecret {
    StoredSecret(
      arn: id, name: id, versionID: "1", stages: [],
      text: try secretText(
        id, stage: stage, versionID: versionID, now: now, scope: scope, in: transaction),
      created: now)
  }

  func secretNames(in scope: Scope, _ transaction: Transaction) throws -> [String] {
    state.withLock { Array($0.secrets.keys) }
  }

  func invoke(_ function: String, payload: [UInt8], scope: Scope) async throws -> FunctionResult {
    let event = try JSONReader.read(payload)
    state.withLock { $0.invocations.append(event) }
    return try answer(event)
  }

  func append(_ messages: [LogMessage], group: String, stream: String, scope: Scope) async throws {
    state.withLock { state in
      state.logLines += messages.map { "\(group)/\(stream) \($0.message)" }
    }
  }
}

/// A service with streams to read from and surroundings in memory.
final class FirehoseFixture: Sendable {
  static let start = Timestamp(year: 2026, month: 11, day: 21, hour: 4, minute: 48)

  let bench: ServiceBench<FirehoseService>
  let surroundings: Surroundings
  let kinesis: KinesisService

  init(
    _ world: TestWorld? = nil, at now: Timestamp = FirehoseFixture.start,
    columns: ColumnsInMemory? = nil, iceberg: FakeTables? = nil,
    http: any HTTPCaller = NoNetwork(), databases: any SQLConnector = NoDatabases(),
    function: @escaping @Sendable (PropertyValue) throws -> FunctionResult = { _ in
      FunctionResult(payload: [])
    }
  ) async throws {
    let surroundings = Surroundings(function)
    self.surroundings = surroundings
    var streams: KinesisService?
    bench = try ServiceBench(world ?? TestWorld(at: now), formats: KinesisService.formats) {
      let kinesis = KinesisService(environment: $0)
      streams = kinesis
      var environment = $0.with {
        let offer = kinesis.offer.offering(surroundings, as: .objects)
          .offering(surroundings, as: .functions).offering(surroundings, as: .logs)
          .offering(surroundings, as: .storedObjects).offering(surroundings, as: .secrets)
        if let iceberg {
          return offer.offering(iceberg, as: .iceberg).offering(iceberg, as: .icebergTables)
        }
        guard let columns else { return offer }
        return offer.offering(columns, as: .columns).offering(columns, as: .tables)
      }
      environment.effects.http = http
      environment.effects.databases = databases
      return FirehoseService(environment: environment)
    }
    kinesis = try #require(streams)
    try await service.start()
  }

  var service: FirehoseService { bench.service }
  var clock: VirtualClock { bench.clock }
  var directory: String { bench.directory }
  var environment: ServiceEnvironment { bench.environment }
  /// Messages to the operator.
  var reports: [String] { bench.reports }

  @discardableResult
  func call(_ name: String, _ input: PropertyValue, on other: (any Service)? = nil) async throws
    -> PropertyValue
  {
    guard let other else { return try await bench.invoke(name, input).members }
    return try await bench.invoke(name, input, on: other).members
  }

  func hot(_ name: String, _ json: String) async throws -> Result<PropertyValue, ServiceError> {
    try await bench.hot(name, json)
  }

  func error(_ name: String, _ input: PropertyValue) async throws -> ServiceError {
    try await bench.failure(name, input)
  }

  static func destination(_ more: PropertyObject = [:]) -> PropertyValue {
    var settings: PropertyObject = [
      "RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::bucket",
      "Prefix": "in/", "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 60],
    ]
    for (key, value) in more { settings[key] = value }
    return .object(settings)
  }

  static let processing = processing(
    "Lambda", ["LambdaArn": "fn", "BufferIntervalInSeconds": "0"])

  static func processing(_ type: String, _ parameters: KeyValuePairs<String, String>)
    -> PropertyValue
  {
    ["Enabled": true, "Processors": [processor(type, parameters)]]
  }

  static func processor(_ type: String, _ parameters: KeyValuePairs<String, String>)
    -> PropertyValue
  {
    [
      "Type": .string(type),
      "Parameters": .list(
        parameters.map { ["ParameterName": .string($0.key), "ParameterValue": .string($0.value)] }),
    ]
  }

  func create(_ more: PropertyObject = [:]) async throws {
    try await call(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": Self.destination(more)])
  }

  func put(_ texts: String...) async throws {
    for text in texts {
      try await call(
        "PutRecord",
        ["DeliveryStreamName": "d", "Record": ["Data": .string(Base64.encode(Array(text.utf8)))]])
    }
  }

  /// Goes on with the same data, as after a crash: the old service is never told.
  func restarted(
    http: any HTTPCaller = NoNetwork(), databases: any SQLConnector = NoDatabases(),
    function: @escaping @Sendable (PropertyValue) throws -> FunctionResult = { _ in
      FunctionResult(payload: [])
    }
  ) async throws -> FirehoseFixture {
    try await FirehoseFixture(
      bench.world.afterKill(), http: http, databases: databases, function: function)
  }
}
