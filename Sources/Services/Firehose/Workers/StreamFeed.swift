import AWSModel
import Effects
import KinesisAggregation
import ServiceKit

/// Records of a source stream. The stream itself is the buffer: what is delivered is a position per
/// shard, committed together with the objects. A shard is known by its stream's identity too: a stream
/// that is made anew under the same name is read from its beginning.
struct StreamFeed: BufferFeed {
  /// Stands for a shard that is closed and read to its end.
  private static let finished = UInt64(Int64.max)
  private static let readBytesMax = 10 << 20

  let capabilities: Capabilities
  let arn: String

  /// The name of a shard's position. Checkpoints of before have the shard's id alone.
  private static func place(_ shard: SourceShard) -> String { "\(shard.streamID)/\(shard.id)" }

  private static func shardID(_ place: String) -> String {
    place.lastIndex(of: "/").map { String(place[place.index(after: $0)...]) } ?? place
  }

  private func source() throws(ServiceError) -> any RecordSource {
    try capabilities.require(.streams)
  }

  /// Positions in the stream that has the name now.
  private func current(
    _ positions: [String: UInt64], _ shards: [SourceShard]
  ) -> [String: UInt64] {
    var current: [String: UInt64] = [:]
    for shard in shards {
      let place = Self.place(shard)
      current[place] = positions[place] ?? positions[shard.id]
    }
    return current
  }

  /// Hands over the shards that may be read now, with their positions: a shard waits until all that
  /// it descends from are read to their ends, also where one in between never held a record.
  private func eachShard(
    _ runtime: DeliveryRuntime, _ shards: [SourceShard], _ positions: [String: UInt64],
    _ body: (_ place: String, _ position: UInt64) throws(ServiceError) -> Void
  ) throws(ServiceError) {
    let source = try source()
    // Shards that have something to wait for, or to be read; parents come before children.
    var unfinished: Set<String> = []
    for shard in shards {
      let place = Self.place(shard)
      let isHeldBack = shard.parentIDs.contains { unfinished.contains($0) }
      let isRead = positions[place] == Self.finished
      if isHeldBack || !isRead { unfinished.insert(shard.id) }
      if isHeldBack || isRead { continue }
      if let position = positions[place] {
        try body(place, position)
      } else if shard.parentIDs.isEmpty {
        // Delivery begins with what arrives after the delivery stream was made.
        let start = try source.position(
          .timestamp(runtime.model.created), shard: shard.id, stream: arn)
        try body(place, start)
      } else {
        try body(place, 0)
      }
    }
  }

  /// Counts records that have arrived since the last look.
  func notice(_ runtime: DeliveryRuntime) throws(ServiceError) {
    try runtime.noticing { (known) throws(ServiceError) in
      let source = try source()
      let shards = try source.shards(ofStream: arn)
      let seen = current(runtime.checkpoint.positions, shards)
        .merging(known.mapValues(\.position)) { max($0, $1) }
      try eachShard(runtime, shards, seen) { (place, start) throws(ServiceError) in
        let shard = Self.shardID(place)
        var position = start
        while true {
          let batch = try source.read(
            from: position, shard: shard, stream: arn, recordsMax: 10_000,
            bytesMax: Self.readBytesMax)
          let next = batch.next ?? Self.finished
          runtime.note(
            place, next, records: batch.records.count,
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
    let shards = try source().shards(ofStream: arn)
    var known = current(batch.checkpoint.positions, shards)
    for (place, seen) in noticed where seen.records == 0 && seen.position == Self.finished {
      known[place] = Self.finished
    }
    var open: [String] = []
    try eachShard(runtime, shards, known) { (place, start) throws(ServiceError) in
      known[place] = start
      open.append(place)
    }
    batch.checkpoint.positions = known
    let end = batch.bytes + room
    let share = max(1, room / max(1, open.count))
    for bytesMax in [share, room] {
      for place in open {
        try read(
          place, noticed[place], &batch, into: &piece, bytesMax: bytesMax, until: end)
      }
    }
  }

  /// Reads one shard, up to its share and the end of the piece.
  private func read(
    _ place: String, _ noticed: DeliveryRuntime.NoticedShard?, _ batch: inout BufferedBatch,
    into piece: inout RecordPiece, bytesMax: Int, until end: Int
  ) throws(ServiceError) {
    let source = try source()
    let shard = Self.shardID(place)
    var shardBytes = 0
    while batch.bytes < end, shardBytes < bytesMax {
      let count = batch.shardCounts[place] ?? 0
      let left = (noticed?.records ?? 0) - count
      guard left > 0, let position = batch.checkpoint.positions[place], position != Self.finished
      else {
        // The end of a closed shard counts once all before it is taken, and its children next.
        if left == 0, noticed?.position == Self.finished {
          batch.checkpoint.positions[place] = Self.finished
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
      batch.shardCounts[place] = count + found.records.count
      batch.checkpoint.positions[place] = found.next ?? Self.finished
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
    let shards = try source.shards(ofStream: arn)
    let positions = current(checkpoint.positions, shards)
    try eachShard(runtime, shards, positions) { (place, position) throws(ServiceError) in
      let shard = Self.shardID(place)
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
