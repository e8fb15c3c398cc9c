import AWSModel

/// Databases.
/// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-databases.html
struct GlueDatabaseOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("CreateDatabase", create), .typed("GetDatabase", get), .typed("GetDatabases", list),
      .typed("UpdateDatabase", update), .typed("DeleteDatabase", delete),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseInput: GlueDatabaseInput
    var Tags: [String: String]?
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.createDatabase(input.DatabaseInput, tags: input.Tags)
    }
  }

  private struct NameInput: Decodable, Sendable {
    var CatalogId: String?
    var Name: String
  }

  private struct GetOutput: Encodable, Sendable { var Database: GlueDatabase }

  private func get(_ input: NameInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { session in
      GetOutput(Database: try session.database(input.Name).model)
    }
  }

  private struct ListInput: Decodable, Sendable {
    var CatalogId: String?
    var NextToken: String?
    var MaxResults: Int?
    /// Nobody shares a catalog here: `FOREIGN` and `FEDERATED` find nothing.
    var ResourceShareType: String?
    var AttributesToGet: [String]?
  }

  private struct ListOutput: Encodable, Sendable {
    var DatabaseList: [GlueSelection<GlueDatabase>]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let page = try GluePage(input.MaxResults, input.NextToken, limitMax: 100)
    return try catalog.read(input.CatalogId, context) { session in
      let isOwn = (input.ResourceShareType ?? "ALL") == "ALL"
      let (rows, token) = page.cut(isOwn ? try session.databases(page) : [], name: \.name)
      return ListOutput(
        DatabaseList: rows.map { GlueSelection($0.model, input.AttributesToGet) },
        NextToken: token)
    }
  }

  private struct UpdateInput: Decodable, Sendable {
    var CatalogId: String?
    var Name: String
    var DatabaseInput: GlueDatabaseInput
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.updateDatabase(input.Name, input.DatabaseInput)
    }
  }

  private func delete(_ input: NameInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.delete(session.database(input.Name))
    }
  }
}
