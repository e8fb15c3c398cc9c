import AWSModel
import PropertyTree
import ServiceKit

/// Tables of Apache Iceberg in the Data Catalog.
/// https://docs.aws.amazon.com/firehose/latest/APIReference/API_IcebergDestinationConfiguration.html
struct IcebergConfiguration: RemoteConfiguration {
  struct Table: Codable, Sendable, Hashable {
    var DestinationDatabaseName: String?
    var DestinationTableName: String?
    var UniqueKeys: [String]?
    var S3ErrorOutputPrefix: String?

    var reference: TableReference {
      TableReference(
        database: (DestinationDatabaseName ?? "").lowercased(),
        name: (DestinationTableName ?? "").lowercased())
    }
  }

  struct Catalog: Codable, Sendable, Hashable {
    var CatalogARN: String?
    /// The same, as templates call it.
    var CatalogArn: String?

    var arn: String? { CatalogARN ?? CatalogArn }
  }

  /// `SchemaEvolutionConfiguration` and `TableCreationConfiguration`, which are refused unless they
  /// are off.
  struct Switch: Codable, Sendable, Hashable { var Enabled: Bool? }

  var DestinationTableConfigurationList: [Table]?
  var SchemaEvolutionConfiguration: Switch?
  var TableCreationConfiguration: Switch?
  var BufferingHints: BufferingHints?
  var CloudWatchLoggingOptions: ErrorLogging?
  var ProcessingConfiguration: ProcessingConfiguration?
  var S3BackupMode: String?
  var RetryOptions: RetryOptions?
  var RoleARN: String?
  var AppendOnly: Bool?
  var CatalogConfiguration: Catalog?
  var S3Configuration: PlainS3Configuration?

  static let member = "IcebergDestination"
  static let secret: [String]? = nil
  static let hintDefaults = Firehose.BufferingHints(SizeInMBs: 5, IntervalInSeconds: 300)
  static let backupModes = (all: "AllData", failed: "FailedDataOnly")
  static let buckets = [(update: "S3Configuration", member: "S3Configuration")]
  static let extractsMetadata = true

  var output: ErrorOutput { .iceberg }
  var place: String { CatalogConfiguration?.arn ?? "" }

  /// The catalog's account and region.
  var scope: Scope? { CatalogConfiguration?.arn.flatMap { ARN(parsing: $0)?.scope } }

  /// The table for records that name none; nil where there are none or several.
  var onlyTable: Table? {
    DestinationTableConfigurationList.flatMap { $0.count == 1 ? $0[0] : nil }
  }

  /// Settings of a table; nil where it has none.
  func table(_ reference: TableReference) -> Table? {
    DestinationTableConfigurationList?.first { $0.reference == reference }
  }

  func show(in tree: inout PropertyObject) {
    guard let arn = CatalogConfiguration?.arn else { return }
    tree["CatalogConfiguration"] = ["CatalogARN": .string(arn)]
  }

  func ownFaults(at path: PropertyPath) -> [ConfigurationFault] {
    var found: [ConfigurationFault] = []
    func unsupported(_ place: PropertyPath, _ what: String) {
      found.append(.init(path: place, message: what, isUnsupported: true))
    }
    if RoleARN == nil {
      found.append(.init(path: path.appending("RoleARN"), message: "RoleARN must be given"))
    }
    let catalog = path.appending("CatalogConfiguration").appending("CatalogARN")
    let arn = CatalogConfiguration?.arn.flatMap { ARN(parsing: $0) }
    if arn?.service != "glue" {
      found.append(
        .init(
          path: catalog, message: "CatalogARN must be the ARN of a catalog of AWS Glue"))
    } else if arn?.resource != "catalog" {
      unsupported(catalog, "catalogs within a catalog (S3 table buckets)")
    }
    for (member, value) in [
      ("SchemaEvolutionConfiguration", SchemaEvolutionConfiguration),
      ("TableCreationConfiguration", TableCreationConfiguration),
    ] where value?.Enabled == true {
      unsupported(path.appending(member), member)
    }
    let list = path.appending("DestinationTableConfigurationList")
    for (index, table) in (DestinationTableConfigurationList ?? []).enumerated()
    where table.UniqueKeys?.isEmpty == false {
      unsupported(
        list.appending(index).appending("UniqueKeys"),
        "UniqueKeys: rows are added and neither updated nor deleted")
    }
    let references = (DestinationTableConfigurationList ?? []).map(\.reference)
    if Set(references).count < references.count {
      found.append(.init(path: list, message: "A table may be configured once"))
    }
    return found + hintFaults(BufferingHints, path, sizesMB: 1...128)
  }
}
