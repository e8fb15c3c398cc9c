import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// The buffer before a function, and those behind it.
@Suite struct BufferTests {
  static func lambda(_ more: KeyValuePairs<String, String> = [:]) -> PropertyObject {
    let given = more.map { ($0.key, $0.value) }
    let parameters = [("LambdaArn", "fn")] + given
    return [
      "ProcessingConfiguration": [
        "Enabled": true,
        "Processors": [
          [
            "Type": "Lambda",
            "Parameters": .list(
              parameters.map {
                ["ParameterName": .string($0.0), "ParameterValue": .string($0.1)]
              }),
          ]
        ],
      ]
    ]
  }

  /// Answers every record, its payload changed.
  static func answering(_ change: @escaping @Sendable (String) -> String)
    -> @Sendable (PropertyValue) throws -> FunctionResult
  {
    { event in
      let results: [PropertyValue] = (event["records"]?.listValue ?? []).map { record in
        let data = record["data"]?.stringValue ?? ""
        let text = String(decoding: Base64.decode(data) ?? [], as: UTF8.self)
        return [
          "recordId": record["recordId"] ?? .null, "result": "Ok",
          "data": .string(Base64.encode(Array(change(text).utf8))),
        ]
      }
      return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
    }
  }

  private func times(_ fixture: FirehoseFixture) -> (invocations: Int, objects: [String]) {
    (fixture.surroundings.invocations.count, fixture.surroundings.objects.map(\.text))
  }

  /// A minute before the function, and then the delivery's own.
  @Test func theFunctionsIntervalPassesBeforeTheDeliverys() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { "<\($0)>" })
    try await fixture.create(Self.lambda())
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 30_000)
    try await fixture.put("b")
    await fixture.clock.advance(milliseconds: 29_999)
    #expect(times(fixture) == (0, []))
    await fixture.clock.advance(milliseconds: 1)
    #expect(times(fixture) == (1, []))
    try await fixture.put("c")
    await fixture.clock.advance(milliseconds: 59_999)
    #expect(times(fixture) == (1, []))
    await fixture.clock.advance(milliseconds: 1)
    #expect(times(fixture) == (2, ["<a><b><c>"]), "what is processed by then goes along")
  }

  @Test(arguments: [("0", 0), ("7", 7), ("900", 900)]) func theIntervalIsWhatIsSet(
    text: String, seconds: Int64
  ) async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { $0 })
    try await fixture.create(Self.lambda(["BufferIntervalInSeconds": text]))
    try await fixture.put("a")
    if seconds > 0 {
      await fixture.clock.advance(milliseconds: seconds * 1000 - 1)
      #expect(fixture.surroundings.invocations.isEmpty)
      await fixture.clock.advance(milliseconds: 1)
    } else {
      await fixture.clock.advance(milliseconds: 0)
    }
    #expect(times(fixture) == (1, []))
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(times(fixture) == (1, ["a"]))
  }

  @Test func aFullBufferCallsTheFunctionAtOnce() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { _ in "x" })
    try await fixture.create(Self.lambda(["BufferSizeInMBs": "0.2"]))
    let record = String(repeating: "r", count: 60_000)
    for _ in 0..<3 { try await fixture.put(record) }
    await fixture.clock.advance(milliseconds: 0)
    #expect(fixture.surroundings.invocations.isEmpty)
    for _ in 0..<2 { try await fixture.put(record) }
    await fixture.clock.advance(milliseconds: 0)
    let sizes = fixture.surroundings.invocations.map { $0["records"]?.listValue?.count }
    #expect(sizes == [3], "a piece holds what fits; the rest is younger than its interval")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(times(fixture).invocations == 2)
  }

  /// The delivery's size counts what the function made of the records.
  @Test func theDeliverysSizeCountsTransformedBytes() async throws {
    let fixture = try await FirehoseFixture(
      function: Self.answering { $0 + String(repeating: "x", count: 600_000) })
    try await fixture.create(Self.lambda())
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(times(fixture).objects.isEmpty)
    try await fixture.put("b")
    await fixture.clock.advance(milliseconds: 59_999)
    #expect(times(fixture).objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1)
    #expect(fixture.surroundings.objects.map(\.bytes.count) == [1_200_002])
  }

  /// Results outlive the process: the function is not called again for them.
  @Test func resultsOutliveARestart() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { "<\($0)>" })
    try await fixture.create(Self.lambda())
    try await fixture.put("a", "b")
    await fixture.clock.advance(milliseconds: 60_000)
    try await fixture.put("c")
    let second = try await fixture.restarted(function: Self.answering { "[\($0)]" })
    await second.clock.advance(milliseconds: 59_999)
    #expect(times(second) == (0, []))
    await second.clock.advance(milliseconds: 1)
    #expect(times(second) == (1, ["<a><b>[c]"]))
    let third = try await second.restarted(function: Self.answering { $0 })
    await third.clock.advance(milliseconds: 600_000)
    #expect(times(third) == (0, []))
  }

  /// A function that drops everything lets the input move on all the same.
  @Test func droppedRecordsAreNotProcessedAgainAfterARestart() async throws {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.create(Self.lambda())
    try await fixture.put("drop")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.invocations.count == 1)
    let second = try await fixture.restarted(function: TransformationTests.judge)
    await second.clock.advance(milliseconds: 600_000)
    #expect(times(second) == (0, []))
  }

  @Test func aDestinationThatFailsDoesNotHoldUpTheFunction() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { $0 })
    try await fixture.create(Self.lambda(["BufferIntervalInSeconds": "1"]))
    fixture.surroundings.state.withLock { $0.hasBucket = false }
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 62_000)
    try await fixture.put("b")
    await fixture.clock.advance(milliseconds: 1000)
    #expect(times(fixture) == (2, []))
    fixture.surroundings.state.withLock { $0.hasBucket = true }
    await fixture.clock.advance(milliseconds: 300_000)
    #expect(times(fixture) == (2, ["ab"]))
  }

  /// Records that wait when the function is taken away are delivered, each once.
  @Test func aFunctionMayGoWhileItsResultsWait() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { "<\($0)>" })
    try await fixture.create(Self.lambda())
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 60_000)
    try await fixture.put("b")
    try await fixture.call(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": ["ProcessingConfiguration": ["Enabled": false]],
      ])
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(times(fixture) == (1, ["<a>b"]))
    try await fixture.put("c")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(times(fixture) == (1, ["<a>b", "c"]))
  }

  /// Each delivery stream has buffers of its own.
  @Test func deliveryStreamsDoNotShareBuffers() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { "<\($0)>" })
    try await fixture.create(Self.lambda(["BufferIntervalInSeconds": "10"]))
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "e",
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(
          Self.lambda(["BufferIntervalInSeconds": "20"])),
      ])
    try await fixture.put("a")
    try await fixture.call(
      "PutRecord", ["DeliveryStreamName": "e", "Record": ["Data": "Yg=="]])
    await fixture.clock.advance(milliseconds: 70_000)
    #expect(times(fixture) == (2, ["<a>"]))
    await fixture.clock.advance(milliseconds: 10_000)
    #expect(times(fixture) == (2, ["<a>", "<b>"]))
  }

  /// The interval of a delivery from a stream counts from the arrival there, to the millisecond.
  @Test func aSourceStreamIsDeliveredInTime() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.call(
      "CreateStream", ["StreamName": "s", "ShardCount": 2], on: fixture.kinesis)
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
    await fixture.clock.advance(milliseconds: 300)
    for key in ["a", "b", "c"] {
      try await fixture.call(
        "PutRecord", ["StreamName": "s", "PartitionKey": .string(key), "Data": "eA=="],
        on: fixture.kinesis)
    }
    await fixture.clock.advance(milliseconds: 59_999)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1)
    #expect(fixture.surroundings.objects.map(\.text) == ["xxx"])
  }

  /// The backup of the source has hints of its own, and has not waited for the function.
  @Test func theBackupHasABufferOfItsOwn() async throws {
    let fixture = try await FirehoseFixture(function: Self.answering { "<\($0)>" })
    var settings = Self.lambda()
    settings["S3BackupMode"] = "Enabled"
    settings["S3BackupConfiguration"] = [
      "RoleARN": "arn:aws:iam::000000000000:role/delivery", "BucketARN": "arn:aws:s3:::backup",
      "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 90],
    ]
    try await fixture.create(settings)
    try await fixture.put("a")
    await fixture.clock.advance(milliseconds: 89_999)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1)
    #expect(fixture.surroundings.objects.map(\.bucket) == ["backup"])
    await fixture.clock.advance(milliseconds: 30_000)
    #expect(fixture.surroundings.objects.map(\.text) == ["a", "<a>"])
  }

  @Test func splunksFunctionHasASmallerBuffer() throws {
    let processing = ProcessingConfiguration(
      Enabled: true,
      Processors: [
        .init(Type: "Lambda", Parameters: [.init(ParameterName: "LambdaArn", ParameterValue: "fn")])
      ])
    func bytes(_ remote: RemoteDestination?) -> Int? {
      DeliveryStreamModel(
        name: "d", storageID: "", created: FirehoseFixture.start, updated: nil, version: 1,
        type: .directPut, source: nil,
        destination: S3Configuration(ProcessingConfiguration: processing), remote: remote,
        encryption: nil, throughputHintMBs: nil, tags: []
      ).processors.lambda?.bufferBytes
    }
    #expect(bytes(nil) == 1 << 20)
    #expect(bytes(.splunk(SplunkConfiguration(ProcessingConfiguration: processing))) == 256 << 10)
    #expect(
      bytes(.httpEndpoint(HTTPEndpointConfiguration(ProcessingConfiguration: processing)))
        == 1 << 20)
  }

  /// Keys are the function's own words: none of them spoils what is kept.
  @Test(arguments: ["", "é\u{0}", String(repeating: "k", count: 5000)])
  func keysOfAnyNameAreKept(_ name: String) async throws {
    let fixture = try await FirehoseFixture { event in
      let results: [PropertyValue] = (event["records"]?.listValue ?? []).map { record in
        [
          "recordId": record["recordId"] ?? .null, "result": "Ok", "data": record["data"] ?? .null,
          "metadata": ["partitionKeys": .object([name: "value"])],
        ]
      }
      return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
    }
    try await fixture.create(["ProcessingConfiguration": FirehoseFixture.processing])
    try await fixture.put("record")
    await fixture.clock.advance(milliseconds: 120_000)
    #expect(fixture.surroundings.objects.map(\.text) == ["record"])
  }
}
