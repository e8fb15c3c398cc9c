import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization
import Testing

@testable import Firehose

/// One Iceberg table in memory whose files are texts.
final class FakeTables: IcebergCatalog, IcebergWriter, Sendable {
  struct State {
    /// Pointers by `database.table`.
    var pointers: [String: String] = ["lake.rides": "s3://lake/rides/metadata/0.json"]
    var versions = 0
    /// Somebody else changes the table during the next append.
    var isRaced = false
    var failure: ServiceError?
  }

  let state = Mutex(State())

  func metadataLocation(of reference: TableReference, scope: Scope, in transaction: Transaction)
    throws -> String?
  {
    guard let known = state.withLock({ $0.pointers["\(reference.database).\(reference.name)"] })
    else {
      throw ServiceError("EntityNotFoundException", "Table \(reference.name) not found.")
    }
    return known.isEmpty ? nil : known
  }

  func move(
    _ reference: TableReference, from old: String, to new: String, scope: Scope,
    in transaction: Transaction
  ) throws {
    let name = "\(reference.database).\(reference.name)"
    try state.withLock { state in
      guard state.pointers[name] == old else {
        throw ServiceError("ConcurrentModificationException", "Update table failed.")
      }
    }
    transaction.afterCommit { [self] in state.withLock { $0.pointers[name] = new } }
  }

  func append(_ records: [[UInt8]], to table: IcebergTable) async throws -> IcebergGrowth {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.versions += 1
      let new = "s3://lake/rides/metadata/\(state.versions).json"
      if state.isRaced {
        state.isRaced = false
        state.pointers["lake.rides"] = "s3://lake/rides/metadata/0b.json"
      }
      let texts = records.map { String(decoding: $0, as: UTF8.self) }
      let failures = texts.indices.filter { texts[$0].contains("bad") }.map {
        ColumnarFailure(record: $0, fault: ColumnarFault("D.MalformedData", "no number"))
      }
      return IcebergGrowth(
        metadataLocation: failures.count == texts.count ? nil : new,
        files: failures.count == texts.count
          ? []
          : [
            IcebergFile(location: new, bytes: Array(#"{"current-snapshot-id":-1}"#.utf8)),
            IcebergFile(
              location: "s3://lake/rides/data/\(state.versions).parquet",
              bytes: Array(texts.filter { !$0.contains("bad") }.joined(separator: ",").utf8)),
          ], failures: failures)
    }
  }

  func metadata(of table: NewIcebergTable) throws -> [UInt8] { [] }
}

/// Deliveries into Iceberg tables.
@Suite struct IcebergTests {
  private static func settings(_ more: PropertyObject = [:]) -> PropertyValue {
    var settings: PropertyObject = [
      "RoleARN": "arn:aws:iam::000000000000:role/r",
      "CatalogConfiguration": ["CatalogARN": "arn:aws:glue:us-east-1:000000000000:catalog"],
      "DestinationTableConfigurationList": [
        [
          "DestinationDatabaseName": "lake", "DestinationTableName": "rides",
          "S3ErrorOutputPrefix": "rides-errors/",
        ]
      ],
      "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 60],
      "RetryOptions": ["DurationInSeconds": 10],
      "S3Configuration": FirehoseFixture.destination(["Prefix": "backup/"]),
    ]
    for (key, value) in more { settings[key] = value }
    return .object(settings)
  }

  private func fixture(
    _ tables: FakeTables, _ more: PropertyObject = [:],
    function: @escaping @Sendable (PropertyValue) throws -> FunctionResult = { _ in
      FunctionResult(payload: [])
    }
  ) async throws -> FirehoseFixture {
    let fixture = try await FirehoseFixture(iceberg: tables, function: function)
    for name in ["0", "0b"] {
      fixture.surroundings.state.withLock {
        $0.objects.append(
          .init(
            bucket: "lake", key: "rides/metadata/\(name).json",
            bytes: Array(#"{"current-snapshot-id":-1}"#.utf8)))
      }
    }
    try await fixture.call(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "d", "IcebergDestinationConfiguration": Self.settings(more)])
    return fixture
  }

  private func made(_ fixture: FirehoseFixture) -> [String] {
    fixture.surroundings.objects.dropFirst(2).map { "\($0.bucket)/\($0.key.prefix(14)) \($0.text)" }
  }

  @Test func recordsAndThePointerComeWithOneCommit() async throws {
    let tables = FakeTables()
    let fixture = try await fixture(tables)
    try await fixture.put(#"{"id":1}"#, #"{"id":2}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(
      tables.state.withLock { $0.pointers["lake.rides"] } == "s3://lake/rides/metadata/1.json")
    #expect(fixture.surroundings.objects.last?.text == #"{"id":1},{"id":2}"#)
    try await fixture.put(#"{"id":3}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(
      tables.state.withLock { $0.pointers["lake.rides"] } == "s3://lake/rides/metadata/2.json")
    #expect(made(fixture).count == 4)
  }

  @Test func aTableThatSomebodyElseChangesIsReadAnew() async throws {
    let tables = FakeTables()
    tables.state.withLock { $0.isRaced = true }
    let fixture = try await fixture(tables)
    try await fixture.put(#"{"id":1}"#, #"{"id":"bad"}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(made(fixture).isEmpty && fixture.surroundings.leftStaged == 0)
    await fixture.clock.advance(milliseconds: 10_000)
    #expect(
      tables.state.withLock { $0.pointers["lake.rides"] } == "s3://lake/rides/metadata/2.json")
    let objects = fixture.surroundings.objects.dropFirst(2)
    #expect(objects.filter { $0.key.hasSuffix("parquet") }.map(\.text) == [#"{"id":1}"#])
    let failed = objects.filter { $0.key.hasPrefix("rides-errors/iceberg-failed/") }
    #expect(failed.count == 1 && failed.first?.text.split(separator: "\n").count == 1)
  }

  @Test func whatDoesNotFitGoesToTheTablesErrorPrefix() async throws {
    let fixture = try await fixture(FakeTables(), ["S3BackupMode": "AllData"])
    try await fixture.put(#"{"id":"bad"}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let objects = fixture.surroundings.objects.dropFirst(2)
    #expect(objects.count == 2)
    let line = try JSONReader.read(try #require(objects.first).text)
    #expect(line["errorCode"] == "Iceberg.MalformedData")
    #expect(objects.last?.key.hasPrefix("backup/2026/") == true)
  }

  @Test func recordsNameTheirTables() async throws {
    let query = "{destinationDatabaseName: \"lake\", destinationTableName: .t, operation: .op}"
    let fixture = try await fixture(
      FakeTables(),
      [
        "DestinationTableConfigurationList": [],
        "ProcessingConfiguration": FirehoseFixture.processing(
          "MetadataExtraction",
          ["MetadataExtractionQuery": query, "JsonParsingEngine": "JQ-1.6"]),
      ])
    try await fixture.put(
      #"{"t":"Rides","op":"insert"}"#, #"{"t":"gone","op":"insert"}"#,
      #"{"t":"rides","op":"delete"}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    let objects = fixture.surroundings.objects.dropFirst(2)
    #expect(
      objects.filter { $0.key.hasSuffix("parquet") }.map(\.text) == [
        #"{"t":"Rides","op":"insert"}"#
      ])
    let failed = try #require(objects.first { $0.key.hasPrefix("backup/iceberg-failed/") })
    let codes = try failed.text.split(separator: "\n").map {
      try JSONReader.read(String($0))["errorCode"]?.stringValue ?? ""
    }
    #expect(codes.sorted() == ["Iceberg.NoSuchTable", "Iceberg.UnsupportedOperation"])
  }

  @Test func aFunctionNamesTables() async throws {
    let fixture = try await fixture(
      FakeTables(),
      [
        "DestinationTableConfigurationList": [],
        "ProcessingConfiguration": FirehoseFixture.processing,
      ]
    ) { event in
      let results: [PropertyValue] = (event["records"]?.listValue ?? []).map { record in
        [
          "recordId": record["recordId"] ?? .null, "result": "Ok", "data": record["data"] ?? .null,
          "metadata": [
            "otfMetadata": [
              "destinationDatabaseName": "lake", "destinationTableName": "rides",
              "operation": "insert",
            ]
          ],
        ]
      }
      return FunctionResult(payload: JSONWriter.bytes(["records": .list(results)]))
    }
    try await fixture.put(#"{"id":1}"#)
    // The function's minute, and the buffer's.
    await fixture.clock.advance(milliseconds: 120_000)
    #expect(fixture.surroundings.objects.last?.text == #"{"id":1}"#)
  }

  @Test func anEngineThatIsMissingIsWaitedForInVain() async throws {
    let tables = FakeTables()
    tables.state.withLock {
      $0.failure = ServiceError("QueryEngineFailure", "is not installed", status: 500)
    }
    let fixture = try await fixture(tables)
    try await fixture.put(#"{"id":1}"#)
    await fixture.clock.advance(milliseconds: 60_000)
    #expect(made(fixture).isEmpty)
    await fixture.clock.advance(milliseconds: 10_000)
    let failed = try #require(fixture.surroundings.objects.dropFirst(2).first)
    #expect(failed.key.hasPrefix("backup/iceberg-failed/"))
    #expect(try JSONReader.read(failed.text)["errorCode"] == "Iceberg.QueryEngineFailure")
  }

  @Test func descriptionsAndUpdates() async throws {
    let fixture = try await fixture(FakeTables())
    func shown() async throws -> PropertyValue? {
      try await fixture.call("DescribeDeliveryStream", ["DeliveryStreamName": "d"])[
        "DeliveryStreamDescription"]?["Destinations"]?.listValue?
        .first?["IcebergDestinationDescription"]
    }
    let before = try await shown()
    #expect(before?["S3BackupMode"] == "FailedDataOnly")
    #expect(before?["S3DestinationDescription"]?["Prefix"] == "backup/")
    #expect(before?["S3Configuration"] == nil)
    try await fixture.call(
      "UpdateDestination",
      [
        "DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
        "IcebergDestinationUpdate": ["AppendOnly": true],
      ])
    #expect(try await shown()?["AppendOnly"] == true)
  }

  @Test(
    arguments: [
      (
        [
          "DestinationTableConfigurationList": [
            [
              "DestinationDatabaseName": "lake", "DestinationTableName": "rides",
              "UniqueKeys": ["id"],
            ]
          ]
        ], "UnsupportedOperation"
      ),
      (["TableCreationConfiguration": ["Enabled": true]], "UnsupportedOperation"),
      (["SchemaEvolutionConfiguration": ["Enabled": true]], "UnsupportedOperation"),
      (
        [
          "CatalogConfiguration": [
            "CatalogARN": "arn:aws:glue:us-east-1:000000000000:catalog/s3tablescatalog"
          ]
        ], "UnsupportedOperation"
      ),
      (["CatalogConfiguration": [:]], "InvalidArgumentException"),
      (["S3BackupMode": "AllDocuments"], "ValidationException"),
    ] as [(PropertyObject, String)])
  func faultsNameTheirPlace(more: PropertyObject, code: String) async throws {
    let fault = try await FirehoseFixture().error(
      "CreateDeliveryStream",
      ["DeliveryStreamName": "e", "IcebergDestinationConfiguration": Self.settings(more)])
    #expect(fault.code == code, "\(more): \(fault.message)")
  }
}
