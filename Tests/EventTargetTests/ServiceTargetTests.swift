import AWSModel
import Effects
import Emulator
import PropertyTree
import ServiceKit
import Testing

/// The targets that services offer, each asked through its own API for what has arrived.
@Suite struct ServiceTargetTests {
  private static let scope = Scope(account: AccountID("111122223333"), region: Region("us-east-1"))

  private final class Bench: Sendable {
    let clock = VirtualClock(startingAt: Timestamp(year: 2026, month: 11, day: 21))
    let directory = "/tmp/leat-service-targets-\(LiveRandomSource().uuid())"
    let emulator: Emulator
    let events: EventTargets

    init() async throws {
      emulator = try Emulator(
        EmulatorConfiguration(dataDirectory: directory, isDurable: false),
        effects: Effects(
          clock: clock, random: SeededRandomSource(seed: 1), files: LiveFileSystem(),
          processes: LiveProcessSpawner()))
      events = try emulator.capabilities.require(.events)
      try await emulator.start()
    }

    func end() async throws {
      await emulator.stop()
      try emulator.close()
      try LiveFileSystem().remove(directory)
    }

    @discardableResult
    func call(_ service: String, _ operation: String, _ input: PropertyValue) async throws
      -> PropertyValue
    {
      try await emulator.call(
        service: service, operation: operation, members: input,
        context: RequestContext(scope: ServiceTargetTests.scope))
    }

    func send(_ texts: [String], _ service: String, _ resource: String) async throws {
      try await events.send(
        texts.map {
          TargetEvent(id: "id-\($0)", body: Array($0.utf8), time: clock.now, partitionKey: "k")
        }, to: ARN(service, ServiceTargetTests.scope, resource).description, from: "test")
      await events.whenIdle()
    }
  }

  @Test func streams() async throws {
    let bench = try await Bench()
    try await bench.call("kinesis", "CreateStream", ["StreamName": "s", "ShardCount": 1])
    try await bench.send(["a", "b", "c"], "kinesis", "stream/s")
    let iterator = try await bench.call(
      "kinesis", "GetShardIterator",
      [
        "StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON",
      ])
    let read = try await bench.call(
      "kinesis", "GetRecords", ["ShardIterator": iterator["ShardIterator"] ?? .null])
    let records = read["Records"]?.listValue ?? []
    #expect(records.map { $0["Data"] } == ["YQ==", "Yg==", "Yw=="])
    #expect(records.allSatisfy { $0["PartitionKey"] == "k" })
    try await bench.end()
  }

  @Test func deliveryStreams() async throws {
    let bench = try await Bench()
    try await bench.call("s3", "CreateBucket", ["Bucket": "lake"])
    try await bench.call(
      "firehose", "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d",
        "ExtendedS3DestinationConfiguration": [
          "RoleARN": "arn:aws:iam::111122223333:role/r", "BucketARN": "arn:aws:s3:::lake",
          "BufferingHints": ["IntervalInSeconds": 60, "SizeInMBs": 1],
        ],
      ])
    try await bench.send(["a", "b"], "firehose", "deliverystream/d")
    await bench.clock.advance(milliseconds: 61_000)
    let listed = try await bench.call("s3", "ListObjectsV2", ["Bucket": "lake"])
    #expect(listed["KeyCount"] == 1)
    #expect(listed["Contents"]?.listValue?.first?["Size"] == 2)
    try await bench.end()
  }

  @Test func logGroups() async throws {
    let bench = try await Bench()
    try await bench.call("logs", "CreateLogGroup", ["logGroupName": "/events"])
    try await bench.send(["a", "b"], "logs", "log-group:/events:*")
    try await bench.send(["c"], "logs", "log-group:/events:log-stream:mine")
    let found = try await bench.call("logs", "FilterLogEvents", ["logGroupName": "/events"])
    let events = found["events"]?.listValue ?? []
    #expect(events.map { $0["message"] } == ["a", "b", "c"])
    #expect(events.map { $0["logStreamName"] } == ["id-a", "id-a", "mine"])
    try await bench.end()
  }

  @Test func functionsAreInvokedLater() async throws {
    let bench = try await Bench()
    // A function's work is Lambda's own tests' matter; here: a function that is missing.
    try await bench.call("logs", "CreateLogGroup", ["logGroupName": "dead"])
    var policy = DeliveryPolicy()
    policy.deadLetter = ARN("logs", Self.scope, "log-group:dead:log-stream:letters").description
    try await bench.events.send(
      [TargetEvent(id: "e", body: Array("{}".utf8), time: bench.clock.now)],
      to: ARN("lambda", Self.scope, "function:nobody").description, from: "test", policy: policy)
    await bench.events.whenIdle()
    let found = try await bench.call("logs", "FilterLogEvents", ["logGroupName": "dead"])
    #expect(found["events"]?.listValue?.map { $0["message"] } == ["{}"])
    try await bench.end()
  }

  @Test(arguments: [
    "arn:aws:kinesis:eu-west-1:111122223333:consumer/s", "arn:aws:lambda:eu-west-1:1:layer:l",
    "arn:aws:firehose:eu-west-1:111122223333:d", "arn:aws:logs:eu-west-1:111122223333:group:g",
    "arn:aws:s3:::bucket", "arn:aws:iam::111122223333:role/r",
  ]) func resourcesThatTakeNoEventsAreRefused(_ arn: String) async throws {
    let bench = try await Bench()
    let error = try #require(throws: ServiceError.self) { try bench.events.check(arn) }
    #expect(error.status == 400 && error.message.contains(arn), "\(error)")
    try await bench.end()
  }
}
