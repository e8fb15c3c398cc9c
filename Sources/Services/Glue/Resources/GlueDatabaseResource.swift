import AWSModel
import ResourceModel
import ServiceKit

/// `AWS::Glue::Database`.
struct GlueDatabaseResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var CatalogId: String
    var DatabaseInput: GlueDatabaseInput
  }

  static let declaration = ResourceDeclaration(
    "AWS::Glue::Database",
    naming: .property("DatabaseInput.Name", lengthMax: 255, form: .lowercase),
    createOnly: ["DatabaseInput.Name", "CatalogId"])

  let catalog: GlueCatalog

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try catalog.session(step.request, step.properties.CatalogId, transaction)
      .createDatabase(input(step), tags: nil)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    try catalog.session(step.request, transaction).updateDatabase(step.physicalID, input(step))
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let session = catalog.session(request, transaction)
    if let row = try session.findDatabase(request.physicalID) { try session.delete(row) }
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    try catalog.session(request, transaction).findDatabase(request.physicalID).map {
      Properties(CatalogId: $0.model.record.CatalogId, DatabaseInput: $0.model.definition)
    }
  }

  private func input(_ step: ResourceStep<Properties>) -> GlueDatabaseInput {
    var input = step.properties.DatabaseInput
    input.Name = step.physicalID
    return input
  }
}
