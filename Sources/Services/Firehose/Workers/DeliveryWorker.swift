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
    arm(runtime)
    guard runtime.model.type == .kinesisStream else { return }
    if runtime.beginWatch() { watch(runtime, complaint: nil) }
  }

  /// Sees to it that the buffers are delivered in time. Called after every acknowledged put, so it
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

  /// Polls a source stream once a second for new records; stops with the delivery stream.
  ///
  /// - Parameter complaint: the fault of the last poll, told once.
  private func watch(_ runtime: DeliveryRuntime, complaint: String?) {
    guard isRunning.withLock({ $0 }) else { return }
    clock.schedule(at: clock.now.adding(seconds: 1)) { [weak self, weak runtime] in
      guard let self, let runtime, !runtime.isDiscarded else { return }
      var fault: String?
      do throws(ServiceError) { try self.feed(runtime).notice(runtime) } catch {
        fault = error.message
        if complaint != fault {
          self.catalog.environment.report("firehose: \(runtime.model.name): \(error.message)")
        }
      }
      if let due = runtime.due(self.clock.now), due <= self.clock.now { await self.flush(runtime) }
      self.arm(runtime)
      self.watch(runtime, complaint: fault)
    }
  }

  func feed(_ runtime: DeliveryRuntime) -> any BufferFeed {
    guard let source = runtime.model.source else { return DirectFeed() }
    return StreamFeed(capabilities: capabilities(), arn: source.KinesisStreamARN)
  }

  /// Goes on as long as something is due.
  func flush(_ runtime: DeliveryRuntime) async {
    guard isRunning.withLock({ $0 }), runtime.beginFlush() else { return }
    while isRunning.withLock({ $0 }), let step = runtime.step(clock.now) {
      await perform(step, runtime)
    }
    runtime.endFlush()
    arm(runtime)
  }

  /// The end of one step.
  enum StepOutcome: Sendable {
    case done
    /// Nothing is wrong; a server is asked again.
    case waits
    case failed(DeliveryFailure)
  }

  @discardableResult
  private func perform(_ step: DeliveryStep, _ runtime: DeliveryRuntime) async -> StepOutcome {
    let outcome: StepOutcome
    switch (step, runtime.model.server) {
    case (.process, _): outcome = await process(runtime)
    case (.deliverInput, nil): outcome = await deliverInput(runtime)
    case (.deliver(let lane), nil): outcome = await deliver(lane, runtime)
    case (.deliver(.bucket), _): outcome = await deliver(.bucket, runtime)
    case (.deliverInput, let remote?), (.deliver, let remote?):
      outcome = await deliver(runtime, to: remote, isProcessed: step != .deliverInput)
    }
    if case .done = outcome {
      runtime.succeed(step.lane)
      if runtime.model.remote?.isStaged == true, step.lane == .destination {
        await copies.load(runtime)
      }
    }
    return outcome
  }

  /// Delivers everything that waits, whether it is due or not.
  ///
  /// - Throws: `DeliveryFailure` with the first fault; what could not be delivered waits on.
  func drain(_ runtime: DeliveryRuntime) async throws {
    do throws(ServiceError) { try feed(runtime).notice(runtime) } catch {
      throw DeliveryFailure(error, at: "Kinesis")
    }
    while !runtime.beginFlush() {
      if runtime.isDiscarded { return }
      await runtime.flushEnded()
    }
    defer {
      runtime.endFlush()
      arm(runtime)
    }
    var waits = 0
    while let step = runtime.step(clock.now, isForced: true) {
      switch await perform(step, runtime) {
      case .done: continue
      case .failed(let failure): throw failure
      case .waits:
        // Whoever waits looks at their own clock: a virtual one stands still meanwhile.
        waits += 1
        guard waits <= Self.waitsMax else {
          throw DeliveryFailure(
            code: "\(runtime.model.place).Timeout",
            message: "The destination has not confirmed the records in \(Self.waitsMax) seconds.")
        }
        await withCheckedContinuation { waiter in
          _ = catalog.environment.effects.realTimer.after(milliseconds: 1000) { waiter.resume() }
        }
      }
    }
    try await drainCopies(runtime)
  }

  /// The objects of a cluster's delivery stream have arrived where their COPY is through.
  private func drainCopies(_ runtime: DeliveryRuntime) async throws {
    guard runtime.model.remote?.isStaged == true else { return }
    await copies.load(runtime, isForced: true)
    let queue = try catalog.environment.database.read { try LoadQueues.get(runtime, $0) }
    let left = queue.waiting.count + (queue.batch?.objects.count ?? 0)
    guard left == 0 else {
      throw DeliveryFailure(
        code: "Redshift.CopyPending",
        message: "\(left) object\(left == 1 ? "" : "s") in the bucket \(left == 1 ? "is" : "are") "
          + "not loaded yet.")
    }
  }

  /// The longest that a drain waits for a confirmation, in seconds.
  private static let waitsMax = 60

  /// One delivery of input that has not been processed before: its objects, and others for what
  /// could not be delivered.
  private func deliverInput(_ runtime: DeliveryRuntime) async -> StepOutcome {
    let feed = feed(runtime)
    do {
      let input = InputRead(runtime, feed, BatchLimit(bytes: runtime.model.sizeBytes))
      let prepared = try await delivery(runtime).prepare(input)
      let batch = input.batch
      if batch.count > 0 {
        try await commit(prepared.objects, runtime, batch.checkpoint)
        catalog.environment.effects.crashPoint("firehose.delivered")
        await report(undeliverable: prepared.failed, runtime)
      }
      try finish(batch, runtime, feed)
      return .done
    } catch {
      return await report(error, runtime, .destination)
    }
  }

  func delivery(_ runtime: DeliveryRuntime) -> Delivery {
    Delivery(
      model: runtime.model, scope: runtime.scope, effects: catalog.environment.effects,
      capabilities: capabilities(), database: catalog.environment.database)
  }

  /// Forgets input that is kept elsewhere now.
  func finish(_ batch: BufferedBatch, _ runtime: DeliveryRuntime, _ feed: any BufferFeed) throws {
    let next: Timestamp?
    do throws(ServiceError) {
      next = try feed.nextArrival(runtime, after: batch.checkpoint)
    } catch {
      // The input has moved on all the same.
      runtime.remove(batch, nextArrival: nil)
      throw error
    }
    runtime.remove(batch, nextArrival: next)
    try feed.release(runtime, before: batch.checkpoint)
  }

  /// Makes the staged objects and counts their records as delivered, both or neither.
  ///
  /// - Parameters:
  ///   - position: of the input.
  ///   - taken: processed records that are delivered by it.
  func commit(
    _ objects: [PreparedObject], _ runtime: DeliveryRuntime, _ position: DeliveryCheckpoint,
    delivering taken: [ProcessedBuffers.Taken] = [], _ changes: [TableChange] = []
  ) async throws {
    let sink = try capabilities().require(.objects)
    let tables = changes.isEmpty ? nil : try capabilities().require(.icebergTables)
    var checkpoint = position
    checkpoint.processed = runtime.processed.progress(delivering: taken)
    do {
      try await catalog.environment.database.write { [catalog, checkpoint] transaction in
        for object in objects {
          try sink.commit(object.staged, object.description, in: transaction)
        }
        for change in changes {
          try tables?.move(
            change.reference, from: change.old, to: change.new, scope: change.scope,
            in: transaction)
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
  func report(
    _ error: any Error, _ runtime: DeliveryRuntime, _ lane: DeliveryLane,
    notAfter: Timestamp? = nil
  ) async -> StepOutcome {
    let fault =
      error as? DeliveryFailure
      ?? DeliveryFailure(error, at: runtime.model.source == nil ? "Firehose" : "Kinesis")
    if runtime.isDiscarded { return .failed(fault) }
    let retry = runtime.fail(lane, fault.message, clock.now, notAfter: notAfter)
    catalog.environment.report(
      "firehose: \(runtime.model.name): \(fault.message) Trying again at \(retry.iso8601).")
    await DeliveryLog(runtime.model, runtime.scope, catalog.environment, capabilities())
      .write(code: fault.code, message: fault.message)
    return .failed(fault)
  }
}
