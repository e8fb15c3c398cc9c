import AWSModel
import Effects
import ServiceKit

extension DeliveryWorker {
  /// One turn of a delivery to a server.
  ///
  /// The checkpoint moves after the server has taken the records, so that a crash in between sends
  /// them once more.
  ///
  /// - Parameter isProcessed: true for records that wait behind the processors.
  func deliver(_ runtime: DeliveryRuntime, to sealed: RemoteDestination, isProcessed: Bool) async
    -> StepOutcome
  {
    let feed = feed(runtime)
    let model = runtime.model
    let effects = catalog.environment.effects
    do {
      let delivery = RemoteDelivery(
        model: model, remote: try catalog.opened(sealed), scope: runtime.scope, effects: effects,
        capabilities: capabilities(), database: catalog.environment.database)
      var attempt: RemoteAttempt
      if let known = runtime.attempt, known.version == model.version,
        known.taken.isEmpty != isProcessed
      {
        attempt = known
      } else if isProcessed {
        attempt = try begin(delivery, runtime)
      } else {
        attempt = try await delivery.begin(
          feed.take(runtime, BatchLimit(bytes: model.sizeBytes)))
      }
      let outcome: SendOutcome
      do throws(SendFault) { outcome = try await delivery.turn(&attempt) } catch {
        runtime.keep(attempt)
        let end = attempt.begun.adding(seconds: sealed.configuration.retrySeconds)
        return await report(
          DeliveryFailure(code: error.code, message: error.message), runtime, .destination,
          notAfter: end)
      }
      if case .later(let seconds) = outcome {
        runtime.keep(attempt, until: clock.now.adding(seconds: seconds))
        return .waits
      }
      // From here on nothing is sent again, whatever the bucket says.
      runtime.keep(attempt)
      effects.crashPoint("firehose.sent")
      let writer = ObjectWriter(
        model: model, scope: runtime.scope, effects: effects, capabilities: capabilities())
      try await commit(
        writer.stage(delivery.drafts(attempt)), runtime,
        isProcessed ? runtime.checkpoint : attempt.batch.checkpoint, delivering: attempt.taken,
        attempt.changes)
      effects.crashPoint("firehose.delivered")
      runtime.keep(nil)
      await report(undeliverable: attempt.failed, runtime)
      if isProcessed {
        try settle(attempt.taken, runtime)
      } else {
        try finish(attempt.batch, runtime, feed)
      }
      return .done
    } catch {
      if var attempt = runtime.attempt, !attempt.changes.isEmpty {
        attempt.reopen()
        runtime.keep(attempt)
      }
      return await report(error, runtime, .destination)
    }
  }

  private func begin(_ delivery: RemoteDelivery, _ runtime: DeliveryRuntime) throws
    -> RemoteAttempt
  {
    let taken = take(.destination, runtime)
    let items = try taken.flatMap { try runtime.processed.items($0) }
    return delivery.begin(items, taken, runtime.checkpoint)
  }
}
