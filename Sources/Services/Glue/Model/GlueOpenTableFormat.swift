/// The open format that a table is made in. Tables by a schema of Iceberg's own
/// (`CreateIcebergTableInput`, `IcebergTableInput`) are not supported.
struct GlueOpenTableFormat: Codable, Sendable, Hashable {
  struct Iceberg: Codable, Sendable, Hashable {
    var MetadataOperation: String?
    var Version: String?
  }

  var IcebergInput: Iceberg?

  /// The reason why a table can't be made by it; nil where it can.
  func fault(_ table: GlueTableInput) -> String? {
    guard let iceberg = IcebergInput else { return "OpenTableFormatInput must have IcebergInput." }
    if iceberg.MetadataOperation != "CREATE" { return "MetadataOperation must be CREATE." }
    if let version = iceberg.Version, version != "2" {
      return "Iceberg tables are made in version 2 of the format, not \(version)."
    }
    guard let location = table.StorageDescriptor?.Location, location.hasPrefix("s3://") else {
      return "An Iceberg table needs a location in a bucket (s3://…)."
    }
    if table.StorageDescriptor?.Columns?.isEmpty ?? true {
      return "An Iceberg table needs columns."
    }
    if table.PartitionKeys?.isEmpty == false {
      return "An Iceberg table can't have partition keys."
    }
    return nil
  }
}
