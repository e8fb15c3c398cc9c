import AWSModel
import Effects

/// Records that a resource holds back, and the moment at which they go on.
public struct WaitingBuffer: Sendable, Hashable, Codable {
  /// The thing that the records wait for.
  public enum Stage: String, Sendable, Hashable, Codable {
    /// A function, or another processor.
    case processing
    /// The destination.
    case delivery
    /// A bucket beside the destination, which takes the source or what has failed.
    case bucket
  }

  /// The resource's physical id.
  public var resource: String
  public var stage: Stage
  public var records: Int
  /// Bytes as they count towards the buffer's size.
  public var bytes: Int
  /// The number of partitions that they are in; nil where they are not parted.
  public var partitions: Int?
  /// The moment at which the first of them go on, as far as it is known: they may be full before.
  public var due: Timestamp
  /// The reason why the last attempt failed; nil where none has.
  public var failure: String?

  public init(
    resource: String, stage: Stage, records: Int, bytes: Int, partitions: Int? = nil,
    due: Timestamp, failure: String? = nil
  ) {
    self.resource = resource
    self.stage = stage
    self.records = records
    self.bytes = bytes
    self.partitions = partitions
    self.due = due
    self.failure = failure
  }
}

/// A resource type that holds records back for a while before they go on.
public protocol BufferingResourceHandler: ResourceHandler {
  /// True when there is a resource of the type: where there is none, nobody needs to be asked.
  func hasAny(in scope: Scope) throws -> Bool
  /// The buffers of a resource that hold something; none where it is not there.
  func buffers(_ physicalID: String, in scope: Scope) throws -> [WaitingBuffer]
  /// The resources that take their records from another one (a stream), by physical id.
  func readers(of arn: String, in scope: Scope) throws -> [String]
  /// Delivers everything that waits, now.
  ///
  /// - Throws: `ServiceError` with the destination's fault. What was not delivered waits on.
  func flush(_ physicalID: String, in scope: Scope) async throws
}
