import AWSModel
import AWSWire
import Effects
import PropertyTree
import ServiceKit
import Firehose
import Kinesis
import Synchronization
import Testing

struct NoProcesses: ProcessSpawner {
  func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
    throw FileFailure(operation: "spawn", path: command.executable, errno: 1, reason: "not here")
  }
  func find(_ program: String) -> String? { nil }
}

/// Buckets, functions and logs in memory.
final class Surroundings: ObjectSink, FunctionInvoker, LogSink, Sendable {
  struct Object: Sendable, Hashable {
    var key: String
    var bytes: [UInt8]
    var encoding: String?
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  struct State {
    var objects: [Object] = []
    var staged: [String: [UInt8]] = [:]
    var stagings = 0
    /// Which staging fails, counted from 1.
    var failingStaging: Int?
    var hasBucket = true
    var failsCommits = false
    var invocations: [PropertyValue] = []
    var logLines: [String] = []
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

  func stage(_ bytes: [UInt8], bucket: String, scope: Scope) async throws -> StagedObject {
    try state.withLock { state in
      guard state.hasBucket else {
        throw ServiceError("NoSuchBucket", "The specified bucket does not exist", status: 404)
      }
      state.stagings += 1
      if state.stagings == state.failingStaging { throw ServiceError.internalFailure("full") }
      let name = "staged-\(state.stagings)"
      state.staged[name] = bytes
      return StagedObject(
        bucket: bucket, scope: scope, fileName: name, size: Int64(bytes.count), md5: "")
    }
  }

  func abandon(_ staged: StagedObject) { state.withLock { $0.staged[staged.fileName] = nil } }

  func commit(
    _ staged: StagedObject, key: String, contentType: String, contentEncoding: String?,
    in transaction: Transaction
  ) throws {
    let bytes = try state.withLock { state in
      if state.failsCommits { throw ServiceError.internalFailure("the disk is full") }
      return state.staged[staged.fileName] ?? []
    }
    transaction.afterCommit { [self] in
      state.withLock {
        $0.staged[staged.fileName] = nil
        $0.objects.append(Object(key: key, bytes: bytes, encoding: contentEncoding))
      }
    }
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

/// What the operator was told.
final class ReportBox: Sendable {
  private let lines = Mutex<[String]>([])
  func withLock<T: Sendable>(_ body: (inout [String]) -> T) -> T { lines.withLock { body(&$0) } }
}

/// A service on a directory of its own, a virtual clock and surroundings in memory.
final class FirehoseFixture: Sendable {
  static let start = Timestamp(year: 2026, month: 11, day: 21, hour: 4, minute: 48)

  let directory: String
  let clock: VirtualClock
  let environment: ServiceEnvironment
  let surroundings: Surroundings
  let kinesis: KinesisService
  let service: FirehoseService
  let reports: ReportBox

  init(
    directory: String? = nil, at now: Timestamp = FirehoseFixture.start,
    function: @escaping @Sendable (PropertyValue) throws -> FunctionResult = { _ in
      FunctionResult(payload: [])
    }
  ) async throws {
    let random = LiveRandomSource()
    let path = directory ?? "/tmp/leat-firehose-tests-\(random.nextUInt64())"
    self.directory = path
    clock = VirtualClock(startingAt: now)
    let reports = ReportBox()
    self.reports = reports
    let effects = Effects(
      clock: clock, random: random, files: LiveFileSystem(), processes: NoProcesses())
    try effects.files.createDirectory(path)
    environment = ServiceEnvironment(
      effects: effects,
      database: ServiceDatabase(path: "\(path)/leat.db", isDurable: false, effects: effects),
      dataDirectory: path, isDurable: true, endpoint: { nil },
      report: { line in reports.withLock { $0.append(line) } })
    try environment.database.open(
      KinesisService.formats + FirehoseService.formats, vault: environment.vault)
    let surroundings = Surroundings(function)
    self.surroundings = surroundings
    let kinesis = KinesisService(environment: environment)
    self.kinesis = kinesis
    service = FirehoseService(environment: environment) {
      kinesis.offer.offering(surroundings, as: .objects).offering(surroundings, as: .functions)
        .offering(surroundings, as: .logs)
    }
    try await service.start()
  }

  func removeFiles() throws { try environment.effects.files.remove(directory) }

  @discardableResult
  func call(_ name: String, _ input: PropertyValue, on other: (any Service)? = nil) async throws
    -> PropertyValue
  {
    let service: any Service = other ?? service
    let operation = try #require(
      service.operations.first { $0.name == name }, "no operation \(name)")
    let facts = try #require(
      WireFacts(service: type(of: service).traits.signingName, operation: name))
    let members = try facts.input(input, .json11)
    return try await operation.invoke(OperationInput(members: members), RequestContext()).members
  }

  func hot(_ name: String, _ json: String) async throws -> Result<PropertyValue, ServiceError> {
    let hot = try #require(service.operations.first { $0.name == name }?.hot)
    let taken: Result<[UInt8], ServiceError>? = await withCheckedContinuation { waiter in
      let thorough: @Sendable () -> Void = { waiter.resume(returning: nil) }
      let isTaken = hot(
        Array(json.utf8), RequestContext(), { waiter.resume(returning: $0) }, thorough)
      if !isTaken { thorough() }
    }
    do {
      guard let taken else { return .success(try await call(name, try JSONReader.read(json))) }
      return .success(try JSONReader.read(taken.get()))
    } catch let error as ServiceError {
      return .failure(error)
    } catch is JSONReader.Failure {
      return .failure(ServiceError("SerializationException", "not JSON"))
    }
  }

  func error(_ name: String, _ input: PropertyValue) async throws -> ServiceError {
    do {
      let answer = try await call(name, input)
      Issue.record("\(name) answered \(JSONWriter.compact(answer))")
      return ServiceError("", "")
    } catch let error as ServiceError { return error }
  }

  static func destination(_ more: PropertyObject = [:]) -> PropertyValue {
    var settings: PropertyObject = [
      "RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::bucket",
      "Prefix": "in/", "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 60],
    ]
    for (key, value) in more { settings[key] = value }
    return .object(settings)
  }

  static let processing: PropertyValue = [
    "Enabled": true,
    "Processors": [
      ["Type": "Lambda", "Parameters": [["ParameterName": "LambdaArn", "ParameterValue": "fn"]]]
    ],
  ]

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
    function: @escaping @Sendable (PropertyValue) throws -> FunctionResult = { _ in
      FunctionResult(payload: [])
    }
  ) async throws -> FirehoseFixture {
    try await FirehoseFixture(directory: directory, at: clock.now, function: function)
  }
}
