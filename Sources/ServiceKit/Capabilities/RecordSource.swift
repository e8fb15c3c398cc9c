import AWSModel
import Effects

extension Capability<any RecordSource> {
  public static var streams: Self { Self("streams to read", offeredBy: "Kinesis") }
}

/// Reads records of streams (Kinesis), for services that consume them.
public protocol RecordSource: Sendable {
  /// Every shard of the stream, closed ones too, parents before children. Throws
  /// ResourceNotFoundException.
  func shards(ofStream arn: String) throws(ServiceError) -> [SourceShard]

  /// The position in a shard where reading begins.
  func position(_ start: SourceStart, shard: String, stream arn: String) throws(ServiceError)
    -> UInt64

  /// Records from `position` on: up to `recordsMax` and about `bytesMax` bytes, at least one where
  /// there is one.
  func read(
    from position: UInt64, shard: String, stream arn: String, recordsMax: Int, bytesMax: Int
  ) throws(ServiceError) -> SourceBatch

  /// The amount of what stands from `position` on. Reads little of it.
  func volume(from position: UInt64, shard: String, stream arn: String) throws(ServiceError)
    -> SourceVolume

  /// Shows records where they lie, from `position` on, until `body` returns false or there are no
  /// more: for who takes many of them at once. Throws ResourceNotFoundException where the shard's
  /// stream is gone, also where another has its name.
  ///
  /// - Parameter body: returns false for a record that it does not take.
  func visit(
    from position: UInt64, shard: SourceShard, stream arn: String,
    _ body: (SourceRecordView) -> Bool
  ) throws(ServiceError) -> SourceReach

  /// Calls `wake` once, on any thread, when a read from `position` has something to tell: a record,
  /// the shard's end, or that the stream is gone. At once where it has already.
  ///
  /// - Parameter wake: must return at once.
  /// - Returns: cancels the wait.
  func whenReadable(
    at position: UInt64, shard: SourceShard, stream arn: String,
    _ wake: @escaping @Sendable () -> Void
  ) throws(ServiceError) -> TimerHandle

  /// The ARN of the stream that an ARN means: its own, or that of a registered consumer. Throws
  /// ResourceNotFoundException.
  func stream(of arn: String, in transaction: Transaction) throws -> String
}

/// A record where it lies in a shard's log, valid during the call that shows it.
public struct SourceRecordView {
  public var position: UInt64
  public var arrival: Timestamp
  /// UTF-8.
  public var partitionKey: UnsafeRawBufferPointer
  public var data: UnsafeRawBufferPointer
  private let number: (inout [UInt8]) -> Void

  /// - Parameter number: appends the sequence number's digits.
  public init(
    position: UInt64, arrival: Timestamp, partitionKey: UnsafeRawBufferPointer,
    data: UnsafeRawBufferPointer, number: @escaping (inout [UInt8]) -> Void
  ) {
    self.position = position
    self.arrival = arrival
    self.partitionKey = partitionKey
    self.data = data
    self.number = number
  }

  public func writeSequenceNumber(into out: inout [UInt8]) { number(&out) }
}

/// The place that a visit came to.
public struct SourceReach: Sendable, Hashable {
  /// Of the first record that was not taken; records past retention are stepped over.
  public var next: UInt64
  /// True when the shard is closed and nothing follows.
  public var isFinished: Bool

  public init(next: UInt64, isFinished: Bool) {
    self.next = next
    self.isFinished = isFinished
  }
}

/// An amount of records.
public struct SourceVolume: Sendable, Hashable {
  public var records: Int
  /// Data and partition keys.
  public var bytes: Int

  public init(records: Int, bytes: Int) {
    self.records = records
    self.bytes = bytes
  }
}

public struct SourceShard: Sendable, Hashable {
  public var id: String
  public var parentIDs: [String]
  /// Tells the stream from another that had its name before.
  public var streamID: String

  public init(id: String, parentIDs: [String], streamID: String) {
    self.id = id
    self.parentIDs = parentIDs
    self.streamID = streamID
  }
}

public enum SourceStart: Sendable, Hashable {
  case trimHorizon
  case latest
  case timestamp(Timestamp)
  case afterSequenceNumber(String)
}

public struct SourceRecord: Sendable, Hashable {
  public var sequenceNumber: String
  public var partitionKey: String
  public var arrival: Timestamp
  public var payload: [UInt8]

  public init(sequenceNumber: String, partitionKey: String, arrival: Timestamp, payload: [UInt8]) {
    self.sequenceNumber = sequenceNumber
    self.partitionKey = partitionKey
    self.arrival = arrival
    self.payload = payload
  }
}

public struct SourceBatch: Sendable, Hashable {
  public var records: [SourceRecord]
  /// The place where the next read goes on; nil when the shard is closed and read to its end.
  public var next: UInt64?

  public init(records: [SourceRecord], next: UInt64?) {
    self.records = records
    self.next = next
  }
}
