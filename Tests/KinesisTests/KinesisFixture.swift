import AWSModel
import AWSWire
import Effects
import PropertyTree
import ServiceKit
import Kinesis
import Synchronization
import Testing

struct NoProcesses: ProcessSpawner {
  func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
    throw FileFailure(operation: "spawn", path: command.executable, errno: 1, reason: "not here")
  }
  func find(_ program: String) -> String? { nil }
}

/// A service on a directory of its own and a virtual clock.
final class KinesisFixture: Sendable {
  let directory: String
  let clock: VirtualClock
  let environment: ServiceEnvironment
  let service: KinesisService

  /// `directory` nil makes a new one; the path of an earlier fixture opens its data again.
  init(directory: String? = nil, at now: Timestamp? = nil) throws {
    let random = LiveRandomSource()
    let path = directory ?? "/tmp/leat-kinesis-tests-\(random.nextUInt64())"
    self.directory = path
    clock = VirtualClock(startingAt: now ?? Timestamp(year: 2026, month: 11, day: 21, hour: 5))
    let effects = Effects(
      clock: clock, random: random, files: LiveFileSystem(), processes: NoProcesses())
    try effects.files.createDirectory(path)
    environment = ServiceEnvironment(
      effects: effects,
      database: ServiceDatabase(path: "\(path)/leat.db", isDurable: false, effects: effects),
      dataDirectory: path, isDurable: true, endpoint: { nil }, report: { _ in })
    try environment.database.open(KinesisService.formats, vault: environment.vault)
    service = KinesisService(environment: environment)
  }

  func removeFiles() throws { try environment.effects.files.remove(directory) }

  var folders: [String] {
    get throws { try environment.effects.files.list("\(directory)/kinesis") }
  }

  func operation(_ name: String) throws -> Operation {
    try #require(service.operations.first { $0.name == name }, "no operation \(name)")
  }

  /// The thorough way.
  @discardableResult
  func call(_ name: String, _ input: PropertyValue, account: String = "000000000000") async throws
    -> PropertyValue
  {
    let context = RequestContext(scope: Scope(account: AccountID(account)))
    let facts = try #require(WireFacts(service: "kinesis", operation: name))
    let members = try facts.input(input, .json11)
    return try await operation(name).invoke(OperationInput(members: members), context).members
  }

  /// The fast way, from JSON text.
  func hot(_ name: String, _ json: String) async throws -> Result<PropertyValue, ServiceError> {
    let hot = try #require(operation(name).hot)
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

  func iterator(
    _ stream: String, _ type: String = "TRIM_HORIZON", shard: Int = 0,
    more: PropertyObject = [:]
  ) async throws -> String {
    var input: PropertyObject = [
      "StreamName": .string(stream), "ShardIteratorType": .string(type),
      "ShardId": .string("shardId-00000000000\(shard)"),
    ]
    for (key, value) in more { input[key] = value }
    let answer = try await call("GetShardIterator", .object(input))
    return try #require(answer["ShardIterator"]?.stringValue)
  }

  /// The partition keys that an iterator yields.
  func keys(_ iterator: String) async throws -> [String] {
    let answer = try await call("GetRecords", ["ShardIterator": .string(iterator)])
    return (answer["Records"]?.listValue ?? []).compactMap { $0["PartitionKey"]?.stringValue }
  }

  @discardableResult
  func put(_ stream: String, _ key: String, _ data: String = "ZGF0YQ==") async throws -> String {
    let answer = try await call(
      "PutRecord",
      ["StreamName": .string(stream), "PartitionKey": .string(key), "Data": .string(data)])
    return try #require(answer["SequenceNumber"]?.stringValue)
  }
}
