/// A user-defined function as the catalog answers it.
typealias GlueFunction = GlueEntry<GlueFunctionInput, GlueFunctionRecord>

/// A user-defined function as its maker gives it.
struct GlueFunctionInput: Codable, Sendable, Hashable {
  struct Resource: Codable, Sendable, Hashable {
    var ResourceType: String?
    var Uri: String?
  }

  var FunctionName: String?
  var ClassName: String?
  var OwnerName: String?
  /// `REGULAR_FUNCTION`, `AGGREGATE_FUNCTION` or `STORED_PROCEDURE`.
  var FunctionType: String?
  /// `USER`, `ROLE` or `GROUP`.
  var OwnerType: String?
  var ResourceUris: [Resource]?
}

/// Facts that the catalog adds to a user-defined function.
struct GlueFunctionRecord: Codable, Sendable, Hashable {
  var DatabaseName: String
  /// Seconds since 1970.
  var CreateTime: Double
  var CatalogId: String
}
