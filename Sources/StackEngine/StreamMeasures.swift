import AWSModel
import Effects
import ServiceKit

/// The amounts that a shard holds at a moment.
public struct ShardMeasure: Sendable, Hashable, Codable {
  public var id: String
  /// Those that can still be read.
  public var records = 0
  /// Data and partition keys.
  public var bytes = 0
  /// Those that came of late.
  public var recentRecords = 0
  public var recentBytes = 0
  /// The arrival of the oldest record that can be read; nil where there is none.
  public var oldest: Timestamp?

  public init(id: String) { self.id = id }
}

/// The amounts that the shards of a stream hold, closed ones too, in the order of their numbers.
public struct StreamMeasures: Sendable, Hashable, Codable {
  /// The environment's time at which they were taken.
  public var time: Timestamp
  public var shards: [ShardMeasure]

  /// - Parameter recentMilliseconds: the span that counts as late.
  /// - Throws: `ResourceNotFoundException` where there is no such stream.
  init(
    _ source: any RecordSource, stream arn: String, at now: Timestamp, recentMilliseconds: Int64
  ) throws(ServiceError) {
    let since = Timestamp(milliseconds: max(0, now.milliseconds - recentMilliseconds))
    time = now
    shards = []
    for shard in try source.shards(ofStream: arn) {
      var measure = ShardMeasure(id: shard.id)
      let oldest = try source.position(.trimHorizon, shard: shard.id, stream: arn)
      let late = try source.position(.timestamp(since), shard: shard.id, stream: arn)
      let all = try source.volume(from: oldest, shard: shard.id, stream: arn)
      let recent = try source.volume(from: max(oldest, late), shard: shard.id, stream: arn)
      (measure.records, measure.bytes) = (all.records, all.bytes)
      (measure.recentRecords, measure.recentBytes) = (recent.records, recent.bytes)
      measure.oldest = try source.read(
        from: oldest, shard: shard.id, stream: arn, recordsMax: 1, bytesMax: 1
      ).records.first?.arrival
      shards.append(measure)
    }
  }
}

extension LocalEnvironment {
  /// Streams as `StreamMeasures` reads them; nil where no service has any.
  public var streams: (any RecordSource)? { emulator.capabilities[.streams] }

  /// - Throws: `ServiceError` where there is no such stream.
  public func measures(ofStream arn: String, recentMilliseconds: Int64) throws -> StreamMeasures {
    try StreamMeasures(
      try emulator.capabilities.require(.streams), stream: arn,
      at: emulator.environment.effects.clock.now, recentMilliseconds: recentMilliseconds)
  }
}
