import AWSModel
import Effects
import ServiceKit

/// The source of a delivery stream's records.
protocol BufferFeed: Sendable {
  /// Looks for records that nobody has told of.
  func notice(_ runtime: DeliveryRuntime) throws(ServiceError)
  /// Reads the next records that are not taken yet, up to a limit of the whole batch and a size of the
  /// piece; none where the batch is full or nothing more is there. A batch has at least one where
  /// there is one.
  ///
  /// - Parameters:
  ///   - batch: counts what is taken, and goes on where it stands.
  ///   - piece: is filled anew.
  func next(
    _ runtime: DeliveryRuntime, _ batch: inout BufferedBatch, _ limit: BatchLimit,
    into piece: inout RecordPiece, pieceBytes: Int
  ) throws(ServiceError)
  /// Arrival of the first record behind a checkpoint.
  func nextArrival(_ runtime: DeliveryRuntime, after checkpoint: DeliveryCheckpoint)
    throws(ServiceError) -> Timestamp?
  /// The records before the checkpoint are kept elsewhere and of no use any more.
  func release(_ runtime: DeliveryRuntime, before checkpoint: DeliveryCheckpoint)
    throws(ServiceError)
}

extension BufferFeed {
  /// The oldest records that are not taken yet, up to a limit: at least one where there is one.
  func take(_ runtime: DeliveryRuntime, _ limit: BatchLimit) throws(ServiceError) -> BufferedBatch {
    var batch = BufferedBatch(checkpoint: runtime.checkpoint)
    var piece = RecordPiece()
    try next(runtime, &batch, limit, into: &piece, pieceBytes: limit.bytes)
    batch.records = piece.records
    return batch
  }
}

/// A read of one batch, piece by piece.
final class InputRead {
  private let runtime: DeliveryRuntime
  private let feed: any BufferFeed
  private let limit: BatchLimit
  /// The records that have been read, counted.
  private(set) var batch: BufferedBatch
  private(set) var piece = RecordPiece()

  /// Begins at the position of the stream's input.
  init(_ runtime: DeliveryRuntime, _ feed: any BufferFeed, _ limit: BatchLimit) {
    self.runtime = runtime
    self.feed = feed
    self.limit = limit
    batch = BufferedBatch(checkpoint: runtime.checkpoint)
  }

  /// Reads the next piece; false where the batch is full or nothing more is there.
  func next(pieceBytes: Int) throws -> Bool {
    try feed.next(runtime, &batch, limit, into: &piece, pieceBytes: pieceBytes)
    return !piece.isEmpty
  }
}

/// Records that were put to the delivery stream itself: its own log.
struct DirectFeed: BufferFeed {
  /// Puts tell of their records themselves.
  func notice(_ runtime: DeliveryRuntime) throws(ServiceError) {}

  func next(
    _ runtime: DeliveryRuntime, _ batch: inout BufferedBatch, _ limit: BatchLimit,
    into piece: inout RecordPiece, pieceBytes: Int
  ) throws(ServiceError) {
    piece.removeAll()
    var (count, bytes, consumed) = (batch.count, batch.bytes, batch.checkpoint.consumed)
    guard bytes < limit.bytes else { return }
    let created = runtime.model.created
    let end = min(limit.bytes, bytes + pieceBytes)
    piece.reserve(min(end - bytes, runtime.input.bytes))
    try runtime.log.read(from: consumed) { index, arrival, payload in
      if limit.mustFit, count > 0, bytes + payload.count > limit.bytes { return false }
      piece.append(payload, arrival, index: index, created: created)
      count += 1
      bytes += payload.count
      consumed = index + 1
      return bytes < end
    }
    (batch.count, batch.bytes, batch.checkpoint.consumed) = (count, bytes, consumed)
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
