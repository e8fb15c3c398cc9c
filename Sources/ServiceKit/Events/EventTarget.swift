import AWSModel
import Effects
import PropertyTree

/// Something that events are sent to by its ARN: a stream, a function, a delivery stream, a log
/// group. A service offers one for all of its resources, and `EventTargets` finds it.
public protocol EventTarget: Sendable {
  /// The service in its ARNs: `kinesis`.
  var service: String { get }
  /// Bounds of one call of `deliver`.
  var limits: EventBatchLimits { get }

  /// Throws where the ARN is none of a resource that takes events (a layer of Lambda, say). Does not
  /// look whether the resource is there: it may come later.
  func check(_ arn: ARN) throws(ServiceError)

  /// Hands over one batch, in order; returns when it is durable there.
  ///
  /// - Returns: for each event, in order, nil or why it was not taken.
  /// - Throws: `ServiceError` where no event of the batch was taken.
  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?]
}

/// Bounds of a batch.
public struct EventBatchLimits: Sendable, Hashable {
  public var eventsMax: Int
  /// Bodies together, in bytes.
  public var bytesMax: Int
  /// One body alone, in bytes.
  public var eventBytesMax: Int

  public init(eventsMax: Int, bytesMax: Int, eventBytesMax: Int) {
    self.eventsMax = eventsMax
    self.bytesMax = bytesMax
    self.eventBytesMax = eventBytesMax
  }
}

/// An event on its way.
public struct TargetEvent: Sendable, Hashable {
  /// Tells events apart; stands in for a partition key where there is none.
  public var id: String
  public var body: [UInt8]
  /// The moment at which it happened.
  public var time: Timestamp
  /// Events with the same key keep their order, in targets that know keys.
  public var partitionKey: String?
  /// Said beside the body, by targets that can: of dead letters, why they are dead.
  public var attributes: [String: String]

  public init(
    id: String, body: [UInt8], time: Timestamp, partitionKey: String? = nil,
    attributes: [String: String] = [:]
  ) {
    self.id = id
    self.body = body
    self.time = time
    self.partitionKey = partitionKey
    self.attributes = attributes
  }
}

/// The number of times an event is tried, and where it goes when all have failed.
public struct DeliveryPolicy: Sendable, Hashable, Codable {
  /// Attempts in all, the first one counted; 1 or more.
  public var attemptsMax = 185
  /// An event that is older is not tried again.
  public var ageSecondsMax = 86_400
  /// Before the second attempt; doubled for each further one, up to `retrySecondsMax`.
  public var retrySeconds = 1
  public var retrySecondsMax = 600
  /// The ARN that takes events which could not be delivered; nil: they are dropped, and reported.
  public var deadLetter: String?

  public init() {}

  /// Before the next attempt, after so many that have failed.
  func delaySeconds(after attempts: Int) -> Int {
    min(retrySecondsMax, retrySeconds << min(attempts - 1, 16))
  }
}

extension ServiceError {
  private static let passing: Set<String> = [
    "ProvisionedThroughputExceededException", "ThrottlingException", "Throttling",
    "TooManyRequestsException", "LimitExceededException", "ServiceUnavailableException",
    "ResourceInUseException", "RequestLimitExceeded",
  ]

  /// True where the same call may go through later: throttled, or this machine's fault. A resource
  /// that is missing or a body that is refused stays so.
  var isPassing: Bool { status >= 500 || status == 429 || Self.passing.contains(code) }
}
