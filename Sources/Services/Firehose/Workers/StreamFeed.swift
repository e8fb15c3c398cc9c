import AWSModel
import Effects
import KinesisAggregation
import ServiceKit

/// Records of a source stream. The stream itself is the buffer: what is delivered is a position per
/// shard, committed together with the objects.
struct StreamFeed: BufferFeed {
  /// Stands for a shard that is closed and read to its end.
  private static let finished = UInt64(Int64.max)
  private static let readBytesMax = 10 << 20

  let capabilities: Capabilities
  let arn: String

  private func source() throws(ServiceError) -> any RecordSource {
    try capabilities.require(.streams)
  }

  /// Hands over the shards that may be read now, with their positions: a shard waits until all that
  /// it descends from are read to their ends, also where one in between never held a record.
  private func eachShard(
    _ runtime: DeliveryRuntime, _ positions: [String: UInt64],
    _ body: (_ shard: String, _ position: UInt64) throws(ServiceError) -> Void
  ) throws(ServiceError) {
    let source = try source()
    let shards = try source.shards(ofStream: arn)
    // Shards that have something to wait for, or to be read; parents come before children.
    var unfinished: Set<String> = []
    for shard in shards {
      let isHeldBack = shard.parentIDs.contains { unfinished.contains($0) }
      let isRead = positions[shard.id] == Self.finished
      if isHeldBack || !isRead { unfinished.insert(shard.id) }
      if isHeldBack || isRead { continue }
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

  /// Counts records that have arrived since the last look.
  func notice(_ runtime: DeliveryRuntime) throws(ServiceError) {
    try runtime.noticing { (known) throws(ServiceError) in
      let source = try source()
      let seen = runtime.checkpoint.positions.merging(known.mapValues(\.position)) { max($0, $1) }
      try eachShard(runtime, seen) { (shard, start) throws(ServiceError) in
        var position = start
        while true {
          let batch = try source.read(
            from: position, shard: shard, stream: arn, recordsMax: 10_000,
            bytesMax: Self.readBytesMax)
          let next = batch.next ?? Self.finished
          runtime.note(
            shard, next, records: batch.records.count,
            bytes: batch.records.reduce(0) { $0 + $1.payload.count },
            arrival: batch.records.map(\.arrival).min())
          if batch.next == nil || batch.records.isEmpty { return }
          position = next
        }
      }
    }
  }

  /// Takes noticed records alone, so that what is taken has been counted. Each shard gives its
  /// share first: a busy one does not hold up the others.
  func next(
    _ runtime: DeliveryRuntime, _ batch: inout BufferedBatch, _ limit: BatchLimit,
    into piece: inout RecordPiece, pieceBytes: Int
  ) throws(ServiceError) {
    piece.removeAll()
    let room = min(limit.bytes - batch.bytes, pieceBytes)
    guard room > 0 else { return }
    let noticed = runtime.noticed
    for (shard, seen) in noticed where seen.records == 0 && seen.position == Self.finished {
      batch.checkpoint.positions[shard] = Self.finished
    }
    var open: [String] = []
    var known = batch.checkpoint.positions
    try eachShard(runtime, known) { (shard, start) throws(ServiceError) in
      known[shard] = start
      open.append(shard)
    }
    batch.checkpoint.positions = known
    let end = batch.bytes + room
    let share = max(1, room / max(1, open.count))
    for bytesMax in [share, room] {
      for shard in open {
        try read(
          shard, noticed[shard], &batch, into: &piece, bytesMax: bytesMax, until: end)
      }
    }
  }

  /// Reads one shard, up to its share and the end of the piece.
  private func read(
    _ shard: String, _ noticed: DeliveryRuntime.NoticedShard?, _ batch: inout BufferedBatch,
    into piece: inout RecordPiece, bytesMax: Int, until end: Int
  ) throws(ServiceError) {
    let source = try source()
    var shardBytes = 0
    while batch.bytes < end, shardBytes < bytesMax {
      let count = batch.shardCounts[shard] ?? 0
      let left = (noticed?.records ?? 0) - count
      guard left > 0, let position = batch.checkpoint.positions[shard], position != Self.finished
      else {
        // The end of a closed shard counts once all before it is taken, and its children next.
        if left == 0, noticed?.position == Self.finished {
          batch.checkpoint.positions[shard] = Self.finished
        }
        return
      }
      let found = try source.read(
        from: position, shard: shard, stream: arn, recordsMax: min(left, 10_000),
        bytesMax: min(Self.readBytesMax, bytesMax - shardBytes, end - batch.bytes))
      for record in found.records {
        shardBytes += record.payload.count
        batch.bytes += record.payload.count
        Self.takeApart(record, shard, into: &piece)
      }
      batch.count += found.records.count
      batch.shardCounts[shard] = count + found.records.count
      batch.checkpoint.positions[shard] = found.next ?? Self.finished
      if found.records.isEmpty { return }
    }
  }

  /// The records that a producer's library has packed into one; any other by itself.
  private static func takeApart(
    _ record: SourceRecord, _ shard: String, into piece: inout RecordPiece
  ) {
    func append(_ payload: [UInt8], _ partitionKey: String, part: Int) {
      piece.append(
        payload, record.arrival,
        .init(shardID: shard, partitionKey: partitionKey, sequenceNumber: record.sequenceNumber),
        part: part)
    }
    // A malformed aggregate is delivered as it is.
    guard let aggregate = try? AggregatedRecord(record.payload) else {
      return append(record.payload, record.partitionKey, part: 0)
    }
    for (part, one) in aggregate.records.enumerated() {
      append(one.data, one.partitionKey, part: part)
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
