/// The place and format of a table's or partition's data.
struct GlueStorageDescriptor: Codable, Sendable, Hashable {
  var Columns: [GlueColumn]?
  var Location: String?
  var AdditionalLocations: [String]?
  var InputFormat: String?
  var OutputFormat: String?
  var Compressed: Bool?
  var NumberOfBuckets: Int?
  var SerdeInfo: GlueSerDe?
  var BucketColumns: [String]?
  var SortColumns: [GlueSortColumn]?
  var Parameters: [String: String]?
  var SkewedInfo: GlueSkew?
  var StoredAsSubDirectories: Bool?

  /// As it is stored: with the values that AWS puts where none are given.
  var stored: GlueStorageDescriptor {
    var stored = self
    stored.Columns = Columns ?? []
    stored.Compressed = Compressed ?? false
    stored.NumberOfBuckets = NumberOfBuckets ?? 0
    stored.BucketColumns = BucketColumns ?? []
    stored.SortColumns = SortColumns ?? []
    stored.StoredAsSubDirectories = StoredAsSubDirectories ?? false
    return stored
  }
}

struct GlueColumn: Codable, Sendable, Hashable {
  var Name: String
  var `Type`: String?
  var Comment: String?
  var Parameters: [String: String]?
}

/// The code that reads and writes rows, by its name.
struct GlueSerDe: Codable, Sendable, Hashable {
  var Name: String?
  var SerializationLibrary: String?
  var Parameters: [String: String]?
}

struct GlueSortColumn: Codable, Sendable, Hashable {
  var Column: String
  /// 1 ascending, 0 descending.
  var SortOrder: Int
}

/// Values that are so frequent that they have places of their own.
struct GlueSkew: Codable, Sendable, Hashable {
  var SkewedColumnNames: [String]?
  var SkewedColumnValues: [String]?
  var SkewedColumnValueLocationMaps: [String: String]?
}
