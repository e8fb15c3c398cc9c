import AWSModel
import Effects
import ServiceKit

/// Turns records into objects: processes them, parts and joins them, packs, names and stages.
struct Delivery: Sendable {
  let model: DeliveryStreamModel
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities
  let database: ServiceDatabase

  /// The objects of one delivery.
  struct Prepared: Sendable {
    var objects: [PreparedObject] = []
    /// Records in the error output.
    var failed: [FailedRecord] = []
  }

  /// Records of one place, read back.
  struct Content: Sendable {
    var place: BufferPlace
    var items: [DeliveryItem]

    /// Arrival of the oldest.
    var arrival: Timestamp? { items.map(\.record.arrival).min() }
  }

  /// The objects for records that have not been processed yet, of a stream without buffers of its
  /// own for what is.
  func prepare(_ records: [BufferedRecord]) async throws -> Prepared {
    let processing = RecordProcessing(
      chain: model.processors, model: model, scope: scope, effects: effects,
      capabilities: capabilities)
    let processed = try await processing.process(records)
    return try await prepare(
      [Content(place: .records, items: processed.ready)], failed: processed.failed)
  }

  /// The objects for these records, staged and not committed; none where there are none. Whoever
  /// gets them commits or abandons them.
  ///
  /// Records that can't be named, now or ever, go to the error output, so that they are not tried
  /// again without end.
  func prepare(_ contents: [Content], failed: [FailedRecord] = []) async throws -> Prepared {
    let settings = model.destination
    let writer = ObjectWriter(
      model: model, scope: scope, effects: effects, capabilities: capabilities)
    var failed = failed
    var drafts: [ObjectDraft] = []
    let target =
      try contents.contains { $0.place.isRecords && !$0.items.isEmpty } ? conversion?.target() : nil
    let names = try model.partitionKeys
    for part in contents {
      guard let arrival = part.arrival else { continue }
      switch part.place {
      case .records, .partition:
        guard names.allSatisfy({ part.place.keys[$0] != nil }) else {
          // The prefix has been given another key since.
          failed += part.items.map {
            FailedRecord(
              record: $0.record, code: KeyExtraction.code, message: KeyExtraction.blank,
              ended: effects.clock.now)
          }
          continue
        }
        let content = try await content(of: part.items, target)
        failed += content.failed
        if content.items.isEmpty { continue }
        do throws(ServiceError) {
          var draft = try writer.draft(
            content.bytes, in: settings, arrival: arrival, keys: part.place.keys)
          draft.holdsRecords = true
          drafts.append(draft)
        } catch {
          failed += content.items.map {
            FailedRecord(
              record: $0.record, output: .delivery, code: "S3.\(error.code)",
              message: error.message, ended: effects.clock.now)
          }
        }
      case .errors(let output):
        drafts.append(
          writer.draft(
            errors: Self.joined(part.items.map(\.payload)), output, in: settings, arrival: arrival))
      case .backup:
        drafts.append(
          try writer.draft(
            Self.joined(part.items.map(\.payload)), in: model.backupBucket, arrival: arrival))
      }
    }
    drafts += writer.drafts(failed, in: settings)
    return Prepared(objects: try await writer.stage(drafts), failed: failed)
  }

  private var conversion: RecordConversion? {
    model.destination.conversion.map {
      RecordConversion(
        conversion: $0, scope: scope, clock: effects.clock, capabilities: capabilities,
        database: database)
    }
  }

  private func content(of items: [DeliveryItem], _ target: RecordConversion.Target?)
    async throws -> RecordConversion.Content
  {
    guard let conversion, let target else {
      return .init(bytes: Self.joined(items.map(\.payload)), items: items)
    }
    do { return try await conversion.convert(items, to: target) } catch {
      throw DeliveryFailure(error, at: "DataFormatConversion")
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
