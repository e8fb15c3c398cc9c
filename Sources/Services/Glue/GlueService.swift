import AWSModel
import ServiceKit

/// AWS Glue, as far as its Data Catalog goes.
public final class GlueService: CatalogService {
  public static let traits = ServiceTraits("glue", .json11, targetPrefix: "AWSGlue")
  public static var formats: [StoredFormat] { [GlueSchema.format] }

  public let operations: [Operation]
  public let resources: [any ResourceHandler]
  public let offer: Capabilities

  public init(environment: ServiceEnvironment) {
    let catalog = GlueCatalog(environment)
    offer = Capabilities().offering(GlueTableReader(catalog: catalog), as: .tables)
      .offering(GlueIcebergCatalog(catalog: catalog), as: .icebergTables)
    operations =
      GlueDatabaseOperations(catalog: catalog).all + GlueTableOperations(catalog: catalog).all
      + GlueVersionOperations(catalog: catalog).all + GluePartitionOperations(catalog: catalog).all
      + GluePartitionBatchOperations(catalog: catalog).all
      + GlueIndexOperations(catalog: catalog).all + GlueFunctionOperations(catalog: catalog).all
      + GlueTagOperations(catalog: catalog).all + GlueSettingOperations(catalog: catalog).all
    resources = [
      GlueDatabaseResource(catalog: catalog), GlueTableResource(catalog: catalog),
      GluePartitionResource(catalog: catalog),
    ]
  }
}
