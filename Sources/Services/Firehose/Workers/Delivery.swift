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

  /// The objects for these records, staged and not committed; none where every record is dropped.
  /// Whoever gets them commits or abandons them.
  ///
  /// Records that can't be named, now or ever, go to the error output, so that they are not tried
  /// again without end.
  func prepare(_ records: [BufferedRecord]) async throws -> Prepared {
    let settings = model.destination
    let writer = ObjectWriter(
      model: model, scope: scope, effects: effects, capabilities: capabilities)
    let processing = RecordProcessing(
      chain: model.processors, model: model, scope: scope, effects: effects,
      capabilities: capabilities)
    let processed = try await processing.process(records)
    var failed = processed.failed
    var drafts: [ObjectDraft] = []
    let names = try partitionKeys(settings)
    let (partitions, homeless) = Partitioning(names: names)
      .parted(processed.ready, now: effects.clock.now)
    failed += homeless
    let target = try partitions.isEmpty ? nil : conversion?.target()
    for partition in partitions {
      let content = try await content(of: partition, target)
      failed += content.failed
      if content.items.isEmpty { continue }
      do throws(ServiceError) {
        drafts.append(try draft(content.bytes, partition, settings, writer))
      } catch {
        failed += content.items.map {
          FailedRecord(
            record: $0.record, output: .delivery, code: "S3.\(error.code)",
            message: error.message, ended: effects.clock.now)
        }
      }
    }
    drafts += writer.drafts(failed, in: settings)
    if let backup = settings.backup?.extended, let arrival = records.map(\.arrival).min() {
      drafts.append(
        try writer.draft(Self.joined(records.map(\.payload)), in: backup, arrival: arrival))
    }
    return Prepared(objects: try await writer.stage(drafts), failed: failed)
  }

  private var conversion: RecordConversion? {
    model.destination.conversion.map {
      RecordConversion(
        conversion: $0, scope: scope, clock: effects.clock, capabilities: capabilities,
        database: database)
    }
  }

  private func content(of partition: Partitioning.Partition, _ target: RecordConversion.Target?)
    async throws -> RecordConversion.Content
  {
    guard let conversion, let target else {
      return .init(bytes: Self.joined(partition.items.map(\.payload)), items: partition.items)
    }
    do { return try await conversion.convert(partition.items, to: target) } catch {
      throw DeliveryFailure(error, at: "DataFormatConversion")
    }
  }

  private func draft(
    _ bytes: [UInt8], _ partition: Partitioning.Partition, _ settings: S3Configuration,
    _ writer: ObjectWriter
  ) throws(ServiceError) -> ObjectDraft {
    var draft = try writer.draft(
      bytes, in: settings,
      arrival: partition.arrival ?? effects.clock.now, keys: partition.keys)
    draft.holdsRecords = true
    return draft
  }

  private func partitionKeys(_ settings: S3Configuration) throws -> [PartitionKey] {
    guard settings.partitions else { return [] }
    do throws(ConfigurationFault.Reason) {
      return try KeyPattern(settings.Prefix ?? "", isError: false).partitionKeys
    } catch { throw FirehoseError.invalid(error.message) }
  }

  /// Records stand one behind the other, with nothing between them.
  static func joined(_ payloads: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(payloads.reduce(0) { $0 + $1.count })
    for payload in payloads { bytes += payload }
    return bytes
  }
}
