import AWSModel
import Effects
import ServiceKit
import Synchronization

/// A delivery stream in memory: its model, its buffers on disk and how full they are.
final class DeliveryRuntime: Sendable {
  /// Knowledge of a shard of the source stream.
  struct NoticedShard: Sendable, Hashable {
    /// The next position to look at.
    var position: UInt64
    /// Records before it that are not taken yet.
    var records: Int
  }

  /// Failed attempts of one lane.
  private struct Retry {
    var failures = 0
    /// No attempt before this moment.
    var at: Timestamp?
    /// The last fault.
    var message: String?
  }

  private struct State {
    var model: DeliveryStreamModel
    var timing: BufferTiming
    var checkpoint: DeliveryCheckpoint
    /// Input that is not taken yet.
    var bytes = 0
    var records = 0
    /// Arrival of the oldest record there.
    var oldest: Timestamp?
    var noticed: [String: NoticedShard] = [:]
    /// The moments at which the buffers behind the processors are due.
    var processedDue: [DeliveryLane: Timestamp] = [:]
    var retries: [DeliveryLane: Retry] = [:]
    var timer: TimerHandle?
    var timerDue: Timestamp?
    var isFlushing = false
    /// Those that wait for the end of a flush.
    var waiters: [CheckedContinuation<Void, Never>] = []
    var isGone = false
    var isWatched = false
    /// A batch on its way to a server.
    var attempt: RemoteAttempt?

    /// The steps that could be taken, each with the moment at which it is due.
    func steps(_ now: Timestamp) -> [(step: DeliveryStep, due: Timestamp)] {
      if isGone { return [] }
      var steps: [(DeliveryStep, Timestamp)] = []
      if let oldest {
        let hints = isSplit ? timing.processing : timing.destination
        let due = bytes >= hints.bytes ? now : oldest.adding(seconds: hints.seconds)
        steps.append((isSplit ? .process : .deliverInput, due))
      }
      for (lane, due) in processedDue { steps.append((.deliver(lane), due)) }
      return steps
    }

    /// True where input is processed before it waits for delivery.
    var isSplit: Bool { timing.splits || !processedDue.isEmpty }

    func notBefore(_ step: DeliveryStep, _ due: Timestamp) -> Timestamp {
      max(due, retries[step.lane]?.at ?? due)
    }
  }

  let scope: Scope
  let storageID: String
  let log: RecordLog
  let processed: ProcessedBuffers
  private let state: Mutex<State>
  private let notices = Mutex(())

  init(
    _ model: DeliveryStreamModel, scope: Scope, environment: ServiceEnvironment,
    checkpoint: DeliveryCheckpoint?
  ) {
    self.scope = scope
    storageID = model.storageID
    log = RecordLog(
      directory: DeliveryCatalog.folder(model.storageID, in: environment), environment: environment)
    processed = ProcessedBuffers(
      directory: DeliveryCatalog.processedFolder(model.storageID, in: environment),
      environment: environment)
    state = Mutex(
      State(
        model: model, timing: BufferTiming(model),
        checkpoint: checkpoint ?? DeliveryCheckpoint(storageID: model.storageID)))
  }

  var model: DeliveryStreamModel { state.withLock { $0.model } }
  var timing: BufferTiming { state.withLock { $0.timing } }
  var isEncrypted: Bool { state.withLock { $0.model.encryption != nil } }
  var arn: String { model.arn(in: scope) }
  /// The position in the input.
  var checkpoint: DeliveryCheckpoint { state.withLock { $0.checkpoint } }
  /// Records that are acknowledged and not processed or, where they are not processed before,
  /// delivered.
  var input: (records: Int, bytes: Int) { state.withLock { ($0.records, $0.bytes) } }

  func replace(_ model: DeliveryStreamModel) {
    state.withLock { ($0.model, $0.timing) = (model, BufferTiming(model)) }
    refreshProcessed()
  }

  /// Finds what an earlier run has left in the buffers.
  func recover() throws(ServiceError) {
    if var position = try processed.recover(checkpoint.processed) {
      position.processed = checkpoint.processed
      let position = position
      state.withLock { $0.checkpoint = position }
    }
    refreshProcessed()
    guard model.type == .directPut else { return }
    var bytes = 0
    var records = 0
    var oldest: Timestamp?
    try log.read(from: checkpoint.consumed) { _, arrival, payload in
      bytes += payload.count
      records += 1
      if oldest == nil { oldest = arrival }
      return true
    }
    state.withLock { ($0.bytes, $0.records, $0.oldest) = (bytes, records, oldest) }
  }

  // MARK: Input

  /// Records have been acknowledged.
  func add(records: Int, bytes: Int, arrival: Timestamp) {
    state.withLock { state in
      state.records += records
      state.bytes += bytes
      if state.oldest.map({ arrival < $0 }) ?? true { state.oldest = arrival }
    }
  }

  /// Knowledge of the source stream's shards, by their ids.
  var noticed: [String: NoticedShard] { state.withLock { $0.noticed } }

  /// One look at a source stream at a time.
  func noticing(_ body: ([String: NoticedShard]) throws(ServiceError) -> Void)
    throws(ServiceError)
  {
    try notices.withLock { (_) throws(ServiceError) in try body(noticed) }
  }

  /// Records have been seen in a source stream, up to a position.
  func note(_ shard: String, _ position: UInt64, records: Int, bytes: Int, arrival: Timestamp?) {
    state.withLock { state in
      let known = state.noticed[shard]?.records ?? 0
      state.noticed[shard] = NoticedShard(position: position, records: known + records)
    }
    if let arrival { add(records: records, bytes: bytes, arrival: arrival) }
  }

  /// Records have been taken, for good.
  func remove(_ batch: BufferedBatch, nextArrival: Timestamp?) {
    state.withLock { state in
      state.records = max(0, state.records - batch.count)
      state.bytes = max(0, state.bytes - batch.bytes)
      for (shard, count) in batch.shardCounts { state.noticed[shard]?.records -= count }
      if batch.count == 0, batch.checkpoint.position == state.checkpoint.position {
        // Nothing is there that was counted: the source has let it go.
        (state.records, state.bytes, state.noticed) = (0, 0, [:])
      }
      state.oldest = state.records == 0 ? nil : nextArrival ?? state.oldest
      state.checkpoint = batch.checkpoint
    }
  }

  /// The processed records are others than before.
  func refreshProcessed() {
    let timing = timing
    var due: [DeliveryLane: Timestamp] = [:]
    for lane in DeliveryLane.allCases { due[lane] = processed.due(lane, timing) }
    let found = due
    state.withLock { $0.processedDue = found }
  }

  // MARK: Time

  /// The moment at which there is something to do; nil while there is nothing in the buffers.
  func due(_ now: Timestamp) -> Timestamp? {
    state.withLock { state in
      state.steps(now).map { state.notBefore($0.step, $0.due) }.min()
    }
  }

  /// The next thing to do. Processing goes before delivery, so that one takes the other's results
  /// along.
  ///
  /// - Parameter isForced: true takes what is not due, and what failed before.
  func step(_ now: Timestamp, isForced: Bool = false) -> DeliveryStep? {
    state.withLock { state in
      state.steps(now).filter { isForced || state.notBefore($0.step, $0.due) <= now }
        .map(\.step).min { $0.order < $1.order }
    }
  }

  /// The moment at which each step is due, and why the last attempt failed.
  func outlook(_ now: Timestamp) -> [(step: DeliveryStep, due: Timestamp, failure: String?)] {
    state.withLock { state in
      state.steps(now).map {
        ($0.step, state.notBefore($0.step, $0.due), state.retries[$0.step.lane]?.message)
      }
    }
  }

  /// Replaces the timer where another moment is due. `make` starts the new one.
  func arm(_ due: Timestamp, _ make: (Timestamp) -> TimerHandle) {
    state.withLock { state in
      guard !state.isGone, !state.isFlushing, state.timerDue != due else { return }
      state.timer?.cancel()
      state.timer = make(due)
      state.timerDue = due
    }
  }

  func disarm() {
    state.withLock { state in
      state.timer?.cancel()
      (state.timer, state.timerDue) = (nil, nil)
    }
  }

  /// False when a delivery is under way or the stream is gone.
  func beginFlush() -> Bool {
    state.withLock { state in
      if state.isFlushing || state.isGone { return false }
      state.timer?.cancel()
      (state.timer, state.timerDue) = (nil, nil)
      state.isFlushing = true
      return true
    }
  }

  func endFlush() {
    let waiters = state.withLock { state in
      state.isFlushing = false
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when no delivery is under way.
  func flushEnded() async {
    await withCheckedContinuation { waiter in
      let isOver = state.withLock { state in
        if state.isFlushing { state.waiters.append(waiter) }
        return !state.isFlushing
      }
      if isOver { waiter.resume() }
    }
  }

  /// True for the first caller: a source stream is polled by one chain of timers only.
  func beginWatch() -> Bool {
    state.withLock { state in
      defer { state.isWatched = true }
      return !state.isWatched
    }
  }

  // MARK: Attempts

  var attempt: RemoteAttempt? { state.withLock { $0.attempt } }

  /// Remembers how far a batch has come, and when to go on; nil where it is through.
  func keep(_ attempt: RemoteAttempt?, until moment: Timestamp? = nil) {
    state.withLock { state in
      state.attempt = attempt
      if let moment { state.retries[.destination, default: Retry()].at = moment }
    }
  }

  /// Notes a failed attempt; returns when to try again.
  ///
  /// - Parameter notAfter: a moment that the next attempt does not wait beyond.
  func fail(
    _ lane: DeliveryLane, _ message: String, _ now: Timestamp, notAfter: Timestamp? = nil
  ) -> Timestamp {
    state.withLock { state in
      var retry = state.retries[lane] ?? Retry()
      let seconds = min(300, 5 << min(retry.failures, 6))
      retry.failures += 1
      var moment = now.adding(seconds: seconds)
      if let notAfter, notAfter > now { moment = min(moment, notAfter) }
      (retry.at, retry.message) = (moment, message)
      state.retries[lane] = retry
      return moment
    }
  }

  func succeed(_ lane: DeliveryLane) { state.withLock { $0.retries[lane] = nil } }

  var isDiscarded: Bool { state.withLock { $0.isGone } }

  /// The stream is deleted: its buffers are of no use any more.
  func discard() {
    state.withLock { state in
      state.isGone = true
      state.timer?.cancel()
      state.timer = nil
      state.attempt = nil
    }
    processed.delete()
    log.delete()
  }
}
