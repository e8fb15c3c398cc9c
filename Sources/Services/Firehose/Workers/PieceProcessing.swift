import AWSModel
import Effects
import ServiceKit

/// Takes a piece of input through the processors, and says where each record waits then.
struct PieceProcessing: Sendable {
  let model: DeliveryStreamModel
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities

  struct Outcome: Sendable {
    var frames: [ProcessedFrame] = []
    var failed: [FailedRecord] = []
  }

  /// - Parameter active: partitions that have a buffer already.
  func process(_ records: [BufferedRecord], active: Set<BufferPlace>) async throws -> Outcome {
    let chain = model.processors
    let processing = RecordProcessing(
      chain: chain, model: model, scope: scope, effects: effects, capabilities: capabilities)
    let processed = try await processing.process(records)
    let now = effects.clock.now
    let (parts, homeless) = Partitioning(names: try model.partitionKeys)
      .parted(processed.ready, active: active, now: now)
    var outcome = Outcome(failed: processed.failed + homeless)
    // Results of a function begin to age when they come; a record that is only parted is as old as
    // it was.
    func keep(_ place: BufferPlace, _ items: [DeliveryItem]) {
      let since = chain.lambda == nil ? items.map(\.record.arrival).min() ?? now : now
      outcome.frames += ProcessedFrame.frames(place, items, since: since)
    }
    for part in parts { keep(part.place, part.items) }
    for output in ErrorOutput.allCases {
      let failed = outcome.failed.filter { $0.output == output }
      if !failed.isEmpty { keep(.errors(output), failed.map(Self.line)) }
    }
    if model.keepsSource, !records.isEmpty {
      // The backup has not waited for the function.
      outcome.frames += ProcessedFrame.frames(
        .backup, records.map { DeliveryItem($0) },
        since: records.map(\.arrival).min() ?? now)
    }
    return outcome
  }

  /// The line of the error output, as an item that waits.
  private static func line(_ failed: FailedRecord) -> DeliveryItem {
    var line: [UInt8] = []
    failed.writeLine(into: &line)
    return DeliveryItem(
      BufferedRecord(id: failed.record.id, arrival: failed.record.arrival, payload: line))
  }
}
