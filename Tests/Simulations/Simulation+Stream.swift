import AWSModel
import Effects
import PropertyTree
import ServiceKit
import StackEngine

/// The stream: resharding, consumers, and what each reader must find.
extension Simulation {
  private static let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/stream"

  /// A shard as it is listed.
  private struct Shard {
    var id: String
    var first: UInt128
    var last: UInt128
    var isOpen: Bool
  }

  private func shards() async throws -> [Shard] {
    let answer = try await call("kinesis", "ListShards", ["StreamName": "stream"])
    return try (answer["Shards"]?.listValue ?? []).map { shard in
      guard let id = shard["ShardId"]?.stringValue,
        let first = shard["HashKeyRange"]?["StartingHashKey"]?.stringValue.flatMap({ UInt128($0) }),
        let last = shard["HashKeyRange"]?["EndingHashKey"]?.stringValue.flatMap({ UInt128($0) })
      else { throw Violation("a shard without its range: \(shard)") }
      return Shard(
        id: id, first: first, last: last,
        isOpen: shard["SequenceNumberRange"]?["EndingSequenceNumber"] == nil)
    }.sorted { $0.id < $1.id }
  }

  // MARK: Steps

  /// Merges a pair where there are four open shards, or the number says so; else splits one.
  func reshard(by id: Int) async throws {
    let open = try await shards().filter(\.isOpen).sorted { $0.first < $1.first }
    if open.count > 1, open.count > 3 || id % 3 == 0 {
      let place = id % (open.count - 1)
      try await call(
        "kinesis", "MergeShards",
        [
          "StreamName": "stream", "ShardToMerge": .string(open[place].id),
          "AdjacentShardToMerge": .string(open[place + 1].id),
        ])
    } else {
      let shard = open[id % open.count]
      let middle = shard.first + (shard.last - shard.first) / 2 + 1
      try await call(
        "kinesis", "SplitShard",
        [
          "StreamName": "stream", "ShardToSplit": .string(shard.id),
          "NewStartingHashKey": .string(String(middle)),
        ])
    }
  }

  func register(_ consumer: Int) async throws {
    do {
      try await call(
        "kinesis", "RegisterStreamConsumer",
        ["StreamARN": .string(Self.arn), "ConsumerName": .string("c\(consumer)")])
    } catch let error as ServiceError where error.code == "ResourceInUseException" {}
  }

  func deregister(_ consumer: Int) async throws {
    do {
      try await call(
        "kinesis", "DeregisterStreamConsumer",
        ["StreamARN": .string(Self.arn), "ConsumerName": .string("c\(consumer)")])
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {}
  }

  // MARK: Checks

  /// Every record once, in order by shard and by key through all splits and merges, for who asks and
  /// for who has them pushed.
  func checkStream() async throws {
    let shards = try await shards()
    try checkRanges(shards)
    let consumer = try await checkConsumers()
    var byKey: [String: [Int]] = [:]
    for shard in shards {
      let records = try await read(shard)
      let ids = records.map(\.id)
      try require(ids == ids.sorted(), "records of \(shard.id) out of order: \(ids)")
      // Parents come before their children.
      for record in records { byKey[record.key, default: []].append(record.id) }
      if let consumer, !ids.isEmpty || !shard.isOpen {
        let pushed = try await pushed(shard, to: consumer, count: ids.count)
        try require(pushed == ids, "\(shard.id) was pushed as \(pushed), and is \(ids)")
      }
    }
    try expected.records.check(Array(byKey.values), "records")
  }

  /// Open shards divide the hash space.
  private func checkRanges(_ shards: [Shard]) throws {
    var next: UInt128? = 0
    for shard in shards.filter(\.isOpen).sorted(by: { $0.first < $1.first }) {
      try require(shard.first == next, "the hash space has a gap before \(shard.id)")
      next = shard.last == .max ? nil : shard.last + 1
    }
    try require(next == nil, "the hash space is not covered to its end")
  }

  /// Returns the ARN of one that is registered.
  private func checkConsumers() async throws -> String? {
    let answer = try await call(
      "kinesis", "ListStreamConsumers", ["StreamARN": .string(Self.arn)])
    let found = answer["Consumers"]?.listValue ?? []
    let names = Set(found.compactMap { $0["ConsumerName"]?.stringValue })
    for consumer in 0..<2 {
      let state = names.contains("c\(consumer)") ? 1 : nil
      let place = expected.consumers[consumer] ?? .init()
      try require(
        place.candidates.contains(state),
        "consumer \(consumer) is \(state == nil ? "gone" : "there"), not \(place.candidates)")
      expected.consumers[consumer, default: .init()].see(state)
    }
    return found.first?["ConsumerARN"]?.stringValue
  }

  private struct Record {
    var id: Int
    var key: String

    init(_ record: PropertyValue) throws {
      let bytes = record["Data"]?.stringValue.flatMap { Base64.decode($0) } ?? []
      guard let id = Simulation.id(ofText: String(decoding: bytes, as: UTF8.self)),
        let key = record["PartitionKey"]?.stringValue
      else { throw Violation("a record holds what nobody has put: \(record)") }
      self.id = id
      self.key = key
    }
  }

  private func read(_ shard: Shard) async throws -> [Record] {
    var records: [Record] = []
    var iterator = try await call(
      "kinesis", "GetShardIterator",
      [
        "StreamName": "stream", "ShardId": .string(shard.id),
        "ShardIteratorType": "TRIM_HORIZON",
      ])["ShardIterator"]
    while let place = iterator {
      let answer = try await call("kinesis", "GetRecords", ["ShardIterator": place])
      let page = try (answer["Records"]?.listValue ?? []).map(Record.init)
      records += page
      iterator = answer["NextShardIterator"]
      try require(
        shard.isOpen || iterator != nil || answer["ChildShards"] != nil,
        "\(shard.id) ends without children")
      if shard.isOpen, page.isEmpty { break }
    }
    return records
  }

  /// Ids that a subscription from the shard's start is given: so many, and to the end of a closed one.
  private func pushed(_ shard: Shard, to consumer: String, count: Int) async throws -> [Int] {
    let operations = local.emulator.services.flatMap(\.operations)
    guard let subscribe = operations.first(where: { $0.name == "SubscribeToShard" }) else {
      throw Violation("nobody can subscribe")
    }
    let output = try await subscribe.invoke(
      OperationInput(members: [
        "ConsumerARN": .string(consumer), "ShardId": .string(shard.id),
        "StartingPosition": ["Type": "TRIM_HORIZON"],
      ]), RequestContext(scope: .standard))
    guard let events = output.events else { throw Violation("a subscription without events") }
    var iterator = events.makeIterator()
    var ids: [Int] = []
    while shard.isOpen ? ids.count < count : true {
      guard let event = try await iterator.next(isolation: nil) else { break }
      ids += try (event.members["Records"]?.listValue ?? []).map { try Record($0).id }
    }
    return ids
  }
}
