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
  public init(id: String, parentIDs: [String]) {
    self.id = id
    self.parentIDs = parentIDs
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
