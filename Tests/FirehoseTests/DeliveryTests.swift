import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

@Suite struct DeliveryTests {
  @Test func timeFlushesOneObjectWithoutSeparators() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    try await fixture.put("one", "two")
    await fixture.clock.advance(milliseconds: 30_000)
    try await fixture.put("three")
    await fixture.clock.advance(milliseconds: 29_999)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(fixture.surroundings.objects.count == 1 && object.text == "onetwothree")
    #expect(object.key.hasPrefix("in/2026/11/21/04/d-1-2026-11-21-04-48-00-"))
    #expect(object.key.count == "in/2026/11/21/04/d-1-2026-11-21-04-48-00-".count + 36)
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(fixture.surroundings.objects.count == 1, "an empty buffer makes no object")
    try await fixture.put("four")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.map(\.text) == ["onetwothree", "four"])
  }

  @Test func sizeFlushesWithoutWaiting() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    let half = String(repeating: "x", count: 600_000)
    try await fixture.put(half)
    await fixture.clock.advance(milliseconds: 0)
    #expect(fixture.surroundings.objects.isEmpty)
    try await fixture.put(half, "tail")
    await fixture.clock.advance(milliseconds: 0)
    #expect(fixture.surroundings.objects.map(\.bytes.count) == [1_200_000])
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.last?.text == "tail")
  }

  @Test func bufferOutlivesARestartAndIsDeliveredOnce() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    try await fixture.put("a", "b")
    let second = try await fixture.restarted()
    try await second.put("c")
    await second.clock.advance(milliseconds: 60_000)
    #expect(second.surroundings.objects.map(\.text) == ["abc"])
    let third = try await second.restarted()
    await third.clock.advance(milliseconds: 600_000)
    #expect(third.surroundings.objects.isEmpty)
  }

  @Test func failedCommitsKeepTheBuffer() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    try await fixture.put("a")
    fixture.surroundings.state.withLock { $0.failsCommits = true }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.isEmpty)
    #expect(fixture.surroundings.leftStaged == 0, "staged bytes of a failed delivery are forgotten")
    fixture.surroundings.state.withLock { $0.failsCommits = false }
    await fixture.clock.advance(milliseconds: 5000)
    #expect(fixture.surroundings.objects.map(\.text) == ["a"])
  }

  @Test func aMissingBucketIsRetriedAndLogged() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create([
      "CloudWatchLoggingOptions": ["Enabled": true, "LogGroupName": "g", "LogStreamName": "s"]
    ])
    try await fixture.put("a")
    fixture.surroundings.state.withLock { $0.hasBucket = false }
    await fixture.clock.advance(milliseconds: 60_000 + 5000 + 10_000)
    let lines = fixture.surroundings.state.withLock { $0.logLines }
    #expect(lines.count == 3 && lines.allSatisfy { $0.contains("S3.NoSuchBucket") })
    fixture.surroundings.state.withLock { $0.hasBucket = true }
    await fixture.clock.advance(milliseconds: 20_000)
    #expect(fixture.surroundings.objects.map(\.text) == ["a"])
  }

  @Test func deletionDiscardsTheBuffer() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    try await fixture.put("a")
    try await fixture.call("DeleteDeliveryStream", ["DeliveryStreamName": "d"])
    try await fixture.create()
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.environment.recordFlusher.drain()
    let files = try fixture.environment.effects.files.list("\(fixture.directory)/firehose")
    #expect(files.isEmpty)
  }

  @Test func gzipDecompressesToTheRecords() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(["CompressionFormat": "GZIP"])
    try await fixture.put("hello ", "world")
    await fixture.clock.advance(milliseconds: 60_000)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(object.key.hasSuffix(".gz") && object.encoding == "gzip")
    #expect(Array(object.bytes.prefix(2)) == [0x1F, 0x8B])
    // The trailer: CRC-32 of "hello world" and its length, little-endian.
    #expect(Array(object.bytes.suffix(8)) == [0x85, 0x11, 0x4A, 0x0D, 11, 0, 0, 0])
  }

  @Test func fileExtensionReplacesTheSuffix() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(["CompressionFormat": "GZIP", "FileExtension": ".json.gzip"])
    try await fixture.put("x")
    await fixture.clock.advance(milliseconds: 60_000)
    let key = try #require(fixture.surroundings.objects.first?.key)
    #expect(key.hasSuffix(".json.gzip") && !key.hasSuffix(".gz.json.gzip"))
  }

  @Test func updatesCountTheVersionUp() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    func update(_ version: String) -> PropertyValue {
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": .string(version),
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": ["Prefix": "new/"],
      ]
    }
    #expect(
      try await fixture.error("UpdateDestination", update("7")).code
        == "ConcurrentModificationException")
    try await fixture.call("UpdateDestination", update("1"))
    try await fixture.put("x")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.first?.key.hasPrefix("new/2026/11/21/04/d-2-") == true)
    let described = try await fixture.call("DescribeDeliveryStream", ["DeliveryStreamName": "d"])
    let description = try #require(described["DeliveryStreamDescription"])
    #expect(description["VersionId"] == "2")
    let settings = description["Destinations"]?.listValue?.first?[
      "ExtendedS3DestinationDescription"]
    #expect(settings?["Prefix"] == "new/" && settings?["BufferingHints"]?["SizeInMBs"] == 1)
  }

  @Test func streamsAreASource() async throws {
    let fixture = try await FirehoseFixture()
    let kinesis = fixture.kinesis
    try await fixture.call("CreateStream", ["StreamName": "s", "ShardCount": 2], on: kinesis)
    func put(_ key: String) async throws {
      try await fixture.call(
        "PutRecord",
        [
          "StreamName": "s", "PartitionKey": .string(key),
          "Data": .string(Base64.encode(Array("<\(key)>".utf8))),
        ], on: kinesis)
    }
    try await put("before")
    await fixture.clock.advance(milliseconds: 1000)
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d", "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": [
          "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
          "RoleARN": "arn:aws:iam::000000000000:role/r",
        ],
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(),
      ])
    for key in ["a", "b", "c", "d"] { try await put(key) }
    await fixture.clock.advance(milliseconds: 61_000)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(object.text.count == 12 && !object.text.contains("before"))
    for key in ["a", "b", "c", "d"] { #expect(object.text.contains("<\(key)>")) }
    let second = try await fixture.restarted()
    try await second.call(
      "PutRecord", ["StreamName": "s", "PartitionKey": "e", "Data": "PGU+"], on: second.kinesis)
    await second.clock.advance(milliseconds: 62_000)
    #expect(second.surroundings.objects.map(\.text) == ["<e>"], "positions outlive a restart")
    #expect(
      try await second.error(
        "PutRecord", ["DeliveryStreamName": "d", "Record": ["Data": ""]]
      ).code == "InvalidArgumentException")
  }

  /// The aggregate was written by Amazon's `aws-kinesis-agg` for Python.
  @Test func packedRecordsOfAStreamAreTakenApart() async throws {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.call(
      "CreateStream", ["StreamName": "s", "ShardCount": 1], on: fixture.kinesis)
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d", "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": [
          "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
          "RoleARN": "arn:aws:iam::000000000000:role/r",
        ],
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination([
          "ProcessingConfiguration": [
            "Enabled": true,
            "Processors": [
              FirehoseFixture.processor(
                "Lambda", ["LambdaArn": "fn", "BufferIntervalInSeconds": "0"])
            ],
          ]
        ]),
      ])
    let packed =
      "84mawgoBYQoBYhInMTcwMTQxMTgzNDYwNDY5MjMxNzMxNjg3MzAzNzE1ODg0MTA1NzI4GgsIABoHeyJuIjox"
      + "fRoICAEQABoCAP8aBAgAGgAsz06gducBqrIQN9zks+Qp"
    try await fixture.call(
      "PutRecord", ["StreamName": "s", "PartitionKey": "p", "Data": .string(packed)],
      on: fixture.kinesis)
    await fixture.clock.advance(milliseconds: 62_000)
    let records = fixture.surroundings.invocations.first?["records"]?.listValue ?? []
    #expect(
      records.map { $0["data"]?.stringValue } == [
        Base64.encode(Array(#"{"n":1}"#.utf8)), Base64.encode([0, 0xFF]), "",
      ])
    #expect(
      records.map { $0["kinesisRecordMetadata"]?["partitionKey"]?.stringValue } == ["a", "b", "a"])
    #expect(
      records.map { $0["kinesisRecordMetadata"]?["subsequenceNumber"] } == [0, 1, 2])
    #expect(Set(records.compactMap { $0["recordId"]?.stringValue }).count == 3)
  }
}
