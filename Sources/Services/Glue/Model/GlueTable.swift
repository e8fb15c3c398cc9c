/// A table as the catalog answers it.
typealias GlueTable = GlueEntry<GlueTableInput, GlueTableRecord>

/// A table as its maker gives it. Views for several engines (`ViewDefinition`) are not supported.
struct GlueTableInput: Codable, Sendable, Hashable {
  /// Required in requests; a template may leave it to be made up.
  var Name: String?
  var Description: String?
  var Owner: String?
  var LastAccessTime: Double?
  var LastAnalyzedTime: Double?
  var Retention: Int?
  var StorageDescriptor: GlueStorageDescriptor?
  var PartitionKeys: [GlueColumn]?
  var ViewOriginalText: String?
  var ViewExpandedText: String?
  var TableType: String?
  var Parameters: [String: String]?
  /// Makes the table a link to another one.
  var TargetTable: GlueTableIdentifier?

  /// As it is stored: the name in lower case, and the values that AWS puts where none are given.
  var stored: GlueTableInput {
    var stored = self
    stored.Name = Name?.lowercased()
    stored.Retention = Retention ?? 0
    stored.PartitionKeys = PartitionKeys ?? []
    stored.StorageDescriptor = StorageDescriptor?.stored
    return stored
  }
}

struct GlueTableIdentifier: Codable, Sendable, Hashable {
  var CatalogId: String?
  var DatabaseName: String?
  var Name: String?
  var Region: String?
}

/// Facts that the catalog adds to a table.
struct GlueTableRecord: Codable, Sendable, Hashable {
  var DatabaseName: String
  /// Seconds since 1970.
  var CreateTime: Double
  var UpdateTime: Double
  /// The principal that made the table.
  var CreatedBy: String
  var IsRegisteredWithLakeFormation = false
  var CatalogId: String
  /// Counts from 0.
  var VersionId: String
}

/// One version of a table.
struct GlueTableVersion: Encodable, Sendable {
  var Table: GlueTable
  var VersionId: String

  init(_ table: GlueTable) {
    Table = table
    VersionId = table.record.VersionId
  }
}
