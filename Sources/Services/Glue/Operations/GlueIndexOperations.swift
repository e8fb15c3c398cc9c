import AWSModel

/// Partition indexes.
/// https://docs.aws.amazon.com/glue/latest/dg/partition-indexes.html
struct GlueIndexOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("CreatePartitionIndex", create), .typed("GetPartitionIndexes", list),
      .typed("DeletePartitionIndex", delete),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionIndex: GlueIndexInput
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.create(
        input.PartitionIndex, of: session.table(input.DatabaseName, input.TableName))
    }
  }

  private struct ListInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    /// A table has so few indexes that there is one page.
    var NextToken: String?
  }

  private struct ListOutput: Encodable, Sendable {
    var PartitionIndexDescriptorList: [GlueIndex]
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let page = try GluePage(nil, input.NextToken, limitMax: 100)
    return try catalog.read(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      let rows = try GlueSession.indexes.list(under: table.id, session.transaction, page)
      return ListOutput(PartitionIndexDescriptorList: rows.map(\.model))
    }
  }

  private struct DeleteInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var IndexName: String
  }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      guard
        let row = try GlueSession.indexes.find(
          input.IndexName, under: table.id, session.transaction)
      else { throw GlueFault.notFound("Index \(input.IndexName) not found.") }
      try session.delete(row)
    }
  }
}
