import AWSModel
import Effects
import ServiceKit

/// Turns records into objects, piece by piece: reads, processes, converts, packs, names and stages
/// them. Memory holds a piece, whatever the size of the buffer.
struct Delivery: Sendable {
  /// The size of a piece of input. Other tasks have their turn in between.
  static let pieceBytes = 1 << 20

  let model: DeliveryStreamModel
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities
  let database: ServiceDatabase

  /// The objects of one delivery, staged and not committed; none where there are no records. Whoever
  /// gets them commits or abandons them.
  struct Prepared: Sendable {
    var objects: [PreparedObject] = []
    /// Of the records in the error output, one of each kind, without its payload.
    var failed: [FailedRecord] = []
  }

  var writer: ObjectWriter {
    ObjectWriter(model: model, scope: scope, effects: effects, capabilities: capabilities)
  }

  /// The objects for input that has not been processed yet, of a stream without buffers of its own
  /// for what is.
  ///
  /// - Parameter input: says afterwards what is taken.
  func prepare(_ input: InputRead) async throws -> Prepared {
    let chain = model.processors
    let processing = RecordProcessing(
      chain: chain, model: model, scope: scope, effects: effects, capabilities: capabilities)
    let making = Making(self)
    do {
      let object = making.object(.records)
      while try input.next(pieceBytes: Self.pieceBytes) {
        if chain.isEmpty {
          try object.take(input.piece)
        } else {
          try making.take(try await processing.process(input.piece.records), into: object)
        }
        await Task.yield()
      }
      return try await making.finish()
    } catch {
      making.abandon()
      throw error
    }
  }

  /// The objects for records that wait behind the processors.
  func prepare(_ taken: [ProcessedBuffers.Taken], _ buffers: ProcessedBuffers) async throws
    -> Prepared
  {
    let making = Making(self)
    do {
      for one in taken {
        let object = making.object(one.place)
        try await buffers.read(one) { item in
          try object.take(item.payload, item.arrival, item.whole)
        }
        try await making.close()
      }
      return try await making.finish()
    } catch {
      making.abandon()
      throw error
    }
  }

  private var conversion: RecordConversion? {
    model.destination.conversion.map {
      RecordConversion(
        conversion: $0, scope: scope, clock: effects.clock, capabilities: capabilities,
        database: database)
    }
  }

  /// The objects of one delivery while they are made, all of them or none.
  private final class Making {
    private let delivery: Delivery
    let errors: ErrorObjects
    private let table: ConversionTarget?
    private var open: RecordObject?
    private var objects: [PreparedObject] = []

    init(_ delivery: Delivery) {
      self.delivery = delivery
      errors = ErrorObjects(delivery.writer, delivery.model.destination)
      table = delivery.conversion.map { ConversionTarget($0) }
    }

    func object(_ place: BufferPlace) -> RecordObject {
      let object = RecordObject(delivery, place, errors, table)
      open = object
      return object
    }

    func take(_ processed: ProcessedRecords, into object: RecordObject) throws {
      for failed in processed.failed { try errors.add(failed) }
      for item in processed.ready {
        try item.payload.withUnsafeBytes { payload in
          try object.take(payload, item.record.arrival) { item }
        }
      }
    }

    /// Ends the object that is open.
    func close() async throws {
      if let object = try await open?.finish() { objects.append(object) }
      open = nil
    }

    func finish() async throws -> Prepared {
      try await close()
      try errors.finish(into: &objects)
      return Prepared(objects: objects, failed: errors.kinds)
    }

    func abandon() {
      open?.abandon()
      errors.abandon()
      guard !objects.isEmpty else { return }
      // Whoever has staged an object had a bucket to stage it in.
      let sink = delivery.capabilities[.objects]
      for object in objects { sink?.abandon(object.staged) }
    }
  }

  /// Records stand one behind the other, with nothing between them.
  static func joined(_ payloads: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payloads.reduce(0) { $0 + $1.count })
    for payload in payloads { bytes += payload }
    return bytes
  }
}
