import AWSModel

/// Partitions, one at a time and listed.
/// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
struct GluePartitionOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("CreatePartition", create), .typed("GetPartition", get),
      .typed("GetPartitions", list), .typed("UpdatePartition", update),
      .typed("DeletePartition", delete),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionInput: GluePartitionInput
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.createPartition(
        input.PartitionInput, of: session.table(input.DatabaseName, input.TableName))
    }
  }

  private struct ValuesInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionValues: [String]
  }

  private struct GetOutput: Encodable, Sendable { var Partition: GluePartition }

  private func get(_ input: ValuesInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      return GetOutput(
        Partition: try session.partition(input.PartitionValues, of: table).model)
    }
  }

  private struct ListInput: Decodable, Sendable {
    struct Part: Decodable, Sendable {
      var SegmentNumber: Int
      var TotalSegments: Int
    }

    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var Expression: String?
    var NextToken: String?
    var Segment: Part?
    var MaxResults: Int?
    var ExcludeColumnSchema: Bool?
  }

  private struct ListOutput: Encodable, Sendable {
    var Partitions: [GluePartition]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    var page = try GluePage(input.MaxResults, input.NextToken, limitMax: 1000)
    if let segment = input.Segment {
      try page.take(segment.SegmentNumber, of: segment.TotalSegments)
    }
    return try catalog.read(input.CatalogId, context) { [page] session in
      let table = try session.table(input.DatabaseName, input.TableName)
      let (rows, token) = page.cut(
        try session.partitions(of: table, page, where: input.Expression), name: \.name)
      var partitions = rows.map(\.model)
      if input.ExcludeColumnSchema == true {
        for index in partitions.indices {
          partitions[index].definition.StorageDescriptor?.Columns = nil
        }
      }
      return ListOutput(Partitions: partitions, NextToken: token)
    }
  }

  private struct UpdateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionValueList: [String]
    var PartitionInput: GluePartitionInput
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      try session.updatePartition(
        input.PartitionValueList, input.PartitionInput,
        of: session.table(input.DatabaseName, input.TableName))
    }
  }

  private func delete(_ input: ValuesInput, _ context: RequestContext) async throws -> EmptyOutput {
    try await catalog.change(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      try session.delete(session.partition(input.PartitionValues, of: table))
    }
  }
}
