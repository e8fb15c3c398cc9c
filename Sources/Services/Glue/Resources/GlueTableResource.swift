import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Glue::Table`. Two databases may have tables of one name: the physical id says which.
struct GlueTableResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var CatalogId: String
    var DatabaseName: String
    var TableInput: GlueTableInput
    var OpenTableFormatInput: GlueOpenTableFormat?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Glue::Table",
    naming: .property("TableInput.Name", lengthMax: 255, form: .lowercase),
    physicalID: "{DatabaseName}|{name}", reference: "{name}",
    writeOnly: ["OpenTableFormatInput"])

  let catalog: GlueCatalog

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    guard let fault = properties.OpenTableFormatInput?.fault(properties.TableInput) else { return }
    issues.append(
      PropertyIssue(
        .invalidPropertyValue, at: PropertyPath().appending("OpenTableFormatInput"), fault))
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let session = try catalog.session(step.request, step.properties.CatalogId, transaction)
    var table = input(step)
    if let format = step.properties.OpenTableFormatInput {
      table = try GlueIcebergTables(environment: catalog.environment)
        .made(table, format, in: session)
    }
    try session.createTable(step.properties.DatabaseName, table)
  }

  /// The pointer to an Iceberg table's metadata stays what it is; its columns are Iceberg's own.
  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    let session = catalog.session(step.request, transaction)
    var table = input(step)
    if let known = try find(step.request, session)?.model.definition,
      let pointer = GlueIcebergCatalog.pointer(known)
    {
      guard known.StorageDescriptor?.Columns == table.stored.StorageDescriptor?.Columns else {
        throw ServiceError.unsupported("changes of an Iceberg table's columns by a template")
      }
      table.Parameters = (table.Parameters ?? [:]).merging(pointer) { given, _ in given }
      table.TableType = table.TableType ?? known.TableType
    }
    try session.updateTable(step.properties.DatabaseName, table, archives: true)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    let session = catalog.session(request, transaction)
    if let row = try find(request, session) { try session.delete(row) }
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    let isIceberg = request.properties["OpenTableFormatInput"] != nil
    return try find(request, catalog.session(request, transaction)).map {
      var table = $0.model.definition
      if isIceberg {
        table = GlueIcebergCatalog.withoutPointer(table)
        if request.properties["TableInput"]?["TableType"] == nil { table.TableType = nil }
      }
      return Properties(
        CatalogId: $0.model.record.CatalogId, DatabaseName: $0.model.record.DatabaseName,
        TableInput: table)
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
