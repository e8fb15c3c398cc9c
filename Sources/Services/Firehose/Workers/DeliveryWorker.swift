import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Delivers buffers when they are full or old enough. All of a delivery happens inside the work
/// that the clock has scheduled, so that whoever advances a virtual clock finds the objects there.
final class DeliveryWorker: Sendable {
  let catalog: DeliveryCatalog
  let capabilities: @Sendable () -> Capabilities
  private let copies: CopyWorker
  private let isRunning = Mutex(false)

  init(catalog: DeliveryCatalog, capabilities: @escaping @Sendable () -> Capabilities) {
    self.catalog = catalog
    self.capabilities = capabilities
    copies = CopyWorker(catalog: catalog, capabilities: capabilities)
  }

  func start() throws(ServiceError) {
    isRunning.withLock { $0 = true }
    catalog.observe { [weak self] in self?.attend($0) }
    for runtime in try catalog.all() { attend(runtime) }
    copies.start(try catalog.all())
  }

  func stop() throws(ServiceError) {
    isRunning.withLock { $0 = false }
    copies.stop()
    for runtime in try catalog.all() { runtime.disarm() }
  }

  var clock: any Clock { catalog.environment.effects.clock }

  private func attend(_ runtime: DeliveryRuntime) {
    guard runtime.model.type == .kinesisStream else { return arm(runtime) }
    if runtime.beginWatch() { watch(runtime, Watch()) }
  }

  /// Sees to it that the buffer is delivered in time. Called after every acknowledged put, so it
  /// does as little as it can.
  func arm(_ runtime: DeliveryRuntime) {
    guard isRunning.withLock({ $0 }), let due = runtime.due(clock.now) else { return }
    runtime.arm(due) { due in
      clock.schedule(at: due) { [weak self, weak runtime] in
        guard let self, let runtime else { return }
        await self.flush(runtime)
      }
    }
  }

  /// Knowledge of a source stream between two polls.
  private struct Watch: Sendable {
    /// The next position to look at, by shard id.
    var seen: [String: UInt64] = [:]
    /// The fault of the last poll, told once.
    var complaint: String?
  }

  /// Polls a source stream once a second for new records; stops with the delivery stream.
  private func watch(_ runtime: DeliveryRuntime, _ watch: Watch) {
    guard isRunning.withLock({ $0 }) else { return }
    clock.schedule(at: clock.now.adding(seconds: 1)) { [weak self, weak runtime] in
      guard let self, let runtime, !runtime.isDiscarded else { return }
      var next = watch
      do throws(ServiceError) {
        if let feed = self.feed(runtime) as? StreamFeed { try feed.notice(runtime, &next.seen) }
        next.complaint = nil
      } catch {
        if next.complaint != error.message {
          self.catalog.environment.report("firehose: \(runtime.model.name): \(error.message)")
        }
        next.complaint = error.message
      }
      if let due = runtime.due(self.clock.now), due <= self.clock.now { await self.flush(runtime) }
      self.watch(runtime, next)
    }
  }

  func feed(_ runtime: DeliveryRuntime) -> any BufferFeed {
    guard let source = runtime.model.source else { return DirectFeed() }
    return StreamFeed(capabilities: capabilities(), arn: source.KinesisStreamARN)
  }

  /// Delivers as long as something is due.
  func flush(_ runtime: DeliveryRuntime) async {
    guard isRunning.withLock({ $0 }), runtime.beginFlush() else { return }
    while let due = runtime.due(clock.now), due <= clock.now {
      guard await deliver(runtime) else { break }
    }
    runtime.endFlush()
    if runtime.model.type == .directPut { arm(runtime) }
  }

  /// One delivery: its objects, and others for what could not be delivered. Returns whether it
  /// succeeded.
  private func deliver(_ runtime: DeliveryRuntime) async -> Bool {
    let feed = feed(runtime)
    let model = runtime.model
    if let remote = model.remote, !remote.isStaged { return await deliver(runtime, to: remote) }
    do {
      let batch = try feed.take(runtime, bytesMax: model.sizeBytes)
      if !batch.records.isEmpty {
        let delivery = Delivery(
          model: model, scope: runtime.scope, effects: catalog.environment.effects,
          capabilities: capabilities(), database: catalog.environment.database)
        let prepared = try await delivery.prepare(batch.records)
        try await commit(prepared.objects, runtime, batch.checkpoint)
        catalog.environment.effects.crashPoint("firehose.delivered")
        await report(undeliverable: prepared.failed, runtime)
      }
      try finish(batch, runtime, feed)
      await copies.load(runtime)
      return true
    } catch {
      await report(error, runtime)
      return false
    }
  }

  /// Forgets what is delivered.
  func finish(_ batch: BufferedBatch, _ runtime: DeliveryRuntime, _ feed: any BufferFeed) throws {
    runtime.remove(
      records: batch.records.isEmpty ? .max : batch.count, bytes: batch.bytes,
      checkpoint: batch.checkpoint,
      nextArrival: try feed.nextArrival(runtime, after: batch.checkpoint))
    try feed.release(runtime, before: batch.checkpoint)
  }

  /// Makes the staged objects and counts their records as delivered, both or neither.
  func commit(
    _ objects: [PreparedObject], _ runtime: DeliveryRuntime, _ checkpoint: DeliveryCheckpoint
  ) async throws {
    let sink = try capabilities().require(.objects)
    do {
      try await catalog.environment.database.write { [catalog] transaction in
        for object in objects {
          try sink.commit(object.staged, object.description, in: transaction)
        }
        try catalog.advance(runtime, to: checkpoint, transaction)
        if runtime.model.remote?.isStaged == true {
          try LoadQueues.append(
            objects.filter(\.holdsRecords).map {
              .init(bucket: $0.staged.bucket, key: $0.description.key)
            }, runtime, transaction)
        }
      }
    } catch {
      for object in objects { sink.abandon(object.staged) }
      throw DeliveryFailure(error, at: "S3")
    }
  }

  /// Records have gone to the error output: nothing is tried again.
  func report(undeliverable failed: [FailedRecord], _ runtime: DeliveryRuntime) async {
    if let first = failed.first(where: { $0.output == .delivery }) {
      catalog.environment.report(
        "firehose: \(runtime.model.name): \(first.message) The records are in the error output.")
    }
    await DeliveryLog(runtime.model, runtime.scope, catalog.environment, capabilities())
      .write(failed)
  }

  /// - Parameter notAfter: the end of the time in which it is tried again.
  func report(_ error: any Error, _ runtime: DeliveryRuntime, notAfter: Timestamp? = nil) async {
    if runtime.isDiscarded { return }
    let retry = runtime.fail(clock.now, notAfter: notAfter)
    let fault =
      error as? DeliveryFailure
      ?? DeliveryFailure(error, at: runtime.model.source == nil ? "Firehose" : "Kinesis")
    catalog.environment.report(
      "firehose: \(runtime.model.name): \(fault.message) Trying again at \(retry.iso8601).")
    await DeliveryLog(runtime.model, runtime.scope, catalog.environment, capabilities())
      .write(code: fault.code, message: fault.message)
  }
}
