import AWSModel
import ServiceKit

/// Kinesis Data Streams.
public final class KinesisService: CatalogService {
  public static let traits = ServiceTraits(
    "kinesis", .json11, alsoSpeaks: [.cbor11],
    targetPrefix: "Kinesis_20131202")
  public static var formats: [StoredFormat] { StreamCatalog.formats }

  private let catalog: StreamCatalog
  private let retention: RetentionWorker

  public init(environment: ServiceEnvironment) {
    catalog = StreamCatalog(environment: environment)
    retention = RetentionWorker(catalog: catalog)
  }

  public var operations: [Operation] {
    StreamOperations(catalog: catalog).all + StreamSettingsOperations(catalog: catalog).all
      + ShardOperations(catalog: catalog).all + AccountOperations(catalog: catalog).all
      + PutOperations(catalog: catalog).all + ReadOperations(catalog: catalog).all
      + TagOperations(catalog: catalog).all + StreamEncryptionOperations(catalog: catalog).all
      + ConsumerOperations(catalog: catalog).all + MonitoringOperations(catalog: catalog).all
      + SubscribeOperation(catalog: catalog).all + PolicyOperations(catalog: catalog).all
  }

  public var resources: [any ResourceHandler] {
    [
      StreamResource(catalog: catalog), StreamConsumerResource(catalog: catalog),
      StreamPolicyResource(catalog: catalog),
    ]
  }

  public var offer: Capabilities {
    Capabilities().offering(StreamRecordSource(catalog: catalog), as: .streams)
      .offering(StreamTarget(puts: PutOperations(catalog: catalog)))
  }

  public func start() async throws {
    try catalog.sweep()
    retention.start()
  }

  public func endStreams() { catalog.subscriptions.endAll() }

  public func stop() async {
    endStreams()
    retention.stop()
    await catalog.environment.recordFlusher.drain()
  }
}
