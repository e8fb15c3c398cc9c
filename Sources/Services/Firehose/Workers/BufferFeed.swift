import AWSModel
import Effects
import ServiceKit

/// The source of a delivery stream's records.
protocol BufferFeed: Sendable {
  /// The oldest records that are not delivered: as many as make up `bytesMax`, at least one where
  /// there is one.
  func take(_ runtime: DeliveryRuntime, bytesMax: Int) throws(ServiceError) -> BufferedBatch
  /// Arrival of the first record behind a checkpoint.
  func nextArrival(_ runtime: DeliveryRuntime, after checkpoint: DeliveryCheckpoint)
    throws(ServiceError) -> Timestamp?
  /// The records before the checkpoint are delivered and of no use any more.
  func release(_ runtime: DeliveryRuntime, before checkpoint: DeliveryCheckpoint)
    throws(ServiceError)
}

/// Records that were put to the delivery stream itself: its own log.
struct DirectFeed: BufferFeed {
  func take(_ runtime: DeliveryRuntime, bytesMax: Int) throws(ServiceError) -> BufferedBatch {
    var batch = BufferedBatch(checkpoint: runtime.checkpoint)
    let created = runtime.model.created
    try runtime.log.read(from: batch.checkpoint.consumed) { index, arrival, payload in
      batch.records.append(
        BufferedRecord(
          id: BufferedRecord.id(of: index, created: created), arrival: arrival,
          payload: Array(payload)))
      batch.count += 1
      batch.bytes += payload.count
      batch.checkpoint.consumed = index + 1
      return batch.bytes < bytesMax
    }
    return batch
  }

  func nextArrival(_ runtime: DeliveryRuntime, after checkpoint: DeliveryCheckpoint)
    throws(ServiceError) -> Timestamp?
  {
    var found: Timestamp?
    try runtime.log.read(from: checkpoint.consumed) { _, arrival, _ in
      found = arrival
      return false
    }
    return found
  }

  func release(_ runtime: DeliveryRuntime, before checkpoint: DeliveryCheckpoint)
    throws(ServiceError)
  {
    try runtime.log.trim(before: checkpoint.consumed)
  }
}
