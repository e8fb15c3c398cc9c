/// A database as the catalog answers it.
typealias GlueDatabase = GlueEntry<GlueDatabaseInput, GlueDatabaseRecord>

/// A database as its maker gives it.
struct GlueDatabaseInput: Codable, Sendable, Hashable {
  /// Required in requests; a template may leave it to be made up.
  var Name: String?
  var Description: String?
  var LocationUri: String?
  var Parameters: [String: String]?
  var CreateTableDefaultPermissions: [GluePrincipalPermissions]?

  /// As it is stored: the name in lower case, and AWS's default where no permissions are given.
  var stored: GlueDatabaseInput {
    var stored = self
    stored.Name = Name?.lowercased()
    stored.CreateTableDefaultPermissions =
      CreateTableDefaultPermissions ?? [
        GluePrincipalPermissions(
          Principal: .init(DataLakePrincipalIdentifier: "IAM_ALLOWED_PRINCIPALS"),
          Permissions: ["ALL"])
      ]
    return stored
  }
}

/// Facts that the catalog adds to a database.
struct GlueDatabaseRecord: Codable, Sendable, Hashable {
  /// Seconds since 1970.
  var CreateTime: Double
  var CatalogId: String
}

/// Permissions that Lake Formation would give on new tables; Leat keeps them and holds nobody to
/// them, as AWS does for `IAM_ALLOWED_PRINCIPALS`.
struct GluePrincipalPermissions: Codable, Sendable, Hashable {
  struct Identity: Codable, Sendable, Hashable { var DataLakePrincipalIdentifier: String? }

  var Principal: Identity?
  var Permissions: [String]?
}
