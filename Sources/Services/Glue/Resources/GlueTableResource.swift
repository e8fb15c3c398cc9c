import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::Glue::Table`. Two databases may have tables of one name: the physical id says which.
struct GlueTableResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var CatalogId: String
    var DatabaseName: String
    var TableInput: GlueTableInput
  }

  static let declaration = ResourceDeclaration(
    "AWS::Glue::Table",
    naming: .property("TableInput.Name", lengthMax: 255, form: .lowercase),
    physicalID: "{DatabaseName}|{name}", reference: "{name}")

  let catalog: GlueCatalog

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try catalog.session(step.request, step.properties.CatalogId, transaction)
      .createTable(step.properties.DatabaseName, input(step))
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try catalog.session(step.request, transaction)
      .updateTable(step.properties.DatabaseName, input(step), archives: true)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let session = catalog.session(request, transaction)
    if let row = try find(request, session) { try session.delete(row) }
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try find(request, catalog.session(request, transaction)).map {
      Properties(
        CatalogId: $0.model.record.CatalogId, DatabaseName: $0.model.record.DatabaseName,
        TableInput: $0.model.definition)
    }
  }

  /// nil where the table or its database is not there.
  private func find(_ request: ResourceRequest, _ session: GlueSession) throws
    -> GlueRow<GlueTable>?
  {
    let parts = request.physicalID.split(separator: "|", maxSplits: 1).map(String.init)
    guard parts.count == 2, try session.findDatabase(parts[0]) != nil else { return nil }
    return try session.findTable(parts[0], parts[1])
  }

  private func input(_ step: ResourceStep<Properties>) -> GlueTableInput {
    var input = step.properties.TableInput
    input.Name = step.physicalID.split(separator: "|", maxSplits: 1).last.map(String.init)
    return input
  }
}
