import AWSModel
import Kinesis
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

typealias KinesisBench = ServiceBench<KinesisService>

extension ServiceBench<KinesisService> {
  convenience init(_ world: TestWorld = TestWorld()) throws {
    try self.init(world) { KinesisService(environment: $0) }
  }

  var folders: [String] {
    get throws { try fileSystem.list("\(directory)/kinesis") }
  }

  /// The thorough way.
  @discardableResult
  func call(_ name: String, _ input: PropertyValue, account: String? = nil) async throws
    -> PropertyValue
  {
    try await invoke(name, input, account: account).members
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
