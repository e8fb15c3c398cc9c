import AWSModel
import Archives
import Effects
import PropertyTree
import ServiceKit
import Testing

@testable import Firehose

/// Processors by themselves and one behind the other.
@Suite struct ProcessorTests {
  private static func processors(_ list: PropertyValue...) -> PropertyObject {
    ["ProcessingConfiguration": ["Enabled": true, "Processors": .list(list)]]
  }

  private func delivered(_ settings: PropertyObject, _ records: [[UInt8]]) async throws
    -> [Surroundings.Object]
  {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.create(settings)
    for record in records {
      try await fixture.call(
        "PutRecord",
        ["DeliveryStreamName": "d", "Record": ["Data": .string(Base64.encode(record))]])
    }
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.leftStaged == 0)
    return fixture.surroundings.objects
  }

  private func texts(_ settings: PropertyObject, _ records: String...) async throws -> [String] {
    try await delivered(settings, records.map { Array($0.utf8) }).map(\.text)
  }

  @Test(arguments: [
    (nil, "\n"), (#"\n"#, "\n"), (#"\r\n"#, "\r\n"), ("|", "|"), (#"\\"#, "\\"), (#"\x"#, "\\x"),
  ])
  func aDelimiterStandsBehindEachRecord(written: String?, bytes: String) async throws {
    let parameters: KeyValuePairs<String, String> = written.map { ["Delimiter": $0] } ?? [:]
    let settings = Self.processors(
      FirehoseFixture.processor("AppendDelimiterToRecord", parameters))
    #expect(try await texts(settings, "a", "b") == ["a\(bytes)b\(bytes)"])
  }

  @Test func processingThatIsOffTouchesNothing() async throws {
    let settings: PropertyObject = [
      "ProcessingConfiguration": [
        "Enabled": false,
        "Processors": [FirehoseFixture.processor("AppendDelimiterToRecord", [:])],
      ]
    ]
    #expect(try await texts(settings, "a", "b") == ["ab"])
  }

  @Test func packedRecordsAreUnpacked() async throws {
    let settings = Self.processors(
      FirehoseFixture.processor("Decompression", ["CompressionFormat": "GZIP"]))
    let found = try await delivered(
      settings, [try Gzip.compress(Array("a".utf8)), Array("plain".utf8)])
    #expect(found.map(\.text).first == "a")
    let error = try #require(found.last)
    #expect(error.key.hasPrefix("in/decompression-failed/2026/11/21/04/d-1-"))
    let line = try JSONReader.read(error.bytes)
    #expect(line["errorCode"] == "Decompression.InvalidGzip")
    #expect(line["rawData"] == .string(Base64.encode(Array("plain".utf8))))
  }

  @Test func messagesAreTakenOutOfLogEvents() async throws {
    let settings = Self.processors(
      FirehoseFixture.processor("CloudWatchLogProcessing", ["DataMessageExtraction": "true"]),
      FirehoseFixture.processor("Decompression", ["CompressionFormat": "GZIP"]))
    let data =
      #"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"x"},{"message":"y\n"}]}"#
    let control = #"{"messageType":"CONTROL_MESSAGE","logEvents":[]}"#
    let found = try await delivered(
      settings,
      try [data, control, #"{"a":1}"#].map { try Gzip.compress(Array($0.utf8)) })
    #expect(found.map(\.text).first == "x\ny\n")
    #expect(found.count == 2 && found[1].key.contains("decompression-failed"))
  }

  @Test func objectsOfOneRecordAreSeparated() async throws {
    let settings = Self.processors(
      FirehoseFixture.processor("AppendDelimiterToRecord", [:]),
      FirehoseFixture.processor("RecordDeAggregation", ["SubRecordType": "JSON"]))
    let found = try await texts(settings, #"{"a":"}{"}{"b":{"c":1}}"# + "\n {}", "[1]", "{")
    #expect(found.first == "{\"a\":\"}{\"}\n{\"b\":{\"c\":1}}\n{}\n")
    let codes = try found[1].split(separator: "\n").map {
      try JSONReader.read(String($0))["errorCode"]
    }
    #expect(codes == ["RecordDeAggregation.InvalidJson", "RecordDeAggregation.InvalidJson"])
  }

  @Test func delimitersPartOneRecord() async throws {
    let settings = Self.processors(
      FirehoseFixture.processor(
        "RecordDeAggregation", ["SubRecordType": "DELIMITED", "Delimiter": "IyMjIw=="]),
      FirehoseFixture.processor("AppendDelimiterToRecord", [:]))
    #expect(try await texts(settings, "a####b####", "###c") == ["a\nb\n###c\n"])
  }

  @Test func aRecordHoldsFiveHundredAtMost() async throws {
    let settings = Self.processors(
      FirehoseFixture.processor("RecordDeAggregation", ["SubRecordType": "JSON"]))
    let found = try await texts(
      settings, String(repeating: "{}", count: 500), String(repeating: "{}", count: 501))
    #expect(found.count == 2 && found[0].count == 1000)
    #expect(found[1].contains("RecordDeAggregation.TooManyRecords"))
  }

  @Test func theFunctionSeesPartsByIDsOfTheirOwn() async throws {
    let fixture = try await FirehoseFixture(function: TransformationTests.judge)
    try await fixture.create(
      Self.processors(
        FirehoseFixture.processor(
          "Lambda", ["LambdaArn": "fn", "BufferIntervalInSeconds": "0"]),
        FirehoseFixture.processor(
          "RecordDeAggregation", ["SubRecordType": "DELIMITED", "Delimiter": "Cg=="])))
    try await fixture.put("ok-1\nfail\nok-2")
    await fixture.clock.advance(milliseconds: 60_000)
    let records = fixture.surroundings.invocations.first?["records"]?.listValue ?? []
    #expect(
      records.compactMap { $0["recordId"]?.stringValue?.suffix(6) } == [
        "000000", "000001", "000002",
      ])
    #expect(fixture.surroundings.objects.map(\.text).first == "[ok-1][ok-2]")
    let line = try JSONReader.read(try #require(fixture.surroundings.objects.last?.bytes))
    #expect(line["rawData"] == "ZmFpbA==")
  }

  @Test func theSourceIsKeptWhereBackupIsOn() async throws {
    var settings = Self.processors(
      FirehoseFixture.processor(
        "Lambda", ["LambdaArn": "fn", "BufferIntervalInSeconds": "0"]))
    settings["S3BackupMode"] = "Enabled"
    settings["S3BackupConfiguration"] = FirehoseFixture.destination([
      "BucketARN": "arn:aws:s3:::backup", "Prefix": "source/", "CompressionFormat": "GZIP",
    ])
    let found = try await delivered(settings, ["ok-1", "drop", "fail"].map { Array($0.utf8) })
    #expect(found.map(\.bucket) == ["bucket", "bucket", "backup"])
    let backup = try #require(found.last)
    #expect(backup.key.hasPrefix("source/2026/11/21/04/d-1-") && backup.key.hasSuffix(".gz"))
    #expect(
      Gzip.decompress(backup.bytes, countMax: 100).map { String(decoding: $0, as: UTF8.self) }
        == "ok-1dropfail")
  }

  @Test(arguments: [
    ("UNCOMPRESSED", ""), ("GZIP", ".gz"), ("ZIP", ".zip"), ("Snappy", ".snappy"),
    ("HADOOP_SNAPPY", ".hsnappy"),
  ])
  func objectsEndAsTheyArePacked(format: String, ending: String) async throws {
    let found = try await delivered(["CompressionFormat": .string(format)], [Array("abc".utf8)])
    let object = try #require(found.first)
    let name = object.key.split(separator: "/").last ?? ""
    #expect(name.hasSuffix(ending) && name.dropLast(ending.count).contains(".") == false)
    #expect(object.encoding == (format == "GZIP" ? "gzip" : nil))
    if format == "ZIP" {
      let zip = try ZipArchive(object.bytes, limits: .init(bytesMax: 1000))
      let entry = try #require(zip.entries.first)
      #expect(try zip.contents(entry) == Array("abc".utf8))
    }
  }

  @Test func keysOfKMSStandOnObjects() async throws {
    let key = "arn:aws:kms:us-east-1:000000000000:key/k"
    let found = try await delivered(
      ["EncryptionConfiguration": ["KMSEncryptionConfig": ["AWSKMSKeyARN": .string(key)]]],
      [[1]])
    #expect(found.map(\.kmsKey) == [key])
  }
}
