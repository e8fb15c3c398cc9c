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

  private var processing: RecordProcessing {
    RecordProcessing(
      chain: model.processors, model: model, scope: scope, effects: effects,
      capabilities: capabilities)
  }

  /// - Parameter active: partitions that have a buffer already.
  func process(_ piece: RecordPiece, active: Set<BufferPlace>) async throws -> Outcome {
    let processing = processing
    guard processing.chain.isFunctionAlone, !model.keepsSource, try model.partitionPattern == nil,
      let transformer = try processing.transformer
    else { return try await process(piece.records, processing, active) }
    let results = try await transformer.transform(
      piece, source: model.source, delimiter: processing.chain.delimiter)
    let now = effects.clock.now
    var outcome = Outcome()
    for result in results {
      switch result {
      case .plain(let items):
        if !items.isEmpty { outcome.frames.append(ProcessedFrame(.records, items, since: now)) }
      case .judged(var processed):
        processing.delimit(&processed)
        outcome.failed += processed.failed
        outcome.frames += ProcessedFrame.frames(.records, processed.ready, since: now)
      }
    }
    keepLines(&outcome) { _ in now }
    return outcome
  }

  private func process(
    _ records: [BufferedRecord], _ processing: RecordProcessing, _ active: Set<BufferPlace>
  ) async throws -> Outcome {
    let processed = try await processing.process(records)
    let now = effects.clock.now
    let (parts, homeless) = Partitioning(pattern: try model.partitionPattern)
      .parted(processed.ready, active: active, now: now)
    var outcome = Outcome(failed: processed.failed + homeless)
    // Results of a function begin to age when they come; a record that is only parted is as old as
    // it was.
    func since(_ items: [DeliveryItem]) -> Timestamp {
      processing.chain.lambda == nil ? items.map(\.record.arrival).min() ?? now : now
    }
    for part in parts {
      outcome.frames += ProcessedFrame.frames(part.place, part.items, since: since(part.items))
    }
    keepLines(&outcome, since)
    if model.keepsSource, !records.isEmpty {
      // The backup has not waited for the function.
      outcome.frames += ProcessedFrame.frames(
        .backup, records.map { DeliveryItem($0) },
        since: records.map(\.arrival).min() ?? now)
    }
    return outcome
  }

  /// Adds the lines of the error output.
  private func keepLines(_ outcome: inout Outcome, _ since: ([DeliveryItem]) -> Timestamp) {
    for output in ErrorOutput.allCases {
      let lines = outcome.failed.filter { $0.output == output }.map(Self.line)
      if lines.isEmpty { continue }
      outcome.frames += ProcessedFrame.frames(.errors(output), lines, since: since(lines))
    }
  }

  /// The line of the error output, as an item that waits.
  private static func line(_ failed: FailedRecord) -> DeliveryItem {
    var line: [UInt8] = []
    failed.writeLine(into: &line)
    return DeliveryItem(
      BufferedRecord(id: failed.record.id, arrival: failed.record.arrival, payload: line))
  }
}
