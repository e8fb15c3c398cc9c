import AWSModel
import Effects
import ServiceKit

/// A source whose records are handed to a function in batches, by parts (shards) that are read side
/// by side, each in order.
protocol MappingSource: Sendable {
  /// All parts, parents before children. Throws `ResourceNotFoundException`.
  func shards() throws(ServiceError) -> [SourceShard]
  /// The place of the first record that a mapping wants.
  func begin(_ start: MappingStart, created: Timestamp, in shard: String) throws(ServiceError)
    -> UInt64
  /// Shows records from a place on; see `RecordSource.visit`.
  func visit(
    from position: UInt64, _ shard: SourceShard, _ body: (SourceRecordView) -> Bool
  ) throws(ServiceError) -> SourceReach
  /// Wakes once when there is something to read; see `RecordSource.whenReadable`.
  func whenReadable(
    at position: UInt64, _ shard: SourceShard, _ wake: @escaping @Sendable () -> Void
  ) throws(ServiceError) -> TimerHandle
}

/// A Kinesis stream, by its own ARN or by that of a registered consumer.
struct StreamMappingSource: MappingSource {
  let streams: any RecordSource
  /// Of the stream.
  private let stream: String

  init(arn: String, streams: any RecordSource) {
    self.streams = streams
    // A consumer reads the records of its stream.
    let parts = arn.split(separator: "/", omittingEmptySubsequences: false)
    stream = parts.count > 2 ? parts[..<2].joined(separator: "/") : arn
  }

  func shards() throws(ServiceError) -> [SourceShard] { try streams.shards(ofStream: stream) }

  func begin(_ start: MappingStart, created: Timestamp, in shard: String) throws(ServiceError)
    -> UInt64
  {
    if start == .trimHorizon { return 0 }
    return try streams.position(
      .timestamp(start.timestamp ?? created), shard: shard, stream: stream)
  }

  /// The place behind the last record that is there now.
  func end(of shard: String) throws(ServiceError) -> UInt64 {
    try streams.position(.latest, shard: shard, stream: stream)
  }

  func visit(
    from position: UInt64, _ shard: SourceShard, _ body: (SourceRecordView) -> Bool
  ) throws(ServiceError) -> SourceReach {
    try streams.visit(from: position, shard: shard, stream: stream, body)
  }

  func whenReadable(
    at position: UInt64, _ shard: SourceShard, _ wake: @escaping @Sendable () -> Void
  ) throws(ServiceError) -> TimerHandle {
    try streams.whenReadable(at: position, shard: shard, stream: stream, wake)
  }
}
