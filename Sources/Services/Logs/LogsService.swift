import AWSModel
import ServiceKit

/// Amazon CloudWatch Logs: groups, streams, events, and searching them.
public final class LogsService: CatalogService {
  public static let traits = ServiceTraits("logs", .json11, targetPrefix: "Logs_20140328")
  public static var formats: [StoredFormat] { [LogsRows.format] }

  private let store: LogsStore
  private let retention: LogsRetentionWorker
  public let operations: [Operation]
  public let resources: [any ResourceHandler]

  public init(environment: ServiceEnvironment) {
    let store = LogsStore(environment)
    self.store = store
    retention = LogsRetentionWorker(store: store)
    operations =
      LogsGroupOperations(store: store).all + LogsStreamOperations(store: store).all
      + LogsPutOperations(store: store).all + LogsReadOperations(store: store).all
      + LogsTagOperations(store: store).all
    resources = [LogsGroupResource(store: store), LogsStreamResource(store: store)]
  }

  /// For services that write logs.
  public var logs: any LogSink { LogsEventSink(store: store) }
  public var offer: Capabilities {
    Capabilities().offering(logs, as: .logs).offering(LogsTarget(store: store))
  }

  /// Begins removing events that are older than their group's retention.
  public func start() async throws { retention.start() }
  public func stop() async { retention.stop() }
}
