import Archives
import Effects
import Kinesis
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Buffers that are larger than the pieces in which they are read, processed and written.
@Suite struct PieceTests {
  /// Records of 300 to 900 KB that tell where one begins.
  private static let records = (0..<9).map { number in
    Array("<\(number)>".utf8)
      + (0..<(300_000 + number * 75_000)).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
  }

  private static func settings(_ more: PropertyObject = [:]) -> PropertyObject {
    var settings: PropertyObject = ["BufferingHints": ["SizeInMBs": 64, "IntervalInSeconds": 60]]
    for (name, value) in more { settings[name] = value }
    return settings
  }

  private func put(_ fixture: FirehoseFixture) async throws {
    for record in Self.records {
      try await fixture.call(
        "PutRecord",
        ["DeliveryStreamName": "d", "Record": ["Data": .string(Base64.encode(record))]])
    }
  }

  @Test(arguments: ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"])
  func aBufferOfManyPiecesIsOneObject(compression: String) async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(
      Self.settings(["CompressionFormat": .string(compression)]))
    try await put(fixture)
    await fixture.clock.advance(milliseconds: 60_000)
    let object = try #require(fixture.surroundings.objects.first)
    #expect(fixture.surroundings.objects.count == 1)
    let whole = Self.records.flatMap { $0 }
    switch compression {
    case "UNCOMPRESSED": #expect(object.bytes == whole)
    case "GZIP": #expect(Gzip.decompress(object.bytes, countMax: 64 << 20) == whole)
    case "ZIP":
      let archive = try ZipArchive(object.bytes, limits: .init(bytesMax: 64 << 20))
      #expect(try archive.contents(try #require(archive.entries.first)) == whole)
    default: #expect(object.bytes.count < whole.count, "packed in blocks")
    }
    #expect(fixture.surroundings.leftStaged == 0)
  }

  /// Wherever the bucket stops taking bytes, the next attempt delivers everything, once.
  @Test(arguments: [1, 2, 4]) func aPieceThatFailsLeavesNothingStaged(piece: Int) async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(Self.settings())
    try await put(fixture)
    fixture.surroundings.state.withLock { $0.failingPiece = piece }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.isEmpty)
    #expect(fixture.surroundings.leftStaged == 0)
    await fixture.clock.advance(milliseconds: 5000)
    #expect(fixture.surroundings.objects.map(\.bytes) == [Self.records.flatMap { $0 }])
  }

  /// Each piece goes through the processors by itself; lines of the error output meet in one object.
  @Test func processorsSeePieces() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.create(
      Self.settings([
        "ProcessingConfiguration": FirehoseFixture.processing(
          "RecordDeAggregation", ["SubRecordType": "JSON"]),
        "ErrorOutputPrefix": "errors/",
      ]))
    let text = #"{"a":"\#(String(repeating: "x", count: 700_000))"}"#
    for _ in 0..<3 { try await fixture.put(text, "broken") }
    await fixture.clock.advance(milliseconds: 60_000)
    let (errors, records) = (
      fixture.surroundings.objects.filter { $0.key.hasPrefix("errors/") },
      fixture.surroundings.objects.filter { $0.key.hasPrefix("in/") }
    )
    #expect(records.map(\.text) == [text + text + text])
    #expect(errors.map { $0.text.split(separator: "\n").count } == [3])
  }

  /// Records of a source stream keep their order by shard over the pieces of a delivery.
  @Test func aSourceStreamIsReadInPieces() async throws {
    let fixture = try await FirehoseFixture()
    try await fixture.call(
      "CreateStream", ["StreamName": "s", "ShardCount": 2], on: fixture.kinesis)
    await fixture.clock.advance(milliseconds: 1000)
    try await fixture.call(
      "CreateDeliveryStream",
      [
        "DeliveryStreamName": "d", "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": [
          "RoleARN": "arn:aws:iam::000000000000:role/r",
          "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        ],
        "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(Self.settings()),
      ])
    for number in 0..<40 {
      let data = Array("<\(number % 2)-\(number)>".utf8) + [UInt8](repeating: 46, count: 100_000)
      try await fixture.call(
        "PutRecord",
        [
          "StreamName": "s", "PartitionKey": .string("key-\(number % 2)"),
          "Data": .string(Base64.encode(data)),
        ], on: fixture.kinesis)
    }
    await fixture.clock.advance(milliseconds: 65_000)
    #expect(fixture.surroundings.objects.count == 1)
    let object = try #require(fixture.surroundings.objects.first)
    let marks = object.text.split(separator: ".").map {
      $0.dropFirst().dropLast().split(separator: "-")
    }
    for key in 0...1 {
      let numbers = marks.filter { $0[0] == String(key) }.compactMap { Int($0[1]) }
      #expect(numbers == (0..<20).map { $0 * 2 + key })
    }
  }
}
