import AWSModel
import ServiceKit

/// Data Firehose: buffers records durably and delivers them to buckets.
public final class FirehoseService: CatalogService {
  public static let traits = ServiceTraits("firehose", .json11, targetPrefix: "Firehose_20150804")
  public static var formats: [StoredFormat] { DeliveryCatalog.formats }

  private let catalog: DeliveryCatalog
  private let worker: DeliveryWorker

  public init(environment: ServiceEnvironment) {
    catalog = DeliveryCatalog(environment: environment)
    worker = DeliveryWorker(catalog: catalog, capabilities: environment.capabilities)
  }

  public var operations: [Operation] {
    DeliveryStreamOperations(catalog: catalog).all
      + DeliveryPutOperations(catalog: catalog, worker: worker).all
      + DeliveryEncryptionOperations(catalog: catalog).all
      + DeliveryTagOperations(catalog: catalog).all
  }

  public var offer: Capabilities {
    Capabilities().offering(
      DeliveryTarget(puts: DeliveryPutOperations(catalog: catalog, worker: worker)))
  }

  public var resources: [any ResourceHandler] {
    [DeliveryStreamResource(catalog: catalog, worker: worker)]
  }

  public func start() async throws {
    try catalog.sweep()
    try worker.start()
  }

  public func stop() async {
    do throws(ServiceError) { try worker.stop() } catch {
      catalog.environment.report("firehose: \(error.message)")
    }
    await catalog.environment.recordFlusher.drain()
  }
}
