import AWSModel
import Effects
import ServiceKit

/// The two steps of streams that process records before they wait for delivery.
extension DeliveryWorker {
  /// The most bytes that are read for one delivery, but for a buffer that is larger by itself.
  private static let deliveryBytesMax = 128 << 20

  /// Takes one piece of input through the processors. Its results are durable before the position
  /// in the input moves, so that a crash in between processes it once more.
  func process(_ runtime: DeliveryRuntime) async -> StepOutcome {
    let feed = feed(runtime)
    let effects = catalog.environment.effects
    let model = runtime.model
    do {
      let bytes = runtime.timing.pieceBytes
      let input = InputRead(runtime, feed, BatchLimit(bytes: bytes, mustFit: true))
      _ = try input.next(pieceBytes: bytes)
      let batch = input.batch
      var failed: [FailedRecord] = []
      if batch.count > 0 {
        let outcome = try await PieceProcessing(
          model: model, scope: runtime.scope, effects: effects, capabilities: capabilities()
        ).process(input.piece, active: runtime.processed.partitions)
        failed = outcome.failed
        effects.crashPoint("firehose.processed")
        if outcome.frames.isEmpty, runtime.processed.isEmpty {
          // Nothing waits that would move the checkpoint later.
          try await commit([], runtime, batch.checkpoint)
        } else {
          try await runtime.processed.append(
            outcome.frames, end: batch.checkpoint, at: clock.now)
        }
        effects.crashPoint("firehose.processed-kept")
        runtime.refreshProcessed()
      }
      try finish(batch, runtime, feed)
      await report(undeliverable: failed, runtime)
      return .done
    } catch {
      return await report(error, runtime, .processing)
    }
  }

  /// Delivers the buffers of a lane that are due, or, where none is, all of them, to buckets.
  func deliver(_ lane: DeliveryLane, _ runtime: DeliveryRuntime) async -> StepOutcome {
    do {
      let taken = take(lane, runtime)
      let prepared = try await delivery(runtime).prepare(taken, runtime.processed)
      try await commit(prepared.objects, runtime, runtime.checkpoint, delivering: taken)
      catalog.environment.effects.crashPoint("firehose.delivered")
      await report(undeliverable: prepared.failed, runtime)
      try settle(taken, runtime)
      return .done
    } catch {
      return await report(error, runtime, lane)
    }
  }

  func take(_ lane: DeliveryLane, _ runtime: DeliveryRuntime) -> [ProcessedBuffers.Taken] {
    let due = runtime.processed.take(
      lane, runtime.timing, now: clock.now, bytesMax: Self.deliveryBytesMax)
    guard due.isEmpty else { return due }
    return runtime.processed.take(
      lane, runtime.timing, now: nil, bytesMax: Self.deliveryBytesMax)
  }

  func settle(_ taken: [ProcessedBuffers.Taken], _ runtime: DeliveryRuntime) throws {
    // In memory first: what is delivered is not to be delivered again, whatever becomes of the files.
    defer { runtime.refreshProcessed() }
    try runtime.processed.settle(taken)
  }
}
