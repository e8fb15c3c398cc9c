import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Delivers to a server: processes a batch once, sends it until it is taken or its time is over,
/// and says which objects go with it.
struct RemoteDelivery: Sendable {
  let model: DeliveryStreamModel
  let remote: RemoteDestination
  let scope: Scope
  let effects: Effects
  let capabilities: Capabilities
  let database: ServiceDatabase

  /// A batch that has gone through the processors and was not sent yet.
  func begin(_ batch: BufferedBatch) async throws -> RemoteAttempt {
    let processing = RecordProcessing(
      chain: model.processors, model: model, scope: scope, effects: effects,
      capabilities: capabilities)
    let processed = try await processing.process(batch.records)
    return RemoteAttempt(
      version: model.version, batch: batch, open: processed.ready, failed: processed.failed,
      requestID: effects.random.uuid(), begun: effects.clock.now)
  }

  /// Records that have been processed before.
  func begin(
    _ items: [DeliveryItem], _ taken: [ProcessedBuffers.Taken], _ checkpoint: DeliveryCheckpoint
  ) -> RemoteAttempt {
    RemoteAttempt(
      version: model.version, batch: BufferedBatch(checkpoint: checkpoint), taken: taken,
      open: items, failed: [], requestID: effects.random.uuid(), begun: effects.clock.now)
  }

  /// One turn. After `finished` the attempt holds what has failed for good.
  ///
  /// - Throws: `SendFault` where it is to be tried again.
  func turn(_ attempt: inout RemoteAttempt) async throws(SendFault) -> SendOutcome {
    if attempt.open.isEmpty { return .finished }
    if attempt.acknowledgement == nil { attempt.attempts += 1 }
    do throws(SendFault) {
      let credentials = DestinationSecret(
        scope: scope, clock: effects.clock, capabilities: capabilities, database: database)
      guard let sender = sender(try credentials.opened(remote)) else { return .finished }
      return try await sender.send(&attempt)
    } catch {
      let configuration = remote.configuration
      let end = attempt.begun.adding(seconds: configuration.retrySeconds)
      guard error.isFinal || effects.clock.now >= end else { throw error }
      attempt.giveUp(error, configuration.output, at: effects.clock.now)
      return .finished
    }
  }

  /// The objects that go with a batch: failed records, and all of them where the bucket keeps all.
  func drafts(_ attempt: RemoteAttempt) throws -> [ObjectDraft] {
    let settings = remote.objects
    let writer = ObjectWriter(
      model: model, scope: scope, effects: effects, capabilities: capabilities)
    var drafts = writer.drafts(attempt.failed, in: settings)
    for file in attempt.changes.flatMap(\.files) {
      guard let place = ObjectReference(location: file.location) else {
        throw FirehoseError.invalid("\(file.location) is no place in a bucket")
      }
      drafts.append(ObjectDraft(bucket: place.bucket, bytes: file.bytes, key: place.key))
    }
    let records = attempt.batch.records
    if remote.configuration.keepsAll, let arrival = records.map(\.arrival).min() {
      drafts.append(
        try writer.draft(
          Delivery.joined(records.map(\.payload)), in: settings, arrival: arrival))
    }
    return drafts
  }

  /// nil where the bucket takes all records.
  private func sender(_ remote: RemoteDestination) -> (any RemoteSender)? {
    switch remote {
    case .httpEndpoint(let configuration):
      HTTPEndpointSender(
        configuration: configuration, streamARN: model.arn(in: scope), effects: effects)
    case .splunk(let configuration): SplunkSender(configuration: configuration, effects: effects)
    case .openSearch(let configuration):
      SearchSender(configuration: configuration, effects: effects)
    case .elasticsearch(let configuration):
      SearchSender(configuration: configuration, effects: effects)
    case .serverless(let configuration):
      SearchSender(configuration: configuration.cluster, effects: effects)
    case .iceberg(let configuration):
      IcebergSender(
        configuration: configuration, scope: scope, effects: effects, capabilities: capabilities,
        database: database)
    case .redshift: nil
    }
  }
}
