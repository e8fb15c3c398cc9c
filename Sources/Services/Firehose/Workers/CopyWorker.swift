import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// Loads what has gone to the bucket of a Redshift destination: objects in their order, a COPY that
/// failed again every five minutes until its time is over, and then a manifest of what was skipped.
///
/// https://docs.aws.amazon.com/firehose/latest/dev/retry.html
final class CopyWorker: Sendable {
  private static let retrySeconds = 300

  private let catalog: DeliveryCatalog
  private let capabilities: @Sendable () -> Capabilities

  private struct State {
    var isRunning = false
    /// Streams whose COPY is under way, by their storage.
    var busy: Set<String> = []
    var timers: [String: TimerHandle] = [:]
  }
  private let state = Mutex(State())

  init(catalog: DeliveryCatalog, capabilities: @escaping @Sendable () -> Capabilities) {
    self.catalog = catalog
    self.capabilities = capabilities
  }

  private var environment: ServiceEnvironment { catalog.environment }
  private var clock: any Clock { environment.effects.clock }

  /// Goes on with what an earlier process has left.
  func start(_ runtimes: [DeliveryRuntime]) {
    state.withLock { $0.isRunning = true }
    for runtime in runtimes { schedule(runtime, at: clock.now) }
  }

  func stop() {
    state.withLock { state in
      state.isRunning = false
      for timer in state.timers.values { timer.cancel() }
      state.timers = [:]
    }
  }

  private func schedule(_ runtime: DeliveryRuntime, at moment: Timestamp) {
    guard case .redshift = runtime.model.remote else { return }
    state.withLock { state in
      guard state.isRunning else { return }
      state.timers[runtime.storageID]?.cancel()
      state.timers[runtime.storageID] = clock.schedule(at: moment) { [weak self, weak runtime] in
        guard let self, let runtime else { return }
        await self.load(runtime)
      }
    }
  }

  /// Loads what waits, as far as it may be tried now.
  func load(_ runtime: DeliveryRuntime, isForced: Bool = false) async {
    guard case .redshift = runtime.model.remote,
      state.withLock({ $0.isRunning && $0.busy.insert(runtime.storageID).inserted })
    else { return }
    defer { state.withLock { _ = $0.busy.remove(runtime.storageID) } }
    do {
      while !runtime.isDiscarded, let batch = try await next(runtime) {
        guard isForced || batch.notBefore <= clock.now else {
          return schedule(runtime, at: batch.notBefore)
        }
        guard try await turn(batch, runtime) else { return }
      }
    } catch {
      environment.report("firehose: \(runtime.model.name): \(error)")
      schedule(runtime, at: clock.now.adding(seconds: Self.retrySeconds))
    }
  }

  private func next(_ runtime: DeliveryRuntime) async throws -> LoadQueue.Batch? {
    let known = try environment.database.read { try LoadQueues.get(runtime, $0) }
    if known.batch != nil { return known.batch }
    if known.waiting.isEmpty { return nil }
    let now = clock.now
    return try await change(runtime) { $0.next(at: now) }
  }

  @discardableResult
  private func change<T: Sendable>(
    _ runtime: DeliveryRuntime, _ body: @escaping @Sendable (inout LoadQueue) -> T
  ) async throws -> T {
    try await environment.database.write { transaction in
      var queue = try LoadQueues.get(runtime, transaction)
      let result = body(&queue)
      try LoadQueues.put(queue, runtime, transaction)
      return result
    }
  }

  /// One attempt. Returns whether the batch is through.
  private func turn(_ batch: LoadQueue.Batch, _ runtime: DeliveryRuntime) async throws -> Bool {
    let fault: SendFault
    do {
      try await copy(batch, runtime)
      environment.effects.crashPoint("firehose.copied")
      try await change(runtime) { $0.batch = nil }
      return true
    } catch let error as SQLFailure {
      fault = SendFault(error)
    } catch let error as SendFault {
      fault = error
    } catch {
      fault = SendFault(code: "Redshift.InternalError", message: "\(error)")
    }
    if runtime.isDiscarded { return true }
    let now = clock.now
    let model = runtime.model
    let end = batch.begun.adding(
      seconds: model.remote?.configuration.retrySeconds ?? Self.retrySeconds)
    let log = DeliveryLog(model, runtime.scope, environment, capabilities())
    await log.write(code: fault.code, message: fault.message)
    guard now < end else {
      environment.report(
        "firehose: \(model.name): \(fault.message) The objects stand in a manifest.")
      try await skip(batch, runtime)
      return true
    }
    let retry = min(now.adding(seconds: Self.retrySeconds), end)
    environment.report(
      "firehose: \(model.name): \(fault.message) Trying again at \(retry.iso8601).")
    try await change(runtime) { queue in
      queue.batch?.attempts += 1
      queue.batch?.notBefore = retry
    }
    schedule(runtime, at: retry)
    return false
  }

  private func copy(_ batch: LoadQueue.Batch, _ runtime: DeliveryRuntime) async throws {
    let model = runtime.model
    guard let remote = model.remote else { return }
    let secret = DestinationSecret(
      scope: runtime.scope, clock: clock, capabilities: capabilities(),
      database: environment.database)
    guard case .redshift(let configuration) = try secret.opened(catalog.opened(remote)),
      let server = configuration.server
    else { return }
    let options: CopyOptions
    do throws(ConfigurationFault.Reason) {
      options = try CopyOptions(configuration.CopyCommand?.CopyOptions ?? "")
    } catch {
      throw SendFault(code: "Redshift.ArgumentNotSupported", message: error.message)
    }
    let session = try await environment.effects.databases.connect(server)
    let load = RedshiftLoad(
      configuration: configuration, options: options, session: session, read: reader(runtime))
    let url = configuration.place
    do {
      if let open = batch.open, open.url == url, let isDone = try await committed(open, load),
        isDone
      {
        await session.close()
        return
      }
      let outcome = try await load.run(batch.objects) { [self] number in
        try await change(runtime) { $0.batch?.open = .init(id: number, url: url) }
        environment.effects.crashPoint("firehose.loaded")
      }
      await session.close()
      await report(outcome.skipped, runtime)
    } catch {
      await session.close()
      throw error
    }
  }

  private func committed(_ open: LoadQueue.OpenTransaction, _ load: RedshiftLoad) async throws
    -> Bool?
  {
    guard let answer = try await load.wasCommitted(open.id) else {
      throw SendFault(
        code: "Redshift.ConnectionFailed", message: "The last COPY is still under way.")
    }
    return answer
  }

  private func reader(_ runtime: DeliveryRuntime) -> @Sendable (LoadQueue.Object) throws -> [UInt8]
  {
    let (scope, database) = (runtime.scope, environment.database)
    let capabilities = capabilities()
    return { object in
      do {
        return try database.read {
          try capabilities.require(.storedObjects).object(
            ObjectReference(bucket: object.bucket, key: object.key), bytesMax: 1 << 30,
            scope: scope, in: $0)
        }
      } catch {
        throw SendFault(
          code: "Redshift.MissingS3File",
          message: "The object s3://\(object.bucket)/\(object.key) can't be read. "
            + "\((error as? ServiceError)?.message ?? "\(error)")")
      }
    }
  }

  /// Tells of rows that were left out, so that they are not lost in silence.
  private func report(_ skipped: [String], _ runtime: DeliveryRuntime) async {
    guard !skipped.isEmpty else { return }
    let message = "Rows were left out: \(skipped.joined(separator: "; "))"
    environment.report("firehose: \(runtime.model.name): \(message)")
    await DeliveryLog(runtime.model, runtime.scope, environment, capabilities())
      .write(code: "Redshift.DataLoadFailed", message: message)
  }

  /// Gives a batch up: its objects stay where they are, and a manifest names them.
  private func skip(_ batch: LoadQueue.Batch, _ runtime: DeliveryRuntime) async throws {
    let writer = ObjectWriter(
      model: runtime.model, scope: runtime.scope, effects: environment.effects,
      capabilities: capabilities())
    let sink = try capabilities().require(.objects)
    let objects = try writer.stage([
      writer.manifest(batch.objects, in: runtime.model.destination, at: batch.begun)
    ])
    do {
      try await environment.database.write { transaction in
        for object in objects {
          try sink.commit(object.staged, object.description, in: transaction)
        }
        var queue = try LoadQueues.get(runtime, transaction)
        queue.batch = nil
        try LoadQueues.put(queue, runtime, transaction)
      }
    } catch {
      for object in objects { sink.abandon(object.staged) }
      throw error
    }
  }
}
