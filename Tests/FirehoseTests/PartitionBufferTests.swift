import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ServiceTesting
import Testing

@testable import Firehose

/// A buffer for each partition.
@Suite struct PartitionBufferTests {
  private static let settings: PropertyObject = [
    "DynamicPartitioningConfiguration": ["Enabled": true],
    "Prefix": "!{partitionKeyFromQuery:c}/",
    "ErrorOutputPrefix": "e/!{firehose:error-output-type}/",
    "BufferingHints": ["SizeInMBs": 64, "IntervalInSeconds": 60],
    "ProcessingConfiguration": [
      "Enabled": true,
      "Processors": [
        FirehoseFixture.processor(
          "MetadataExtraction",
          ["MetadataExtractionQuery": "{c: .c}", "JsonParsingEngine": "JQ-1.6"]),
        FirehoseFixture.processor("AppendDelimiterToRecord", ["Delimiter": ";"]),
      ],
    ],
  ]

  private func objects(_ fixture: FirehoseFixture) -> [String] {
    fixture.surroundings.objects.map {
      let prefix = $0.key.components(before: "d-1-")
      return prefix + $0.text.replacing(#"{"c":"#, with: "").replacing("}", with: "")
    }
  }

  @Test func eachPartitionAgesByItself() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings)
    try await fixture.put(#"{"c":1}"#)
    await fixture.clock.advance(milliseconds: 20_000)
    try await fixture.put(#"{"c":2}"#, #"{"c":1}"#)
    await fixture.clock.advance(milliseconds: 39_999)
    #expect(objects(fixture) == [])
    await fixture.clock.advance(milliseconds: 1)
    #expect(objects(fixture) == ["1/1;1;"])
    try await fixture.put(#"{"c":1}"#)
    await fixture.clock.advance(milliseconds: 20_000)
    #expect(objects(fixture) == ["1/1;1;", "2/2;"])
    await fixture.clock.advance(milliseconds: 40_000)
    #expect(objects(fixture) == ["1/1;1;", "2/2;", "1/1;"])
  }

  /// A partition that was delivered is not delivered again, though records before it wait.
  @Test func aRestartDeliversEachPartitionOnce() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings)
    try await fixture.put(#"{"c":1}"#)
    await fixture.clock.advance(milliseconds: 20_000)
    try await fixture.put(#"{"c":2}"#)
    await fixture.clock.advance(milliseconds: 20_000)
    try await fixture.put(#"{"c":1}"#)
    await fixture.clock.advance(milliseconds: 20_000)
    #expect(objects(fixture) == ["1/1;1;"])
    let second = try await fixture.restarted()
    try await second.put(#"{"c":1}"#)
    await second.clock.advance(milliseconds: 20_000)
    #expect(objects(second) == ["2/2;"])
    let third = try await second.restarted()
    await third.clock.advance(milliseconds: 600_000)
    #expect(objects(third) == ["1/1;"])
  }

  /// The limit counts what has a buffer, until it is delivered.
  @Test func partitionsAreActiveUntilTheyAreDelivered() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings)
    func put(_ range: Range<Int>) async throws {
      try await fixture.call(
        "PutRecordBatch",
        [
          "DeliveryStreamName": "d",
          "Records": .list(
            range.map { ["Data": .string(Base64.encode(Array(#"{"c":\#($0)}"#.utf8)))] }),
        ])
    }
    try await put(0..<500)
    await fixture.clock.advance(milliseconds: 30_000)
    try await put(499..<501)
    await fixture.clock.advance(milliseconds: 29_999)
    #expect(fixture.surroundings.objects.isEmpty)
    await fixture.clock.advance(milliseconds: 1)
    #expect(fixture.surroundings.objects.count == 500)
    try await put(501..<502)
    await fixture.clock.advance(milliseconds: 60_000)
    let found = objects(fixture)
    #expect(found.count == 502 && found.last == "501/501;")
    #expect(found.filter { $0.hasPrefix("e/activePartitionExceeded/") }.count == 1)
    #expect(found.contains("499/499;499;"))
  }

  @Test func everyRecordEndsInOnePlace() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings)
    var expected: [String: Int] = [:]
    for number in 0..<200 {
      let text = number % 7 == 0 ? "no JSON \(number)" : #"{"c":\#(number % 5)}"#
      expected[number % 7 == 0 ? "failed" : text, default: 0] += 1
      try await fixture.put(text)
      if number % 20 == 0 { await fixture.clock.advance(milliseconds: 11_000) }
    }
    await fixture.clock.advance(milliseconds: 120_000)
    var found: [String: Int] = [:]
    for object in fixture.surroundings.objects {
      if object.key.hasPrefix("e/processing-failed/") {
        found["failed", default: 0] += object.text.split(separator: "\n").count
      } else {
        for record in object.text.split(separator: ";") { found[String(record), default: 0] += 1 }
      }
    }
    #expect(found == expected)
  }

  // MARK: The log of processed records

  private static func item(_ text: String) -> DeliveryItem {
    var item = DeliveryItem(
      BufferedRecord(
        id: "id-\(text)", arrival: FirehoseFixture.start, payload: Array("raw".utf8),
        origin: .init(shardID: "s", partitionKey: "k", sequenceNumber: "1")))
    item.payload = Array(text.utf8)
    return item
  }

  private static func frame(_ place: BufferPlace, _ since: Timestamp, _ item: DeliveryItem)
    -> ProcessedFrame
  {
    var items = FrameItems()
    items.append(item)
    return ProcessedFrame(place, items, since: since)
  }

  private static func buffers(_ fixture: FirehoseFixture) -> ProcessedBuffers {
    ProcessedBuffers(directory: "\(fixture.directory)/buffers", environment: fixture.environment)
  }

  private static let timing: BufferTiming = {
    var timing = BufferTiming(
      DeliveryStreamModel(
        name: "d", storageID: "", created: FirehoseFixture.start, updated: nil, version: 1,
        type: .directPut, source: nil, destination: S3Configuration(), remote: nil,
        encryption: nil, throughputHintMBs: nil, tags: []))
    timing.destination = .init(bytes: 4, seconds: 60)
    return timing
  }()

  private static func one(_ value: String) -> BufferPlace {
    .partition([.init(key: PartitionKey(.query, "c"), value: value)])
  }

  @Test func aFullPartitionIsTakenAlone() async throws {
    let fixture = try await FirehoseFixture()
    let buffers = Self.buffers(fixture)
    _ = try buffers.recover(nil)
    let now = FirehoseFixture.start
    let end = DeliveryCheckpoint(storageID: "x", consumed: 7)
    for _ in 0..<3 {
      try await buffers.append(
        [
          Self.frame(Self.one("full"), now, Self.item("ab")),
          Self.frame(Self.one("other"), now, Self.item("x")),
        ], end: end, at: now)
    }
    #expect(buffers.due(.destination, Self.timing) == now)
    let taken = buffers.take(.destination, Self.timing, now: now, bytesMax: 1 << 20)
    #expect(taken.map(\.place) == [Self.one("full")])
    #expect(taken.map(\.bytes) == [4], "a delivery holds the size that is set")
    #expect(try buffers.items(taken[0]) == [Self.item("ab"), Self.item("ab")])
    let progress = buffers.progress(delivering: taken)
    try buffers.settle(taken)
    #expect(buffers.all[Self.one("full")]?.records == 1)
    let again = Self.buffers(fixture)
    #expect(try again.recover(progress) == nil, "the checkpoint knows of all pieces")
    #expect(again.all == buffers.all)
    #expect(try again.recover(nil) == end)
  }

  /// A crash may leave the beginning of a piece: its records are still in the input.
  @Test func aPieceWithoutItsEndCountsForNothing() async throws {
    let fixture = try await FirehoseFixture()
    let log = RecordLog(
      directory: "\(fixture.directory)/buffers", environment: fixture.environment)
    let frame = Self.frame(.records, FirehoseFixture.start, Self.item("a"))
    var batch = RecordBatch()
    for (piece, consumed) in [(0, nil), (0, 5), (1, nil), (1, nil), (2, nil), (2, 9), (3, nil)]
      as [(UInt64, UInt64?)]
    {
      let header = frame.header(
        piece: piece, end: consumed.map { DeliveryCheckpoint(storageID: "x", consumed: $0) })
      try ProcessedFrame.append(header, frame.items, to: &batch)
    }
    _ = try await log.append(batch, at: FirehoseFixture.start)
    let buffers = Self.buffers(fixture)
    #expect(try buffers.recover(nil)?.consumed == 9)
    #expect(buffers.all[.records]?.frames.map(\.index) == [0, 1, 4, 5])
    try await buffers.append(
      [frame], end: DeliveryCheckpoint(storageID: "x", consumed: 11), at: FirehoseFixture.start)
    let again = Self.buffers(fixture)
    #expect(try again.recover(nil)?.consumed == 11)
    #expect(again.all[.records]?.frames.map(\.index) == [0, 1, 4, 5, 7])
  }

  @Test func placesAreReadBack() {
    let places: [BufferPlace] =
      [
        .records, .backup, Self.one("a/b\"c"),
        .partition([
          .init(key: PartitionKey(.lambda, "x/y"), value: "1"),
          .init(key: PartitionKey(.query, "z"), value: ""),
        ]),
      ] + ErrorOutput.allCases.map { .errors($0) }
    for place in places { #expect(BufferPlace(place.text) == place) }
    for text in ["", "other", "errors/none", "partition/{", "partition/[[1]]"] {
      #expect(BufferPlace(text) == nil, "\(text)")
    }
  }
}

extension String {
  fileprivate func components(before text: String) -> String {
    firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
  }
}
