import AWSModel
import Effects
import ServiceKit

extension DeliveryWorker {
  /// One turn of a delivery to a server. Returns whether its batch is through.
  ///
  /// The checkpoint moves after the server has taken the records, so that a crash in between sends
  /// them once more.
  func deliver(_ runtime: DeliveryRuntime, to sealed: RemoteDestination) async -> Bool {
    let feed = feed(runtime)
    let model = runtime.model
    let effects = catalog.environment.effects
    do {
      let delivery = RemoteDelivery(
        model: model, remote: try catalog.opened(sealed), scope: runtime.scope, effects: effects,
        capabilities: capabilities(), database: catalog.environment.database)
      var attempt: RemoteAttempt
      if let known = runtime.attempt, known.version == model.version {
        attempt = known
      } else {
        attempt = try await delivery.begin(feed.take(runtime, bytesMax: model.sizeBytes))
      }
      let outcome: SendOutcome
      do throws(SendFault) { outcome = try await delivery.turn(&attempt) } catch {
        runtime.keep(attempt)
        let end = attempt.begun.adding(seconds: sealed.configuration.retrySeconds)
        await report(
          DeliveryFailure(code: error.code, message: error.message), runtime, notAfter: end)
        return false
      }
      if case .later(let seconds) = outcome {
        runtime.keep(attempt, until: clock.now.adding(seconds: seconds))
        return false
      }
      // From here on nothing is sent again, whatever the bucket says.
      runtime.keep(attempt)
      effects.crashPoint("firehose.sent")
      let writer = ObjectWriter(
        model: model, scope: runtime.scope, effects: effects, capabilities: capabilities())
      try await commit(
        writer.stage(delivery.drafts(attempt)), runtime, attempt.batch.checkpoint)
      effects.crashPoint("firehose.delivered")
      runtime.keep(nil)
      await report(undeliverable: attempt.failed, runtime)
      try finish(attempt.batch, runtime, feed)
      return true
    } catch {
      await report(error, runtime)
      return false
    }
  }
}
