import AWSModel
import Effects
import ServiceKit
import Synchronization

/// A delivery stream in memory: its model, its buffer on disk and how full that is.
final class DeliveryRuntime: Sendable {
  private struct State {
    var model: DeliveryStreamModel
    var checkpoint: DeliveryCheckpoint
    var bytes = 0
    var records = 0
    /// Arrival of the oldest record that waits.
    var oldest: Timestamp?
    var timer: TimerHandle?
    var timerDue: Timestamp?
    var isFlushing = false
    var isGone = false
    var isWatched = false
    var failures = 0
    /// No attempt before this moment: the last one failed.
    var retryAt: Timestamp?
    /// A batch on its way to a server.
    var attempt: RemoteAttempt?
  }

  let scope: Scope
  let storageID: String
  let log: RecordLog
  private let state: Mutex<State>

  init(
    _ model: DeliveryStreamModel, scope: Scope, environment: ServiceEnvironment,
    checkpoint: DeliveryCheckpoint?
  ) {
    self.scope = scope
    storageID = model.storageID
    log = RecordLog(
      directory: DeliveryCatalog.folder(model.storageID, in: environment), environment: environment)
    state = Mutex(
      State(
        model: model, checkpoint: checkpoint ?? DeliveryCheckpoint(storageID: model.storageID)))
  }

  var model: DeliveryStreamModel { state.withLock { $0.model } }
  var isEncrypted: Bool { state.withLock { $0.model.encryption != nil } }
  var arn: String { model.arn(in: scope) }
  var checkpoint: DeliveryCheckpoint { state.withLock { $0.checkpoint } }
  /// Records that are acknowledged and not delivered.
  var waiting: (records: Int, bytes: Int) { state.withLock { ($0.records, $0.bytes) } }

  func replace(_ model: DeliveryStreamModel) { state.withLock { $0.model = model } }

  /// Finds what an earlier run has left in the buffer.
  func recover() throws(ServiceError) {
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

  /// Records have been acknowledged (or seen, in a source stream).
  func add(records: Int, bytes: Int, arrival: Timestamp) {
    state.withLock { state in
      state.records += records
      state.bytes += bytes
      if state.oldest.map({ arrival < $0 }) ?? true { state.oldest = arrival }
    }
  }

  /// Records have been delivered.
  func remove(records: Int, bytes: Int, checkpoint: DeliveryCheckpoint, nextArrival: Timestamp?) {
    state.withLock { state in
      state.records = max(0, state.records - records)
      state.bytes = max(0, state.bytes - bytes)
      state.oldest = state.records == 0 ? nil : nextArrival ?? state.oldest
      state.checkpoint = checkpoint
      state.failures = 0
      state.retryAt = nil
    }
  }

  /// The moment at which the buffer is to be delivered; nil while there is nothing in it.
  func due(_ now: Timestamp) -> Timestamp? {
    state.withLock { state in
      guard !state.isGone, let oldest = state.oldest else { return nil }
      let model = state.model
      let due =
        state.bytes >= model.sizeBytes ? now : oldest.adding(seconds: model.intervalSeconds)
      return max(due, state.retryAt ?? due)
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
      (state.timer, state.timerDue) = (nil, nil)
      if state.isFlushing || state.isGone { return false }
      state.isFlushing = true
      return true
    }
  }

  /// True for the first caller: a source stream is polled by one chain of timers only.
  func beginWatch() -> Bool {
    state.withLock { state in
      defer { state.isWatched = true }
      return !state.isWatched
    }
  }

  func endFlush() { state.withLock { $0.isFlushing = false } }

  var attempt: RemoteAttempt? { state.withLock { $0.attempt } }

  /// Remembers how far a batch has come, and when to go on; nil where it is through.
  func keep(_ attempt: RemoteAttempt?, until moment: Timestamp? = nil) {
    state.withLock { state in
      state.attempt = attempt
      if let moment { state.retryAt = moment }
    }
  }

  /// Notes a failed attempt; returns when to try again.
  ///
  /// - Parameter notAfter: a moment that the next attempt does not wait beyond.
  func fail(_ now: Timestamp, notAfter: Timestamp? = nil) -> Timestamp {
    state.withLock { state in
      let seconds = min(300, 5 << min(state.failures, 6))
      state.failures += 1
      var retry = now.adding(seconds: seconds)
      if let notAfter, notAfter > now { retry = min(retry, notAfter) }
      state.retryAt = retry
      return retry
    }
  }

  var isDiscarded: Bool { state.withLock { $0.isGone } }

  /// The stream is deleted: its buffer is of no use any more.
  func discard() {
    state.withLock { state in
      state.isGone = true
      state.timer?.cancel()
      state.timer = nil
      state.attempt = nil
    }
    log.delete()
  }
}
