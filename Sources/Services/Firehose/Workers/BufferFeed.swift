import AWSModel
import Effects
import ServiceKit

/// The source of a delivery stream's records.
protocol BufferFeed: Sendable {
  /// Looks for records that nobody has told of.
  func notice(_ runtime: DeliveryRuntime) throws(ServiceError)
  /// The oldest records that are not taken yet, up to a limit: at least one where there is one.
  func take(_ runtime: DeliveryRuntime, _ limit: BatchLimit) throws(ServiceError) -> BufferedBatch
  /// Arrival of the first record behind a checkpoint.
  func nextArrival(_ runtime: DeliveryRuntime, after checkpoint: DeliveryCheckpoint)
    throws(ServiceError) -> Timestamp?
  /// The records before the checkpoint are kept elsewhere and of no use any more.
  func release(_ runtime: DeliveryRuntime, before checkpoint: DeliveryCheckpoint)
    throws(ServiceError)
}

/// Records that were put to the delivery stream itself: its own log.
struct DirectFeed: BufferFeed {
  /// Puts tell of their records themselves.
  func notice(_ runtime: DeliveryRuntime) throws(ServiceError) {}

  func take(_ runtime: DeliveryRuntime, _ limit: BatchLimit) throws(ServiceError) -> BufferedBatch {
    var batch = BufferedBatch(checkpoint: runtime.checkpoint)
    let created = runtime.model.created
    try runtime.log.read(from: batch.checkpoint.consumed) { index, arrival, payload in
      if limit.mustFit, batch.count > 0, batch.bytes + payload.count > limit.bytes { return false }
      batch.records.append(
        BufferedRecord(
          id: BufferedRecord.id(of: index, created: created), arrival: arrival,
          payload: Array(payload)))
      batch.count += 1
      batch.bytes += payload.count
      batch.checkpoint.consumed = index + 1
      return batch.bytes < limit.bytes
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
