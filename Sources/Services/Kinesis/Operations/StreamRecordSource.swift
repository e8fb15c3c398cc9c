import AWSModel
import Effects
import ServiceKit

/// Streams as other services read them.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
struct StreamRecordSource: RecordSource {
  let catalog: StreamCatalog

  private func stream(_ arn: String) throws(ServiceError) -> StreamRuntime {
    let (name, scope) = try catalog.locate(nil, arn: arn, .standard)
    guard let stream = try catalog.find(name, in: scope) else {
      throw KinesisError.streamNotFound(name, scope)
    }
    return stream
  }

  private func shard(_ id: String, _ stream: StreamRuntime) throws(ServiceError) -> ShardRuntime {
    guard let ordinal = ShardModel.ordinal(ofID: id), let shard = stream.shard(ordinal) else {
      throw KinesisError.shardNotFound(id, stream.model.name, stream.scope)
    }
    return shard
  }

  func shards(ofStream arn: String) throws(ServiceError) -> [SourceShard] {
    let stream = try stream(arn)
    return stream.shards.map { shard in
      SourceShard(
        id: shard.id,
        parentIDs: [shard.model.parent, shard.model.adjacentParent].compactMap { $0 }
          .map(ShardModel.id), streamID: stream.model.storageID)
    }
  }

  func position(_ start: SourceStart, shard id: String, stream arn: String) throws(ServiceError)
    -> UInt64
  {
    let stream = try stream(arn)
    let shard = try shard(id, stream)
    switch start {
    case .trimHorizon:
      return try stream.visible(0, in: shard, catalog.environment.effects.clock.now)
    case .latest: return try shard.log.endIndex()
    case .timestamp(let moment): return try shard.log.index(atOrAfter: moment)
    case .afterSequenceNumber(let text):
      return try stream.place(of: text, in: shard, operation: "GetRecords")
    }
  }

  func read(
    from position: UInt64, shard id: String, stream arn: String, recordsMax: Int, bytesMax: Int
  ) throws(ServiceError) -> SourceBatch {
    let stream = try stream(arn)
    let shard = try shard(id, stream)
    let start = try stream.visible(position, in: shard, catalog.environment.effects.clock.now)
    var records: [SourceRecord] = []
    var total = 0
    try shard.log.read(from: start) { index, arrival, payload in
      let (key, data) = StoredRecord.read(payload)
      total += key.count + data.count
      guard records.count < recordsMax, records.isEmpty || total <= bytesMax else { return false }
      records.append(
        SourceRecord(
          sequenceNumber: shard.sequence(ofIndex: index, arrival: arrival).text,
          partitionKey: String(decoding: key, as: UTF8.self), arrival: arrival,
          payload: Array(data)))
      return true
    }
    let next = start + UInt64(records.count)
    return SourceBatch(records: records, next: try shard.isFinished(at: next) ? nil : next)
  }

  func volume(from position: UInt64, shard id: String, stream arn: String) throws(ServiceError)
    -> SourceVolume
  {
    let volume = try shard(id, stream(arn)).log.volume(from: position)
    let bytes = Int(volume.payloadBytes) - volume.records * StoredRecord.frameBytes
    return SourceVolume(records: volume.records, bytes: bytes)
  }

  // MARK: Reading in place

  func visit(
    from position: UInt64, shard source: SourceShard, stream arn: String,
    _ body: (SourceRecordView) -> Bool
  ) throws(ServiceError) -> SourceReach {
    let (stream, shard) = try same(source, arn)
    var next = try stream.visible(position, in: shard, catalog.environment.effects.clock.now)
    try shard.log.read(from: next) { index, arrival, payload in
      let (key, data) = StoredRecord.read(payload)
      let sequence = shard.sequence(ofIndex: index, arrival: arrival)
      let isTaken = body(
        SourceRecordView(position: index, arrival: arrival, partitionKey: key, data: data) {
          sequence.write(into: &$0)
        })
      if isTaken { next = index + 1 }
      return isTaken
    }
    return SourceReach(next: next, isFinished: try shard.isFinished(at: next))
  }

  func whenReadable(
    at position: UInt64, shard source: SourceShard, stream arn: String,
    _ wake: @escaping @Sendable () -> Void
  ) throws(ServiceError) -> TimerHandle {
    try same(source, arn).shard.log.whenReadable(at: position, wake)
  }

  /// The shard of the very stream that it was found in.
  private func same(_ source: SourceShard, _ arn: String) throws(ServiceError)
    -> (stream: StreamRuntime, shard: ShardRuntime)
  {
    let stream = try stream(arn)
    guard stream.model.storageID == source.streamID else {
      throw KinesisError.streamNotFound(stream.model.name, stream.scope)
    }
    return (stream, try shard(source.id, stream))
  }

  func stream(of arn: String, in transaction: Transaction) throws -> String {
    let place = ResourcePlace(arn)
    let (name, scope) = try catalog.locate(nil, arn: place.StreamARN, .standard)
    guard let model = try catalog.get(name, in: scope, transaction) else {
      throw KinesisError.streamNotFound(name, scope)
    }
    _ = try place.consumer(of: model, in: scope)
    return model.arn(in: scope)
  }
}
