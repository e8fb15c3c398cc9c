import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Glue::Partition`. Its id is `catalog|database|table|values`, values as `2026/bern`.
struct GluePartitionResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var CatalogId: String
    var DatabaseName: String
    var TableName: String
    var PartitionInput: GluePartitionInput
  }

  static let declaration = ResourceDeclaration(
    "AWS::Glue::Partition", naming: .generated(lengthMax: 255))

  let catalog: GlueCatalog

  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    let values = properties["PartitionInput"]?["Values"]?.listValue ?? []
    let parts =
      ["CatalogId", "DatabaseName", "TableName"].map { properties[$0]?.scalarText ?? "" }
      + [GluePartitionName.text(values.map { $0.scalarText ?? "" })]
    let id = parts.joined(separator: "|")
    return ResourceIdentity(physicalID: id, reference: .string(id))
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let session = try catalog.session(step.request, step.properties.CatalogId, transaction)
    try session.createPartition(
      step.properties.PartitionInput,
      of: session.table(step.properties.DatabaseName, step.properties.TableName))
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let session = catalog.session(step.request, transaction)
    let input = step.properties.PartitionInput
    try session.updatePartition(
      input.Values ?? [], input,
      of: session.table(step.properties.DatabaseName, step.properties.TableName))
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let session = catalog.session(request, transaction)
    if let row = try find(request, session) { try session.delete(row) }
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try find(request, catalog.session(request, transaction)).map {
      Properties(
        CatalogId: $0.model.record.CatalogId, DatabaseName: $0.model.record.DatabaseName,
        TableName: $0.model.record.TableName, PartitionInput: $0.model.definition)
    }
  }

  /// nil where the partition, its table or its database is not there.
  private func find(_ request: ResourceRequest, _ session: GlueSession) throws
    -> GlueRow<GluePartition>?
  {
    let parts = request.physicalID.split(separator: "|", maxSplits: 3).map(String.init)
    guard parts.count == 4, try session.findDatabase(parts[1]) != nil,
      let table = try session.findTable(parts[1], parts[2])
    else { return nil }
    return try GlueSession.partitions.find(parts[3], under: table.id, session.transaction)
  }
}
