import AWSModel
import ServiceKit

/// The Data Catalog's Iceberg tables for other services.
struct GlueIcebergCatalog: IcebergCatalog {
  static let kind = "table_type"
  static let location = "metadata_location"
  static let previous = "previous_metadata_location"

  let catalog: GlueCatalog

  func metadataLocation(of reference: TableReference, scope: Scope, in transaction: Transaction)
    throws -> String?
  {
    let session = catalog.session(scope, transaction)
    let table = try session.table(reference.database, reference.name).model
    return Self.location(table.definition)
  }

  func move(
    _ reference: TableReference, from old: String, to new: String, scope: Scope,
    in transaction: Transaction
  ) throws {
    let session = catalog.session(scope, transaction)
    let table = try session.table(reference.database, reference.name).model
    guard Self.location(table.definition) == old else { throw GlueFault.concurrentUpdate }
    var definition = table.definition
    definition.Parameters?[Self.location] = new
    definition.Parameters?[Self.previous] = old
    // Iceberg keeps the versions of its tables itself.
    try session.updateTable(
      table.record.DatabaseName, definition, from: table.record.VersionId, archives: false)
  }

  /// The parameters that the format has put into a table; nil for a table of another kind.
  static func pointer(_ table: GlueTableInput) -> [String: String]? {
    guard location(table) != nil else { return nil }
    return table.Parameters?.filter { [kind, location, previous].contains($0.key) }
  }

  /// The table as its maker gave it.
  static func withoutPointer(_ table: GlueTableInput) -> GlueTableInput {
    var table = table
    for name in [kind, location, previous] { table.Parameters?[name] = nil }
    if table.Parameters?.isEmpty == true { table.Parameters = nil }
    return table
  }

  private static func location(_ table: GlueTableInput) -> String? {
    guard table.Parameters?[kind]?.uppercased() == "ICEBERG" else { return nil }
    return table.Parameters?[location]
  }
}
