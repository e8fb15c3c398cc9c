import AWSModel
import Effects
import ServiceKit

/// The object that the records of one place become: named, converted and packed while they come.
/// Whoever makes one either finishes or abandons it.
///
/// Records that can't be named, now or ever, go to the error output, so that they are not tried
/// again without end.
final class RecordObject {
  private enum Way {
    case plain(ObjectStream)
    case converted(any ColumnarConversion)
    /// All of them fail for the same reason.
    case none((DeliveryItem) -> FailedRecord)
  }

  private let delivery: Delivery
  private let place: BufferPlace
  private let settings: S3Configuration
  private let writer: ObjectWriter
  private let errors: ErrorObjects
  private let table: ConversionTarget?
  private var way: Way?
  /// The object, as the first record's arrival names it.
  private var draft: (object: ObjectDraft, arrival: Timestamp)?
  private var oldest: Timestamp?

  /// - Parameter table: nil where records stay as they are.
  init(
    _ delivery: Delivery, _ place: BufferPlace, _ errors: ErrorObjects, _ table: ConversionTarget?
  ) {
    self.delivery = delivery
    self.place = place
    self.errors = errors
    self.table = place.isRecords ? table : nil
    let model = delivery.model
    settings = place == .backup ? model.backupBucket : model.destination
    writer = delivery.writer
  }

  // MARK: Records

  func take(_ piece: RecordPiece) throws {
    guard let oldest = piece.oldest else { return }
    if case .plain(let stream) = try way(oldest) { return try stream.append(piece.bytes) }
    try piece.each { number, payload in
      try take(payload, piece.arrival(number)) { DeliveryItem(piece.record(number)) }
    }
  }

  /// - Parameter item: reads the whole of it, where it fails.
  func take(
    _ payload: UnsafeRawBufferPointer, _ arrival: Timestamp, _ item: () throws -> DeliveryItem
  ) throws {
    switch try way(arrival) {
    case .plain(let stream): try stream.append(payload)
    case .converted(let conversion):
      let fault: ColumnarFault?
      do { fault = try conversion.take(payload) } catch { throw Self.converting(error) }
      if let fault, let table {
        var record = try item().record
        record.payload = Array(payload)
        try errors.add(table.conversion.failure(record, fault))
      }
    case .none(let failure): try errors.add(failure(try item()))
    }
  }

  // MARK: The end

  /// The object; nil where no record is in it.
  func finish() async throws -> PreparedObject? {
    guard let way, let draft = try named() else { return nil }
    let stream: ObjectStream
    switch way {
    case .none: return nil
    case .plain(let open): stream = open
    case .converted(let conversion):
      guard let made = try await converted(conversion) else { return nil }
      stream = made
    }
    // The end of an object abandons it where it fails.
    self.way = nil
    return PreparedObject(
      staged: try stream.finish(draft.key), description: draft.description,
      holdsRecords: draft.holdsRecords)
  }

  func abandon() {
    switch way {
    case .plain(let stream): stream.abandon()
    case .converted(let conversion): conversion.abandon()
    case .none?, nil: break
    }
    way = nil
  }

  private func converted(_ conversion: any ColumnarConversion) async throws -> ObjectStream? {
    let stream = try writer.stream(settings.bucket, draft?.object.compression ?? .none)
    // From here on it cares for itself.
    way = nil
    do {
      guard try await conversion.finish({ try stream.append($0) }) > 0 else {
        stream.abandon()
        return nil
      }
      return stream
    } catch {
      stream.abandon()
      throw Self.converting(error)
    }
  }

  private static func converting(_ error: any Error) -> any Error {
    error as? DeliveryFailure ?? DeliveryFailure(error, at: "DataFormatConversion")
  }

  // MARK: The beginning

  private func way(_ arrival: Timestamp) throws -> Way {
    if let way {
      if oldest.map({ arrival < $0 }) ?? true { oldest = arrival }
      return way
    }
    oldest = arrival
    let found = try begin(arrival)
    way = found
    return found
  }

  private func begin(_ arrival: Timestamp) throws -> Way {
    let now = delivery.effects.clock.now
    if place.isRecords {
      guard try delivery.model.partitionKeys.allSatisfy({ place.keys[$0] != nil }) else {
        // The prefix has been given another key since.
        return .none {
          FailedRecord(
            record: $0.record, code: KeyExtraction.code, message: KeyExtraction.blank, ended: now)
        }
      }
    }
    if case .errors(let output) = place {
      draft = (writer.draft(errors: [], output, in: settings, arrival: arrival), arrival)
      return .plain(try writer.stream(settings.bucket, .none))
    }
    do throws(ServiceError) { draft = (try made(arrival), arrival) } catch {
      // Nobody gives up records that were to be kept as they came.
      guard place.isRecords else { throw error }
      let (code, message) = ("S3.\(error.code)", error.message)
      return .none {
        FailedRecord(
          record: $0.record, output: .delivery, code: code, message: message, ended: now)
      }
    }
    guard let table else {
      return .plain(try writer.stream(settings.bucket, draft?.object.compression ?? .none))
    }
    switch try table.read() {
    case .layout(let layout):
      do { return .converted(try table.conversion.begin(layout)) } catch {
        throw Self.converting(error)
      }
    case .none(let code, let message):
      return .none { [conversion = table.conversion] in
        var record = $0.record
        record.payload = $0.payload
        return conversion.failure(record, ColumnarFault(code, message))
      }
    }
  }

  private func made(_ arrival: Timestamp) throws(ServiceError) -> ObjectDraft {
    var draft = try writer.draft([], in: settings, arrival: arrival, keys: place.keys)
    draft.holdsRecords = place.isRecords
    return draft
  }

  /// The object with the name that the oldest record gives it.
  private func named() throws -> ObjectDraft? {
    guard let draft, let oldest, draft.arrival != oldest else { return draft?.object }
    if case .errors(let output) = place {
      return writer.draft(errors: [], output, in: settings, arrival: oldest)
    }
    do throws(ServiceError) { return try made(oldest) } catch {
      // Only the one of another moment can be had.
      return draft.object
    }
  }
}
