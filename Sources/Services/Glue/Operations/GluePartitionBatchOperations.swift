import AWSModel

/// Partitions, many at a time: each entry stands for itself.
/// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
struct GluePartitionBatchOperations: Sendable {
  let catalog: GlueCatalog

  var all: [Operation] {
    [
      .typed("BatchCreatePartition", create), .typed("BatchGetPartition", get),
      .typed("BatchUpdatePartition", update), .typed("BatchDeletePartition", delete),
    ]
  }

  private struct Failures: Encodable, Sendable {
    struct Failure: Encodable, Sendable {
      var PartitionValues: [String]
      var ErrorDetail: GlueErrorDetail
    }

    var Errors: [Failure]
  }

  private struct CreateInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionInputList: [GluePartitionInput]
  }

  private func create(_ input: CreateInput, _ context: RequestContext) async throws -> Failures {
    try await catalog.write(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      return Failures(
        Errors: try input.PartitionInputList.compactMap { partition in
          try session.attempt { try session.createPartition(partition, of: table) }
            .map { .init(PartitionValues: partition.Values ?? [], ErrorDetail: $0) }
        })
    }
  }

  private struct GetInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionsToGet: [GlueValueList]
  }

  private struct GetOutput: Encodable, Sendable {
    var Partitions: [GluePartition] = []
    /// Those that there are none of.
    var UnprocessedKeys: [GlueValueList] = []
  }

  private func get(_ input: GetInput, _ context: RequestContext) throws -> GetOutput {
    try catalog.read(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      var output = GetOutput()
      for key in input.PartitionsToGet {
        if let found = try session.findPartition(key.Values, of: table) {
          output.Partitions.append(found.model)
        } else {
          output.UnprocessedKeys.append(key)
        }
      }
      return output
    }
  }

  private struct UpdateInput: Decodable, Sendable {
    struct Entry: Decodable, Sendable {
      var PartitionValueList: [String]
      var PartitionInput: GluePartitionInput
    }

    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var Entries: [Entry]
  }

  private struct UpdateFailures: Encodable, Sendable {
    struct Failure: Encodable, Sendable {
      var PartitionValueList: [String]
      var ErrorDetail: GlueErrorDetail
    }

    var Errors: [Failure]
  }

  private func update(_ input: UpdateInput, _ context: RequestContext) async throws
    -> UpdateFailures
  {
    try await catalog.write(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      return UpdateFailures(
        Errors: try input.Entries.compactMap { entry in
          let values = entry.PartitionValueList
          return try session.attempt {
            try session.updatePartition(values, entry.PartitionInput, of: table)
          }.map { .init(PartitionValueList: values, ErrorDetail: $0) }
        })
    }
  }

  private struct DeleteInput: Decodable, Sendable {
    var CatalogId: String?
    var DatabaseName: String
    var TableName: String
    var PartitionsToDelete: [GlueValueList]
  }

  private func delete(_ input: DeleteInput, _ context: RequestContext) async throws -> Failures {
    try await catalog.write(input.CatalogId, context) { session in
      let table = try session.table(input.DatabaseName, input.TableName)
      return Failures(
        Errors: try input.PartitionsToDelete.compactMap { key in
          try session.attempt { try session.delete(session.partition(key.Values, of: table)) }
            .map { .init(PartitionValues: key.Values, ErrorDetail: $0) }
        })
    }
  }
}
