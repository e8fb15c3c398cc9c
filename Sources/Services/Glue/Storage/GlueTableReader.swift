import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// The Data Catalog's tables for other services.
struct GlueTableReader: TableCatalog {
  let catalog: GlueCatalog

  func table(
    _ reference: TableReference, version: String?, catalog id: String?, scope: Scope,
    in transaction: Transaction
  ) throws -> CatalogTable {
    try GlueCatalog.check(id, scope)
    let session = catalog.session(scope, transaction)
    let row = try session.table(reference.database, reference.name)
    let isCurrent = version == nil || version == "LATEST"
    let table = isCurrent ? row.model : try session.version(version ?? "", of: row)
    return CatalogTable(
      reference: TableReference(database: table.record.DatabaseName, name: row.name),
      version: table.record.VersionId,
      columns: Self.columns(table.definition.StorageDescriptor?.Columns),
      partitionKeys: Self.columns(table.definition.PartitionKeys),
      location: table.definition.StorageDescriptor?.Location)
  }

  func columns(
    of reference: TableReference, declaredBy resources: (ResourceType) -> [PropertyValue]
  ) -> [TableColumn]? {
    for properties in resources(GlueTableResource.declaration.type) {
      // A table that isn't known yet, or not of a table's form, can't be looked at.
      guard !properties.containsUnknown,
        let table = try? TreeDecoder().decode(GlueTableResource.Properties.self, from: properties),
        table.DatabaseName.lowercased() == reference.database.lowercased(),
        table.TableInput.Name?.lowercased() == reference.name.lowercased()
      else { continue }
      return Self.columns(table.TableInput.StorageDescriptor?.Columns)
    }
    return nil
  }

  /// - Parameter columns: a type that isn't given is a string, as everywhere in the catalog.
  private static func columns(_ columns: [GlueColumn]?) -> [TableColumn] {
    (columns ?? []).map { TableColumn(name: $0.Name, type: $0.Type ?? "string") }
  }
}
