import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

@testable import Kinesis

/// Consumers that have records pushed to them.
@Suite struct SubscriptionTests {
  static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

  /// A bench with a stream of one shard and these consumers, whose ARNs come with it.
  private func bench(_ consumers: String...) async throws -> (KinesisBench, [String]) {
    let bench = try KinesisBench()
    try await bench.call("CreateStream", ["StreamName": "s", "ShardCount": 1])
    var arns: [String] = []
    for name in consumers {
      let made = try await bench.call(
        "RegisterStreamConsumer",
        ["StreamARN": .string(Self.stream), "ConsumerName": .string(name)])
      arns.append(try #require(made["Consumer"]?["ConsumerARN"]?.stringValue))
    }
    return (bench, arns)
  }

  private static func input(
    _ consumer: String, _ start: PropertyValue, shard: Int = 0
  ) -> PropertyValue {
    [
      "ConsumerARN": .string(consumer), "ShardId": .string("shardId-00000000000\(shard)"),
      "StartingPosition": start,
    ]
  }

  /// A subscription's events, read by one task after the other.
  final class Reader {
    private var iterator: any AsyncIteratorProtocol<StreamEvent, any Error>

    init(_ events: EventStream) { iterator = events.makeIterator() }

    func next() async throws -> PropertyValue? {
      guard let event = try await iterator.next(isolation: nil) else { return nil }
      #expect(event.name == "SubscribeToShardEvent")
      return event.members
    }

    /// Events until so many records have come, or the end.
    func keys(_ count: Int) async throws -> [String] {
      var keys: [String] = []
      while keys.count < count, let event = try await next() {
        keys += (event["Records"]?.listValue ?? []).compactMap { $0["PartitionKey"]?.stringValue }
      }
      return keys
    }
  }

  private func subscribe(
    _ bench: KinesisBench, _ consumer: String, _ start: PropertyValue = ["Type": "TRIM_HORIZON"],
    shard: Int = 0
  ) async throws -> EventStream {
    let output = try await bench.invoke(
      "SubscribeToShard", Self.input(consumer, start, shard: shard))
    return try #require(output.events)
  }

  private func fails(_ bench: KinesisBench, _ input: PropertyValue) async throws -> ServiceError {
    try await bench.failure("SubscribeToShard", input)
  }

  // MARK: Beginning

  @Test func subscriptionsStartWhereTheySay() async throws {
    let (bench, consumers) = try await bench("app")
    let begin = bench.clock.now.epochSeconds
    var numbers: [String] = []
    for key in ["a", "b", "c"] {
      numbers.append(try await bench.put("s", key))
      await bench.clock.advance(milliseconds: 10_000)
    }
    let cases: [(PropertyValue, [String])] = [
      (["Type": "TRIM_HORIZON"], ["a", "b", "c"]), (["Type": "LATEST"], []),
      (["Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": .string(numbers[1])], ["b", "c"]),
      (["Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": .string(numbers[1])], ["c"]),
      (["Type": "AT_TIMESTAMP", "Timestamp": .double(begin + 10)], ["b", "c"]),
    ]
    for (start, expected) in cases {
      let reader = Reader(try await subscribe(bench, consumers[0], start))
      let last = try await bench.put("s", "last")
      #expect(try await reader.keys(expected.count + 1).prefix(expected.count) == expected[...])
      // The next case begins before this record.
      numbers.append(last)
      await bench.clock.advance(milliseconds: 5_000)
    }
  }

  @Test func whatCannotBeSubscribedToIsRefused() async throws {
    let (bench, consumers) = try await bench("app")
    let arn = consumers[0]
    let end: PropertyValue = ["Type": "LATEST"]
    let cases: [(PropertyValue, String)] = [
      (Self.input("\(Self.stream)/consumer/app:1", end), "ResourceNotFoundException"),
      (Self.input("\(Self.stream)/consumer/other:1", end), "ResourceNotFoundException"),
      (Self.input(arn.replacing("stream/s", with: "stream/t"), end), "ResourceNotFoundException"),
      (Self.input(arn, end, shard: 7), "ResourceNotFoundException"),
      (Self.input(arn, ["Type": "AT_TIMESTAMP"]), "InvalidArgumentException"),
      (Self.input(arn, ["Type": "AT_SEQUENCE_NUMBER"]), "InvalidArgumentException"),
      (
        Self.input(arn, ["Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": "1"]),
        "InvalidArgumentException"
      ), (Self.input(arn, ["Type": "NEVER"]), "ValidationException"),
    ]
    for (input, code) in cases {
      let fault = try await fails(bench, input)
      #expect(fault.code == code, "\(JSONWriter.compact(input)): \(fault.message)")
    }
    // A refused one has taken nobody's place.
    _ = try await subscribe(bench, arn)
  }

  // MARK: Events

  @Test func twoConsumersSeeAllRecords() async throws {
    let (bench, consumers) = try await bench("one", "two")
    let streams = [
      try await subscribe(bench, consumers[0]), try await subscribe(bench, consumers[1]),
    ]
    let readers = streams.map { events in Task { try await Reader(events).keys(20) } }
    let keys = (0..<20).map { "k\($0)" }
    for key in keys { try await bench.put("s", key) }
    for reader in readers { #expect(try await reader.value == keys) }
  }

  @Test func anEventHoldsARecordAsGetRecordsDoes() async throws {
    let (bench, consumers) = try await bench("app")
    for key in ["a", "b"] { try await bench.put("s", key) }
    await bench.clock.advance(milliseconds: 1_500)
    let event = try #require(try await Reader(subscribe(bench, consumers[0])).next())
    let iterator = try await bench.iterator("s")
    let read = try await bench.call("GetRecords", ["ShardIterator": .string(iterator)])
    #expect(event["Records"]?.listValue?.count == 2)
    let shown = event["Records"]?.listValue?.map { $0["SequenceNumber"] }
    #expect(shown == read["Records"]?.listValue?.map { $0["SequenceNumber"] })
    #expect(event["MillisBehindLatest"] == 0 && event["ChildShards"] == nil)
    #expect(event["ContinuationSequenceNumber"] == shown?.last)
  }

  @Test func aLongBacklogComesInPiecesAndTellsHowFarBehindItIs() async throws {
    let (bench, consumers) = try await bench("app")
    let data = Base64.encode([UInt8](repeating: 7, count: 700_000))
    for key in ["a", "b", "c"] { try await bench.put("s", key, data) }
    await bench.clock.advance(milliseconds: 2_000)
    let reader = Reader(try await subscribe(bench, consumers[0]))
    var lags: [PropertyValue?] = []
    for _ in 0..<3 { lags.append(try #require(try await reader.next())["MillisBehindLatest"]) }
    #expect(lags == [2_000, 2_000, 0])
  }

  @Test func aQuietShardGivesASignOfLife() async throws {
    let (bench, consumers) = try await bench("app")
    let number = try await bench.put("s", "a")
    let events = try await subscribe(bench, consumers[0], ["Type": "LATEST"])
    await bench.clock.advance(milliseconds: 5_000)
    let event = try #require(try await Reader(events).next())
    #expect(event["Records"] == .list([]) && event["MillisBehindLatest"] == 0)
    let continuation = try #require(event["ContinuationSequenceNumber"]?.stringValue)
    #expect(continuation >= number)
    let after = try #require(SequenceNumber(continuation))
    #expect(after.place == SequenceNumber(number)?.place)
  }

  // MARK: Ends

  @Test func aSubscriptionLivesFiveMinutesAndIsContinued() async throws {
    let (bench, consumers) = try await bench("app")
    let events = try await subscribe(bench, consumers[0])
    let reading = Task {
      let reader = Reader(events)
      var keys: [String] = []
      var last = ""
      while let event = try await reader.next() {
        keys += (event["Records"]?.listValue ?? []).compactMap { $0["PartitionKey"]?.stringValue }
        last = event["ContinuationSequenceNumber"]?.stringValue ?? ""
      }
      return (keys, last)
    }
    try await bench.put("s", "a")
    try await bench.put("s", "b")
    await bench.clock.advance(milliseconds: 300_000)
    let (keys, last) = try await reading.value
    try await bench.put("s", "c")
    let start: PropertyValue =
      last.isEmpty
      ? ["Type": "TRIM_HORIZON"]
      : ["Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": .string(last)]
    let rest = try await Reader(subscribe(bench, consumers[0], start)).keys(3 - keys.count)
    #expect(keys + rest == ["a", "b", "c"])
  }

  @Test func aClosedShardEndsWithItsChildren() async throws {
    let (bench, consumers) = try await bench("app")
    try await bench.put("s", "a")
    let events = try await subscribe(bench, consumers[0])
    let reader = Reader(events)
    #expect(try await reader.keys(1) == ["a"])
    try await bench.call(
      "SplitShard",
      [
        "StreamName": "s", "ShardToSplit": "shardId-000000000000",
        "NewStartingHashKey": .string(String(UInt128(1) << 127)),
      ])
    let end = try #require(try await reader.next())
    #expect(end["Records"] == .list([]) && end["ContinuationSequenceNumber"] == nil)
    let children = try #require(end["ChildShards"]?.listValue)
    #expect(children.map { $0["ShardId"] } == ["shardId-000000000001", "shardId-000000000002"])
    #expect(children.allSatisfy { $0["ParentShards"] == ["shardId-000000000000"] })
    #expect(children[0]["HashKeyRange"]?["StartingHashKey"] == "0")
    #expect(try await reader.next() == nil)
    // The parent stays readable, from where one likes, to the same end.
    await bench.clock.advance(milliseconds: 5_000)
    let again = Reader(try await subscribe(bench, consumers[0]))
    let whole = try #require(try await again.next())
    #expect(whole["Records"]?.listValue?.count == 1 && whole["ChildShards"] == end["ChildShards"])
    #expect(try await again.next() == nil)
  }

  @Test func aConsumerHasOneSubscriptionToAShard() async throws {
    let (bench, consumers) = try await bench("app")
    let first = Reader(try await subscribe(bench, consumers[0]))
    try await bench.put("s", "a")
    #expect(try await first.keys(1) == ["a"])
    await bench.clock.advance(milliseconds: 4_999)
    let early = try await fails(bench, Self.input(consumers[0], ["Type": "LATEST"]))
    #expect(early.code == "ResourceInUseException")
    #expect(
      early.message == "Another active subscription exists for this consumer: "
        + "000000000000:s:shardId-000000000000:app")
    await bench.clock.advance(milliseconds: 1)
    let second = Reader(try await subscribe(bench, consumers[0], ["Type": "LATEST"]))
    try await bench.put("s", "b")
    #expect(try await second.keys(1) == ["b"])
    let taken = await #expect(throws: ServiceError.self) { try await first.next() }
    #expect(taken?.code == "ResourceInUseException")
  }

  @Test(arguments: ["DeregisterStreamConsumer", "DeleteStream", "stop"])
  func whatGoesTakesItsSubscriptionsAlong(_ way: String) async throws {
    let (bench, consumers) = try await bench("app", "other")
    let events = try await subscribe(bench, consumers[0], ["Type": "LATEST"])
    let reading = Task { try await Reader(events).next() }
    switch way {
    case "stop": bench.service.endStreams()
    case "DeleteStream":
      try await bench.call(way, ["StreamName": "s", "EnforceConsumerDeletion": true])
    default: try await bench.call(way, ["ConsumerARN": .string(consumers[0])])
    }
    switch await reading.result {
    case .success(let event): #expect(way == "stop" && event == nil)
    case .failure(let error):
      #expect((error as? ServiceError)?.code == "ResourceNotFoundException" && way != "stop")
    }
  }

  @Test func aReaderThatGoesLeavesItsPlace() async throws {
    let (bench, consumers) = try await bench("app")
    do { _ = Reader(try await subscribe(bench, consumers[0])) }
    await bench.clock.advance(milliseconds: 5_000)
    let reading = Task { [events = try await subscribe(bench, consumers[0])] in
      try await Reader(events).next()
    }
    reading.cancel()
    #expect(try await reading.value == nil, "a cancelled reader is not kept")
  }

  /// A reader may hold the stream as it was before a split while the split comes to its end.
  @Test func aSnapshotFromBeforeASplitEndsNoShard() async throws {
    let bench = try KinesisBench()
    let catalog = StreamCatalog(environment: bench.environment)
    let now = bench.clock.now
    try await bench.database.write { transaction in
      try StreamSpecification(name: "s", shardCount: 1).create(
        in: catalog, .standard, at: now, transaction)
    }
    let before = try #require(try catalog.find("s", in: .standard))
    try await bench.database.write { transaction in
      var model = before.model
      try model.split("shardId-000000000000", at: HashKey(7), in: .standard, now)
      try catalog.put(model, in: .standard, transaction)
    }
    let after = try #require(try catalog.find("s", in: .standard))
    for (stream, isEnd) in [(before, false), (after, true)] {
      let answer = try JSONReader.read(
        RecordsAnswer(
          stream: stream, shard: stream.shards[0], position: 0, recordsMax: 10, now: now
        ).bytes())
      #expect((answer["NextShardIterator"] == nil) == isEnd)
      #expect((answer["ChildShards"]?.listValue?.count ?? 0) == (isEnd ? 2 : 0))
    }
  }
}
