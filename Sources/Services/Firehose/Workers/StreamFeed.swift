import AWSModel
import Effects
import KinesisAggregation
import ServiceKit

extension BufferedBatch {
  /// Shards that are read to their end.
  fileprivate var endedShards: Int {
    checkpoint.positions.values.count { $0 == StreamFeed.finished }
  }
}

/// Records of a source stream. The stream itself is the buffer: what is delivered is a position per
/// shard, committed together with the objects.
struct StreamFeed: BufferFeed {
  /// Stands for a shard that is closed and read to its end.
  fileprivate static let finished = UInt64(Int64.max)
  private static let readBytesMax = 10 << 20

  let capabilities: Capabilities
  let arn: String

  private func source() throws(ServiceError) -> any RecordSource {
    try capabilities.require(.streams)
  }

  /// Hands over the shards that may be read now, with their positions: children wait until their
  /// parents are read to the end.
  private func eachShard(
    _ runtime: DeliveryRuntime, _ positions: [String: UInt64],
    _ body: (_ shard: String, _ position: UInt64) throws(ServiceError) -> Void
  ) throws(ServiceError) {
    let source = try source()
    let shards = try source.shards(ofStream: arn)
    let known = Set(shards.map(\.id))
    for shard in shards {
      let isHeldBack = shard.parentIDs.contains {
        known.contains($0) && positions[$0] != Self.finished
      }
      if isHeldBack || positions[shard.id] == Self.finished { continue }
      if let position = positions[shard.id] {
        try body(shard.id, position)
      } else if shard.parentIDs.isEmpty {
        // Delivery begins with what arrives after the delivery stream was made.
        let start = try source.position(
          .timestamp(runtime.model.created), shard: shard.id, stream: arn)
        try body(shard.id, start)
      } else {
        try body(shard.id, 0)
      }
    }
  }

  /// Counts records that have arrived since the last look; `seen` remembers up to where.
  func notice(_ runtime: DeliveryRuntime, _ seen: inout [String: UInt64]) throws(ServiceError) {
    let source = try source()
    let positions = runtime.checkpoint.positions.merging(seen) { max($0, $1) }
    var next = positions
    try eachShard(runtime, positions) { (shard, position) throws(ServiceError) in
      var position = position
      while true {
        let batch = try source.read(
          from: position, shard: shard, stream: arn, recordsMax: 10_000,
          bytesMax: Self.readBytesMax)
        if let first = batch.records.first {
          runtime.add(
            records: batch.records.count, bytes: batch.records.reduce(0) { $0 + $1.payload.count },
            arrival: first.arrival)
        }
        guard let after = batch.next else {
          next[shard] = Self.finished
          return
        }
        next[shard] = after
        if batch.records.isEmpty { return }
        position = after
      }
    }
    seen = next
  }

  func take(_ runtime: DeliveryRuntime, bytesMax: Int) throws(ServiceError) -> BufferedBatch {
    var batch = BufferedBatch(checkpoint: runtime.checkpoint)
    var ended = -1
    // Children come into the batch that their parents end in: what waits must not be forgotten
    // because its parent had nothing.
    while batch.bytes < bytesMax, batch.endedShards != ended {
      ended = batch.endedShards
      try take(runtime, bytesMax: bytesMax, into: &batch)
    }
    return batch
  }

  private func take(_ runtime: DeliveryRuntime, bytesMax: Int, into batch: inout BufferedBatch)
    throws(ServiceError)
  {
    let source = try source()
    let before = batch.checkpoint.positions
    try eachShard(runtime, before) { (shard, start) throws(ServiceError) in
      var position = start
      batch.checkpoint.positions[shard] = position
      while batch.bytes < bytesMax {
        let read = try source.read(
          from: position, shard: shard, stream: arn, recordsMax: 10_000,
          bytesMax: min(Self.readBytesMax, bytesMax - batch.bytes))
        for record in read.records {
          batch.count += 1
          batch.bytes += record.payload.count
          batch.records += Self.takenApart(record, shard)
        }
        batch.checkpoint.positions[shard] = read.next ?? Self.finished
        guard let next = read.next, !read.records.isEmpty else { return }
        position = next
      }
    }
  }

  /// The records that a producer's library has packed into one; any other by itself.
  private static func takenApart(_ record: SourceRecord, _ shard: String) -> [BufferedRecord] {
    func buffered(_ payload: [UInt8], _ partitionKey: String, part: Int) -> BufferedRecord {
      BufferedRecord(
        id: BufferedRecord.id(record.sequenceNumber + "000000", part: part),
        arrival: record.arrival, payload: payload,
        origin: .init(
          shardID: shard, partitionKey: partitionKey, sequenceNumber: record.sequenceNumber))
    }
    // A malformed aggregate is delivered as it is.
    guard let aggregate = try? AggregatedRecord(record.payload) else {
      return [buffered(record.payload, record.partitionKey, part: 0)]
    }
    return aggregate.records.enumerated().map {
      buffered($1.data, $1.partitionKey, part: $0)
    }
  }

  func nextArrival(_ runtime: DeliveryRuntime, after checkpoint: DeliveryCheckpoint)
    throws(ServiceError) -> Timestamp?
  {
    let source = try source()
    var found: Timestamp?
    try eachShard(runtime, checkpoint.positions) { (shard, position) throws(ServiceError) in
      let read = try source.read(
        from: position, shard: shard, stream: arn, recordsMax: 1, bytesMax: 1)
      if let first = read.records.first?.arrival, found.map({ first < $0 }) ?? true {
        found = first
      }
    }
    return found
  }

  /// The stream keeps its records as long as its own retention says.
  func release(_ runtime: DeliveryRuntime, before checkpoint: DeliveryCheckpoint)
    throws(ServiceError)
  {}
}
