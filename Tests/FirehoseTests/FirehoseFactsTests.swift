import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Facts of Firehose that emulators get wrong, one test each. Those about the function's buffer, a
/// partition's and servers stand in suites of their own.
@Suite struct FirehoseFactsTests {
  private func put(_ fixture: FirehoseFixture, _ sizes: [Int]) async throws -> PropertyValue {
    try await fixture.call(
      "PutRecordBatch",
      [
        "DeliveryStreamName": "d",
        "Records": .list(
          sizes.map { ["Data": .string(Base64.encode([UInt8](repeating: 7, count: $0)))] }),
      ])
  }

  @Test(arguments: [
    ([Int](repeating: 1, count: 500), true), ([Int](repeating: 1, count: 501), false),
    ([1_024_000], true), ([1_024_001], false),
    ([Int](repeating: 1_000_000, count: 4) + [194_304], true),
    ([Int](repeating: 1_000_000, count: 4) + [194_305], false),
  ])
  func aBatchHas500RecordsOf1000KiBAnd4MiBInAll(sizes: [Int], isTaken: Bool) async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    guard isTaken else {
      await #expect(throws: ServiceError.self) { try await put(fixture, sizes) }
      await fixture.clock.advance(milliseconds: 60_000)
      #expect(fixture.surroundings.objects.isEmpty)
      return
    }
    let answer = try await put(fixture, sizes)
    #expect(answer["FailedPutCount"] == 0)
    #expect(answer["RequestResponses"]?.listValue?.count == sizes.count)
  }

  @Test(arguments: [
    (0, 60, false), (1, 60, true), (128, 60, true), (129, 60, false), (5, -1, false),
    (5, 0, true), (5, 900, true), (5, 901, false),
  ])
  func hintsAreFrom1To128MBAndFrom0To900Seconds(size: Int64, seconds: Int64, isTaken: Bool)
    async throws
  {
    let fixture = try await FirehoseFixture()
    let hints: PropertyObject = [
      "BufferingHints": ["SizeInMBs": .int(size), "IntervalInSeconds": .int(seconds)]
    ]
    if isTaken {
      try await fixture.create(hints)
    } else {
      await #expect(throws: (any Error).self) { try await fixture.create(hints) }
    }
  }

  @Test func aFlushIsOneObjectOfRecordsWithNothingBetweenThem() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create()
    for number in 0..<20 { try await fixture.put("\(number)") }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.map(\.text) == [(0..<20).map(String.init).joined()])
  }

  @Test func deletionDiscardsWhatIsBuffered() async throws {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.create(BufferTests.lambda())
    try await fixture.put("ok-a")
    await fixture.clock.advance(milliseconds: 60_000)
    try await fixture.put("ok-b")
    try await fixture.call("DeleteDeliveryStream", ["DeliveryStreamName": "d"])
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(fixture.surroundings.objects.isEmpty && fixture.surroundings.invocations.count == 1)
    await fixture.environment.recordFlusher.drain()
    let files = try fixture.environment.effects.files.list("\(fixture.directory)/firehose")
    #expect(files.isEmpty)
  }

  /// The oldest record tells the hour, though a younger one fills the buffer.
  @Test func theHourOfTheOldestRecordIsAppendedToThePrefixLiterally() async throws {
    let fixture = try await FirehoseFixture(
      at: Timestamp(year: 2026, month: 11, day: 21, hour: 4, minute: 59))
    try await fixture.create(["Prefix": "p"])
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 59_000)
    try await fixture.put("b")
    await fixture.clock.advance(milliseconds: 1000)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(object.key.hasPrefix("p2026/11/21/04/d-1-2026-11-21-04-59-00-"))
    #expect(object.text == "ab")
  }

  /// A request stays below 6 MB also where records are many and small.
  @Test func aFunctionIsAskedWithSixMegabytesAtMost() async throws {
    let fixture = try await FirehoseFixture { event in
      let results = (event["records"]?.listValue ?? []).map { record -> PropertyValue in
        ["recordId": record["recordId"] ?? .null, "result": "Dropped", "data": ""]
      }
      return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
    }
    try await fixture.create(
      BufferTests.lambda(["BufferSizeInMBs": "3", "BufferIntervalInSeconds": "60"]))
    for _ in 0..<60 { _ = try await put(fixture, [Int](repeating: 60, count: 500)) }
    await fixture.clock.advance(milliseconds: 60_000)
    let invocations = fixture.surroundings.invocations
    #expect(invocations.count > 1)
    #expect(invocations.reduce(0) { $0 + ($1["records"]?.listValue?.count ?? 0) } == 30_000)
    for invocation in invocations { #expect(JSONWriter.bytes(invocation).count <= 6_000_000) }
  }

  @Test func aFunctionThatFailsIsAskedFourTimesAndItsRecordsFail() async throws {
    let fixture = try await FirehoseFixture { _ in
      FunctionResult(payload: Array("{}".utf8), functionError: "Unhandled")
    }
    try await fixture.create(BufferTests.lambda())
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 120_000)
    #expect(fixture.surroundings.invocations.count == 4)
    let object = try #require(fixture.surroundings.objects.first)
    let lines = try object.text.split(separator: "\n").map { try JSONReader.read(String($0)) }
    #expect(lines.map { $0["rawData"] } == ["YQ==", "Yg=="])
    #expect(lines.allSatisfy { $0["attemptsMade"] == 4 })
  }

  @Test func failedRecordsStandUnderThePrefixByDefaultAsJSONLines() async throws {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.create(BufferTests.lambda())
    try await fixture.put("fail", "missing")
    await fixture.clock.advance(milliseconds: 120_000)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(object.key.hasPrefix("in/processing-failed/2026/11/21/04/d-1-"))
    let lines = try object.text.split(separator: "\n").map { try JSONReader.read(String($0)) }
    #expect(
      lines.map { $0["errorCode"] } == ["Lambda.ProcessingFailedStatus", "Lambda.MissingRecordId"])
    for line in lines {
      #expect(line["arrivalTimestamp"] == .int(FirehoseFixture.start.milliseconds))
      #expect(line["attemptEndingTimestamp"] == .int(FirehoseFixture.start.milliseconds + 60_000))
      #expect(line["lambdaARN"] == "fn")
    }
  }

  /// Partitions have no buffer of zero seconds, as other destinations do.
  @Test func partitionsWaitForASecondAtLeast() async throws {
    let fixture = try await FirehoseFixture()
    let fault = try await fixture.error(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d",
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination([
          "DynamicPartitioningConfiguration": ["Enabled": true],
          "Prefix": "!{partitionKeyFromQuery:c}/", "ErrorOutputPrefix": "e/",
          "BufferingHints": ["SizeInMBs": 64, "IntervalInSeconds": 0],
          "ProcessingConfiguration": FirehoseFixture.processing(
            "MetadataExtraction",
            ["MetadataExtractionQuery": "{c: .c}", "JsonParsingEngine": "JQ-1.6"]),
        ]),
      ])
    #expect(fault.code == "InvalidArgumentException")
  }

  /// Nothing waits where the interval is zero.
  @Test func anIntervalOfZeroDeliversAtOnce() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(["BufferingHints": ["SizeInMBs": 5, "IntervalInSeconds": 0]])
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 0)
    #expect(fixture.surroundings.objects.map(\.text) == ["a"])
  }
}
