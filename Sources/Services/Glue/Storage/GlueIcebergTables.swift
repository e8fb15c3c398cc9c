import AWSModel
import Effects
import ServiceKit

/// Makes Iceberg tables: the first metadata becomes an object, in the transaction that makes the
/// table.
struct GlueIcebergTables {
  let environment: ServiceEnvironment

  /// The table with its pointer to metadata, which is written.
  ///
  /// - Throws: `InvalidInputException`; `NoSuchBucket`; `UnsupportedOperation` for a column's type.
  func made(
    _ table: GlueTableInput, _ format: GlueOpenTableFormat, in session: GlueSession
  ) throws -> GlueTableInput {
    if let fault = format.fault(table) { throw GlueFault.invalid(fault) }
    let capabilities = environment.capabilities()
    let assets = try capabilities.require(.assets)
    let random = environment.effects.random
    var location = table.StorageDescriptor?.Location ?? ""
    while location.hasSuffix("/") { location.removeLast() }
    let columns = (table.StorageDescriptor?.Columns ?? []).map {
      TableColumn(name: $0.Name, type: $0.Type ?? "string")
    }
    let metadata = try capabilities.require(.iceberg).metadata(
      of: NewIcebergTable(
        id: random.uuid(), location: location, columns: columns,
        created: Timestamp(milliseconds: Int64(session.now) * 1000)))
    let place = "\(location)/metadata/00000-\(random.uuid()).metadata.json"
    guard let reference = ObjectReference(location: place) else {
      throw GlueFault.invalid("\(location) is no place in a bucket.")
    }
    let staged = try assets.stage(metadata)
    do {
      if try assets.put(staged, as: reference, scope: session.scope, in: session.transaction) {
        throw ServiceError(
          "NoSuchBucket", "The specified bucket does not exist: \(reference.bucket)", status: 404)
      }
    } catch {
      assets.abandon(staged)
      throw error
    }
    var table = table
    table.TableType = table.TableType ?? "EXTERNAL_TABLE"
    table.Parameters = (table.Parameters ?? [:]).merging([
      GlueIcebergCatalog.kind: "ICEBERG", GlueIcebergCatalog.location: place,
    ]) { _, new in new }
    return table
  }
}
