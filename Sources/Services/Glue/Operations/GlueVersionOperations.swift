import AWSModel

/// Versions of tables.
/// https://docs.aws.amazon.com/glue/latest/webapi/API_GetTableVersions.html
struct GlueVersionOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("GetTableVersion", get), .typed("GetTableVersions", list),
      .typed("DeleteTableVersion", delete), .typed("BatchDeleteTableVersion", deleteAll),
    ]
  }

  private struct GetInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    /// nil for the current one.
    var VersionId: String?
  }

  private struct GetOutput: Encodable, Sendable { var TableVersion: GlueTableVersion }

  private func get(_ input: GetInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      let version = try input.VersionId.map { try session.version($0, of: table) }
      return GetOutput(TableVersion: GlueTableVersion(version ?? table.model))
    }
  }

  private struct ListInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var NextToken: String?
    var MaxResults: Int?
  }

  private struct ListOutput: Encodable, Sendable {
    var TableVersions: [GlueTableVersion]
    var NextToken: String?
  }

  /// The newest first.
  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    var page = try GluePage(input.MaxResults, input.NextToken, limitMax: 100)
    page.isDescending = true
    return try catalog.read(input.CatalogId, context) { [page] session in
      let table = try session.table(input.DatabaseName, input.TableName)
      var found = try GlueSession.versions.list(under: table.id, session.transaction, page)
      if page.after == nil {
        let name = GlueSession.versionName(table.model.record.VersionId)
        found.insert(GlueRow(id: table.id, name: name, model: table.model), at: 0)
      }
      let (rows, token) = page.cut(found, name: \.name)
      return ListOutput(TableVersions: rows.map { GlueTableVersion($0.model) }, NextToken: token)
    }
  }

  private struct DeleteInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var VersionId: String
  }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.deleteVersion(
        input.VersionId, of: session.table(input.DatabaseName, input.TableName))
    }
  }

  private struct DeleteAllInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var VersionIds: [String]
  }

  private struct DeleteAllOutput: Encodable, Sendable {
    struct Failure: Encodable, Sendable {
      var TableName: String
      var VersionId: String
      var ErrorDetail: GlueErrorDetail
    }

    var Errors: [Failure] = []
  }

  private func deleteAll(_ input: DeleteAllInput, _ context: RequestContext) async throws
    -> DeleteAllOutput
  {
    try await catalog.write(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      return DeleteAllOutput(
        Errors: try input.VersionIds.compactMap { version in
          try session.attempt { try session.deleteVersion(version, of: table) }
            .map { .init(TableName: table.name, VersionId: version, ErrorDetail: $0) }
        })
    }
  }
}
