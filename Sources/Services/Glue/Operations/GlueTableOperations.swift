import AWSModel

/// Tables.
/// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
struct GlueTableOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("CreateTable", create), .typed("GetTable", get), .typed("GetTables", list),
      .typed("UpdateTable", update), .typed("DeleteTable", delete),
      .typed("BatchDeleteTable", deleteAll), .typed("SearchTables", search),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableInput: GlueTableInput?
    var PartitionIndexes: [GlueIndexInput]?
    var OpenTableFormatInput: GlueOpenTableFormat?
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    guard let table = input.TableInput else { throw GlueFault.invalid("TableInput is missing.") }
    let iceberg = GlueIcebergTables(environment: catalog.environment)
    return try await catalog.change(input.CatalogId, context) { session in
      let made =
        try input.OpenTableFormatInput.map { try iceberg.made(table, $0, in: session) } ?? table
      try session.createTable(input.DatabaseName, made, indexes: input.PartitionIndexes ?? [])
    }
  }

  private struct NameInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var Name: String
  }

  private struct GetOutput: Encodable, Sendable { var Table: GlueTable }

  private func get(_ input: NameInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { session in
      GetOutput(Table: try session.table(input.DatabaseName, input.Name).model)
    }
  }

  private struct ListInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var Expression: String?
    var NextToken: String?
    var MaxResults: Int?
    var AttributesToGet: [String]?
  }

  private struct ListOutput: Encodable, Sendable {
    var TableList: [GlueSelection<GlueTable>]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let page = try GluePage(input.MaxResults, input.NextToken, limitMax: 100)
    var pattern = try GlueNamePattern(input.Expression)
    return try catalog.read(input.CatalogId, context) { session in
      let parent = try session.database(input.DatabaseName)
      let found = try GlueSession.tables.list(under: parent.id, session.transaction, page) {
        try pattern.matches($0)
      }
      let (rows, token) = page.cut(found, name: \.name)
      return ListOutput(
        TableList: rows.map { GlueSelection($0.model, input.AttributesToGet) }, NextToken: token)
    }
  }

  private struct UpdateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableInput: GlueTableInput?
    var SkipArchive: Bool?
    var VersionId: String?
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws -> EmptyOutput {
    guard let table = input.TableInput else { throw GlueFault.invalid("TableInput is missing.") }
    return try await catalog.change(input.CatalogId, context) { session in
      try session.updateTable(
        input.DatabaseName, table, from: input.VersionId, archives: input.SkipArchive != true)
    }
  }

  private func delete(_ input: NameInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.delete(session.table(input.DatabaseName, input.Name))
    }
  }

  private struct DeleteAllInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TablesToDelete: [String]
  }

  private struct DeleteAllOutput: Encodable, Sendable {
    struct Failure: Encodable, Sendable {
      var TableName: String
      var ErrorDetail: GlueErrorDetail
    }

    var Errors: [Failure] = []
  }

  private func deleteAll(_ input: DeleteAllInput, _ context: RequestContext) async throws
    -> DeleteAllOutput
  {
    try await catalog.write(input.CatalogId, context) { session in
      let parent = try session.database(input.DatabaseName)
      return DeleteAllOutput(
        Errors: try input.TablesToDelete.compactMap { name in
          try session.attempt { try session.delete(session.table(parent.name, name)) }
            .map { .init(TableName: name, ErrorDetail: $0) }
        })
    }
  }

  private struct SearchInput: Decodable, Sendable {
    var CatalogId: String?
    var NextToken: String?
    var Filters: [GlueSearch.Filter]?
    var SearchText: String?
    var SortCriteria: [GlueSearch.Criterion]?
    var MaxResults: Int?
    /// Nobody shares a catalog here: `FOREIGN` and `FEDERATED` find nothing.
    var ResourceShareType: String?
  }

  private struct SearchOutput: Encodable, Sendable {
    var TableList: [GlueTable]
    var NextToken: String?
  }

  private func search(_ input: SearchInput, _ context: RequestContext) throws -> SearchOutput {
    let search = try GlueSearch(
      filters: input.Filters ?? [], text: input.SearchText, criterion: input.SortCriteria?.first)
    let page = try GluePage(input.MaxResults, input.NextToken, limitMax: 1000)
    guard (input.ResourceShareType ?? "ALL") == "ALL" else { return SearchOutput(TableList: []) }
    return try catalog.read(input.CatalogId, context) { session in
      let found = search.sorted(try session.allTables().filter(search.matches))
      let (tables, token) = page.slice(found)
      return SearchOutput(TableList: tables, NextToken: token)
    }
  }
}
