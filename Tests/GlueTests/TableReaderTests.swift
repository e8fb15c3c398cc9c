import AWSModel
import PropertyTree
import ServiceKit
import Testing

@testable import Glue

/// The catalog's tables as other services read them.
@Suite struct TableReaderTests {
  private func makeTable(_ bench: GlueBench) async throws {
    try await bench.call("CreateDatabase", ["DatabaseInput": ["Name": "Lake"]])
    try await bench.call("CreateTable", ["DatabaseName": "lake", "TableInput": input("bigint")])
    try await bench.call("UpdateTable", ["DatabaseName": "lake", "TableInput": input("string")])
  }

  private func input(_ type: String) -> PropertyValue {
    [
      "Name": "Clicks", "PartitionKeys": [["Name": "day", "Type": "date"]],
      "StorageDescriptor": [
        "Location": "s3://raw/clicks/",
        "Columns": [["Name": "id", "Type": .string(type)], ["Name": "untyped"]],
      ],
    ]
  }

  private func read(
    _ bench: GlueBench, _ database: String, _ name: String, version: String?, catalog: String? = nil
  ) throws -> CatalogTable {
    let tables = try bench.service.offer.require(.tables)
    return try bench.database.read { transaction in
      try tables.table(
        TableReference(database: database, name: name), version: version, catalog: catalog,
        scope: bench.context.scope, in: transaction)
    }
  }

  @Test(arguments: [(nil, "1", "string"), ("LATEST", "1", "string"), ("0", "0", "bigint")])
  func versionsHaveTheirColumns(_ asked: String?, _ version: String, _ type: String) async throws {
    let bench = try GlueBench()
    try await makeTable(bench)
    let table = try read(bench, "LAKE", "clicks", version: asked)
    #expect(
      table
        == CatalogTable(
          reference: TableReference(database: "lake", name: "clicks"), version: version,
          columns: [
            TableColumn(name: "id", type: type), TableColumn(name: "untyped", type: "string"),
          ],
          partitionKeys: [TableColumn(name: "day", type: "date")], location: "s3://raw/clicks/"))
    try bench.end()
  }

  @Test(arguments: [
    ("nowhere", "clicks", "LATEST", nil, "EntityNotFoundException"),
    ("lake", "nothing", "LATEST", nil, "EntityNotFoundException"),
    ("lake", "clicks", "7", nil, "EntityNotFoundException"),
    ("lake", "clicks", "LATEST", "111122223333", "AccessDeniedException"),
  ])
  func whatIsNotThereIsTheCatalogsError(
    _ database: String, _ name: String, _ version: String, _ catalog: String?, _ code: String
  ) async throws {
    let bench = try GlueBench()
    try await makeTable(bench)
    let error = #expect(throws: ServiceError.self) {
      try read(bench, database, name, version: version, catalog: catalog)
    }
    #expect(error?.code == code)
    try bench.end()
  }
}
