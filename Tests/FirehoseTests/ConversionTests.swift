import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit
import ServiceTesting
import Synchronization
import Testing

@testable import Firehose

/// A catalog of one table, and a writer whose files are the records between bars. Records that begin
/// with `bad` don't fit.
final class ColumnsInMemory: ColumnarWriter, TableCatalog, Sendable {
  struct State {
    var columns = [TableColumn(name: "a", type: "int")]
    var hasTable = true
    var hasEngine = true
    var layouts: [ColumnarLayout] = []
    /// Account, region, version and catalog of each look at the table.
    var looks: [[String]] = []
  }

  let state = Mutex(State())

  func problems(with layout: ColumnarLayout) -> [String] {
    layout.columns.filter { $0.type == "binary" }.map { "The column `\($0.name)` is binary." }
  }

  func begin(_ layout: ColumnarLayout) throws -> any ColumnarConversion {
    state.withLock { $0.layouts.append(layout) }
    return Conversion(self)
  }

  private final class Conversion: ColumnarConversion {
    private let columns: ColumnsInMemory
    private var rows: [String] = []

    init(_ columns: ColumnsInMemory) { self.columns = columns }

    func take(_ record: UnsafeRawBufferPointer) throws -> ColumnarFault? {
      let text = String(decoding: record, as: UTF8.self)
      if text.hasPrefix("bad") {
        return ColumnarFault("DataFormatConversion.ParseError", "\(text)?")
      }
      rows.append(text)
      return nil
    }

    func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) async throws -> Int {
      guard columns.state.withLock({ $0.hasEngine }) else {
        throw ServiceError("QueryEngineFailure", "It isn't there.")
      }
      if rows.isEmpty { return 0 }
      try Array("|\(rows.joined(separator: "|"))|".utf8).withUnsafeBytes { try body($0) }
      return rows.count
    }

    func abandon() {}
  }

  func table(
    _ reference: TableReference, version: String?, catalog: String?, scope: Scope,
    in transaction: Transaction
  ) throws -> CatalogTable {
    try state.withLock { state in
      state.looks.append([scope.account.text, scope.region.text, version ?? "", catalog ?? ""])
      guard state.hasTable else {
        throw ServiceError("EntityNotFoundException", "Table \(reference.name) not found.")
      }
      return CatalogTable(
        reference: reference, version: "0", columns: state.columns, partitionKeys: [],
        location: nil)
    }
  }
}

extension ColumnsInMemory {
  func columns(
    of reference: TableReference, declaredBy resources: (ResourceType) -> [PropertyValue]
  ) -> [TableColumn]? {
    resources("AWS::Glue::Table").first { $0["Name"] == .string(reference.name) }.map { _ in
      state.withLock { $0.columns }
    }
  }
}

@Suite struct ConversionTests {
  static let conversion: PropertyObject = [
    "SchemaConfiguration": ["RoleARN": "role", "DatabaseName": "lake", "TableName": "clicks"],
    "InputFormatConfiguration": ["Deserializer": ["OpenXJsonSerDe": [:]]],
    "OutputFormatConfiguration": ["Serializer": ["ParquetSerDe": [:]]],
  ]

  private static func destination(
    _ change: PropertyObject = [:], _ more: PropertyObject = [:]
  ) -> PropertyObject {
    var conversion = conversion
    for (key, value) in change { conversion[key] = value == .null ? nil : value }
    var settings: PropertyObject = [
      "DataFormatConversionConfiguration": .object(conversion),
      "BufferingHints": ["SizeInMBs": 64, "IntervalInSeconds": 60],
    ]
    for (key, value) in more { settings[key] = value }
    return settings
  }

  private func fixture(_ columns: ColumnsInMemory) async throws -> FirehoseFixture {
    try await FirehoseFixture(columns: columns)
  }

  @Test func recordsThatFitAreColumnsAndTheOthersLines() async throws {
    let columns = ColumnsInMemory()
    let fixture = try await fixture(columns)
    try await fixture.create(Self.destination())
    try await fixture.put("one", "bad 1", "two", "bad 2")
    await fixture.clock.advance(milliseconds: 60_000)
    let objects = fixture.surroundings.objects
    let data = try #require(objects.first { $0.key.hasSuffix(".parquet") })
    #expect(data.text == "|one|two|")
    #expect(data.encoding == nil)
    let errors = try #require(
      objects.first { $0.key.hasPrefix("in/format-conversion-failed/2026/11/21/04/") })
    #expect(objects.count == 2)
    let lines = try errors.text.split(separator: "\n").map {
      try JSONReader.read(String($0)).objectValue ?? [:]
    }
    #expect(
      lines.map { $0["rawData"]?.stringValue }
        == ["bad 1", "bad 2"].map { Base64.encode(Array($0.utf8)) })
    var first = lines[0]
    first["rawData"] = nil
    #expect(
      first
        == [
          "attemptsMade": 1, "arrivalTimestamp": .int(FirehoseFixture.start.milliseconds),
          "lastErrorCode": "DataFormatConversion.ParseError", "lastErrorMessage": "bad 1?",
          "attemptEndingTimestamp": .int(FirehoseFixture.start.milliseconds + 60_000),
          "dataCatalogTable": [
            "catalogId": "000000000000", "databaseName": "lake", "tableName": "clicks",
            "region": "us-east-1", "versionId": "LATEST", "roleArn": "role",
          ],
        ])
    try fixture.bench.end()
  }

  @Test func withoutARecordThatFitsThereIsNoFile() async throws {
    let fixture = try await fixture(ColumnsInMemory())
    try await fixture.create(Self.destination([:], ["FileExtension": ".pq"]))
    try await fixture.put("bad")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.count == 1)
    try await fixture.put("good")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.last?.key.hasSuffix(".pq") == true)
    try fixture.bench.end()
  }

  @Test func everyPartitionIsAFileOfItsOwn() async throws {
    let fixture = try await fixture(ColumnsInMemory())
    try await fixture.create(
      Self.destination(
        [:],
        [
          "DynamicPartitioningConfiguration": ["Enabled": true],
          "Prefix": "!{partitionKeyFromQuery:c}/", "ErrorOutputPrefix": "e/",
          "ProcessingConfiguration": FirehoseFixture.processing(
            "MetadataExtraction",
            ["MetadataExtractionQuery": "{c: .c}", "JsonParsingEngine": "JQ-1.6"]),
        ]))
    try await fixture.put(#"{"c":"x"}"#, #"{"c":"y"}"#, #"{"c":"x","n":2}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let texts = Dictionary(
      uniqueKeysWithValues: fixture.surroundings.objects.map { ($0.key.prefix(2), $0.text) })
    #expect(texts == ["x/": #"|{"c":"x"}|{"c":"x","n":2}|"#, "y/": #"|{"c":"y"}|"#])
    try fixture.bench.end()
  }

  @Test func theTableIsReadForEachDelivery() async throws {
    let columns = ColumnsInMemory()
    let fixture = try await fixture(columns)
    try await fixture.create(
      Self.destination([
        "SchemaConfiguration": [
          "RoleARN": "role", "DatabaseName": "lake", "TableName": "clicks", "Region": "eu-west-1",
          "VersionId": "3", "CatalogId": "000000000000",
        ]
      ]))
    let look = ["000000000000", "eu-west-1", "3", "000000000000"]
    #expect(columns.state.withLock { $0.looks } == [look])
    columns.state.withLock { $0.columns = [TableColumn(name: "b", type: "string")] }
    try await fixture.put("x")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(columns.state.withLock { $0.looks } == [look, look])
    #expect(columns.state.withLock { $0.layouts.map { $0.columns.map(\.name) } } == [["b"]])
    // A schema that can't be used is each record's error; nothing is lost.
    columns.state.withLock { $0.columns[0].type = "binary" }
    try await fixture.put("y")
    await fixture.clock.advance(milliseconds: 60_000)
    columns.state.withLock { $0.hasTable = false }
    try await fixture.put("z")
    await fixture.clock.advance(milliseconds: 60_000)
    let lines = try fixture.surroundings.objects.suffix(2).map { try JSONReader.read($0.text) }
    #expect(
      lines.map { $0["lastErrorCode"] } == [
        "DataFormatConversion.InvalidSchema", "DataFormatConversion.EntityNotFoundException",
      ])
    #expect(
      lines.map { $0["lastErrorMessage"] } == [
        "The column `b` is binary.", "Table clicks not found.",
      ])
    try fixture.bench.end()
  }

  @Test func recordsWaitForAnEngine() async throws {
    let columns = ColumnsInMemory()
    let fixture = try await fixture(columns)
    try await fixture.create(Self.destination())
    columns.state.withLock { $0.hasEngine = false }
    try await fixture.put("x")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects == [])
    #expect(fixture.reports.last?.contains("It isn't there. Trying again at") == true)
    columns.state.withLock { $0.hasEngine = true }
    await fixture.clock.advance(milliseconds: 600_000)
    #expect(fixture.surroundings.objects.map(\.text) == ["|x|"])
    try fixture.bench.end()
  }

  @Test func optionsReachTheWriter() async throws {
    let columns = ColumnsInMemory()
    let fixture = try await fixture(columns)
    try await fixture.create(
      Self.destination([
        "InputFormatConfiguration": [
          "Deserializer": [
            "OpenXJsonSerDe": [
              "CaseInsensitive": false, "ConvertDotsInJsonKeysToUnderscores": true,
              "ColumnToJsonKeyMappings": ["ts": "timestamp"],
            ]
          ]
        ],
        "OutputFormatConfiguration": [
          "Serializer": [
            "OrcSerDe": [
              "Compression": "ZLIB", "BloomFilterColumns": ["a"], "RowIndexStride": 2000,
              "BloomFilterFalsePositiveProbability": .double(0.5), "DictionaryKeyThreshold": 1,
              "FormatVersion": "V0_11", "StripeSizeBytes": 8_388_608, "PaddingTolerance": 0,
              "BlockSizeBytes": 67_108_864, "EnablePadding": false,
            ]
          ]
        ],
      ]))
    try await fixture.put("x")
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(fixture.surroundings.objects.map { $0.key.hasSuffix(".orc") } == [true])
    var reader = OpenXOptions()
    reader.isCaseInsensitive = false
    reader.convertsDots = true
    reader.keys = ["ts": "timestamp"]
    var orc = ORCOptions()
    orc.compression = .ZLIB
    orc.bloomFilterColumns = ["a"]
    orc.rowIndexStride = 2000
    orc.bloomFilterFalsePositives = 0.5
    orc.dictionaryKeyThreshold = 1
    orc.formatVersion = .V0_11
    orc.stripeSize = 8_388_608
    let layout = ColumnarLayout(
      columns: [TableColumn(name: "a", type: "int")], reader: .openX(reader), format: .orc(orc))
    #expect(columns.state.withLock { $0.layouts } == [layout])
    try fixture.bench.end()
  }

  // MARK: Rules

  @Test func itIsRefusedWithoutATableOrWithOneThatCantBeConverted() async throws {
    let columns = ColumnsInMemory()
    let fixture = try await fixture(columns)
    func failure() async throws -> ServiceError {
      try await fixture.error(
        "CreateDeliveryStream",
        [
          "DeliveryStreamName": "d",
          "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(Self.destination()),
        ])
    }
    columns.state.withLock { $0.hasTable = false }
    var error = try await failure()
    #expect(error.code == "InvalidArgumentException")
    #expect(
      error.message
        == "The table of SchemaConfiguration can't be read: Table clicks not found. (Service: "
        + "AWSGlue; Status Code: 400; Error Code: EntityNotFoundException)")
    columns.state.withLock {
      $0.hasTable = true
      $0.columns[0].type = "binary"
    }
    error = try await failure()
    #expect(error.code == "UnsupportedOperation")
    #expect(
      error.message == "Leat does not support this conversion: The column `a` is binary.")
    try fixture.bench.end()
  }

  @Test func aTableOfTheTemplateIsLookedAtWhilePlanning() async throws {
    let columns = ColumnsInMemory()
    columns.state.withLock { $0.columns[0].type = "binary" }
    let fixture = try await fixture(columns)
    let handler = try #require(fixture.service.resources.first)
    func issues(_ table: String, _ change: PropertyObject = [:]) -> [PropertyIssue] {
      handler.check(
        [
          "ExtendedS3DestinationConfiguration": FirehoseFixture.destination(
            Self.destination(change))
        ],
        beside: { $0 == "AWS::Glue::Table" ? [["Name": .string(table)]] : [] })
    }
    #expect(
      issues("clicks").map(\.message)
        == [
          "Leat does not support this conversion: The column `a` is binary."
        ].map { String($0.dropLast()) })
    #expect(issues("other") == [])
    #expect(issues("clicks", ["Enabled": false]) == [])
    #expect(issues("clicks", ["SchemaConfiguration": .unknown("later")]) == [])
    try fixture.bench.end()
  }

  @Test func anUpdateChangesMembersAndIsHeldToTheRules() async throws {
    let columns = ColumnsInMemory()
    let fixture = try await fixture(columns)
    try await fixture.create(Self.destination())
    func update(_ conversion: PropertyObject, from version: Int) -> PropertyValue {
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": .string(String(version)),
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": ["DataFormatConversionConfiguration": .object(conversion)],
      ]
    }
    try await fixture.call(
      "UpdateDestination", update(["SchemaConfiguration": ["VersionId": "1"]], from: 1))
    #expect(columns.state.withLock { $0.looks.last?[2] } == "1")
    columns.state.withLock { $0.hasTable = false }
    let error = try await fixture.error(
      "UpdateDestination", update(["SchemaConfiguration": ["TableName": "other"]], from: 2))
    #expect(error.message.contains("Table other not found."))
    // Switched off it is kept, and needs no table.
    try await fixture.call("UpdateDestination", update(["Enabled": false], from: 2))
    let described = try await fixture.call("DescribeDeliveryStream", ["DeliveryStreamName": "d"])
    let kept = described["DeliveryStreamDescription"]?["Destinations"]?.listValue?[0][
      "ExtendedS3DestinationDescription"]?["DataFormatConversionConfiguration"]
    #expect(kept?["Enabled"] == false)
    #expect(kept?["SchemaConfiguration"]?["TableName"] == "clicks")
    #expect(kept?["SchemaConfiguration"]?["VersionId"] == "1")
    try await fixture.put("plain")
    await fixture.clock.advance(milliseconds: 300_000)
    #expect(fixture.surroundings.objects.map(\.text) == ["plain"])
    try fixture.bench.end()
  }

  @Test func faultsComeInAWSsOrder() throws {
    let cases: [(PropertyObject, [String])] = [
      (Self.destination(), []),
      (
        Self.destination(
          ["InputFormatConfiguration": .null, "OutputFormatConfiguration": ["Serializer": [:]]],
          [
            "CompressionFormat": "GZIP",
            "BufferingHints": ["SizeInMBs": 63, "IntervalInSeconds": 1],
          ]),
        [
          "The S3 destination's compression format must be set to UNCOMPRESSED when data format "
            + "conversion is enabled. To enable compression within the converted output format, set "
            + "the appropriate serialization option in the output format configuration.",
          "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
          "InputFormatConfiguration must not be null", "Serializer must not be null",
        ]
      ),
      (
        Self.destination([
          "InputFormatConfiguration": [
            "Deserializer": ["OpenXJsonSerDe": [:], "HiveJsonSerDe": [:]]
          ],
          "OutputFormatConfiguration": ["Serializer": ["OrcSerDe": [:], "ParquetSerDe": [:]]],
          "SchemaConfiguration": ["TableName": "t"],
        ]),
        [
          "More than one deserializer specified. Only one may be chosen.",
          "More than one serializer specified. Only one may be chosen.",
          "SchemaConfiguration.RoleArn must not be null or empty",
          "SchemaConfiguration.DatabaseName must not be null or empty",
        ]
      ),
      (
        Self.destination([
          "Enabled": false, "SchemaConfiguration": .null,
          "OutputFormatConfiguration": [
            "Serializer": [
              "ParquetSerDe": [
                "BlockSizeBytes": 1, "PageSizeBytes": 1, "MaxPaddingBytes": -1,
                "Compression": "LZO", "WriterVersion": "V3",
              ],
              "OrcSerDe": [
                "BlockSizeBytes": 1, "StripeSizeBytes": 1, "RowIndexStride": 1,
                "DictionaryKeyThreshold": 2, "PaddingTolerance": -1, "FormatVersion": "V1",
                "BloomFilterFalsePositiveProbability": .double(1.5), "Compression": "LZO",
              ],
            ]
          ],
        ]),
        [
          "MaxPaddingBytes must be at least 0, not -1",
          "BlockSizeBytes must be at least 67108864, not 1",
          "PageSizeBytes must be at least 65536, not 1",
          "Compression must be one of SNAPPY, GZIP, UNCOMPRESSED, not LZO",
          "WriterVersion must be one of V1, V2, not V3",
          "DictionaryKeyThreshold must be between 0 and 1, not 2.0",
          "BlockSizeBytes must be at least 67108864, not 1",
          "StripeSizeBytes must be at least 8388608, not 1",
          "RowIndexStride must be at least 1000, not 1",
          "PaddingTolerance must be between 0 and 1, not -1.0",
          "BloomFilterFalsePositiveProbability must be between 0 and 1, not 1.5",
          "Compression must be one of ZLIB, SNAPPY, NONE, not LZO",
          "FormatVersion must be one of V0_11, V0_12, not V1",
        ]
      ),
    ]
    for (settings, messages) in cases {
      let configuration = try TreeDecoder().decode(
        S3Configuration.self, from: FirehoseFixture.destination(settings))
      #expect(configuration.conversionFaults(nil).map(\.message) == messages)
    }
  }

  /// Version 2 kept anything while it was switched off.
  @Test func aConversionThatWasKeptIsUpgraded() {
    func model(_ conversion: PropertyValue?) -> PropertyValue {
      var destination: PropertyObject = ["Prefix": "p"]
      destination["DataFormatConversionConfiguration"] = conversion
      return ["name": "d", "destination": .object(destination)]
    }
    for unchanged in [model(nil), ["name": "d"]] {
      #expect(FormatConversion.typed(in: unchanged) == unchanged)
    }
    let whole = PropertyValue.object(Self.conversion)
    #expect(FormatConversion.typed(in: model(whole)) == model(whole))
    #expect(
      FormatConversion.typed(in: model(["Enabled": false, "SchemaConfiguration": "nonsense"]))
        == model(["Enabled": false]))
  }
}
