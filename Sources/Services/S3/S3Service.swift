import AWSModel
import ServiceKit

/// Amazon S3: buckets, objects, versions, multipart uploads.
public final class S3Service: CatalogService {
  public static let traits = ServiceTraits(
    "s3", .restXML, apiVersion: "2006-03-01",
    xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/")
  public static var formats: [StoredFormat] { [S3Schema.format] }

  private let store: S3Store
  private let lifecycles: S3LifecycleWorker
  public let operations: [Operation]
  public let resources: [any ResourceHandler]

  /// Makes the folders. Throws when the data directory can't be written.
  public init(environment: ServiceEnvironment) throws {
    let store = try S3Store(environment)
    let lifecycles = S3LifecycleWorker(store: store)
    store.watchLifecycles { [weak lifecycles] in lifecycles?.wake() }
    self.store = store
    self.lifecycles = lifecycles
    let pages = S3CrossOrigin(store: store)
    let served =
      S3BucketOperations(store: store).all + S3BucketConfigurations(store: store).all
      + S3PolicyOperations(store: store).all + S3AccessControlOperations(store: store).all
      + S3ListOperations(store: store).all + S3PutOperations(store: store).all
      + S3GetOperations(store: store).all + S3DeleteOperations(store: store).all
      + S3CopyOperations(store: store).all + S3TaggingOperations(store: store).all
      + S3UploadOperations(store: store).all + S3CompleteOperation(store: store).all
      + S3UploadParts(store: store).all
    operations = served.map(pages.admitting) + pages.preflights
    resources = [S3BucketResource(store: store), S3BucketPolicyResource(store: store)]
  }

  /// For services that deliver objects.
  public var objects: any ObjectSink { S3ObjectSink(store: store) }

  /// For services that deliver or load objects, and for deployments.
  public var offer: Capabilities {
    Capabilities().offering(objects, as: .objects)
      .offering(S3ObjectSource(store: store), as: .storedObjects)
      .offering(S3AssetStore(store: store), as: .assets)
  }

  /// Finishes what a crash interrupted: settles committed files, removes abandoned ones. Then
  /// carries lifecycles out.
  public func start() async throws {
    try await store.sweep()
    lifecycles.start()
  }

  public func stop() async { lifecycles.stop() }
}
