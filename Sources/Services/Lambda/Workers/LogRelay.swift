import AWSModel
import Effects
import ServiceKit
import Synchronization

/// The destination of one process's log lines.
struct LogDestination: Sendable, Hashable {
  var scope: Scope
  var group: String
  var stream: String
}

/// Carries log lines to the `LogSink` beside the invocations, which don't wait for it, in order for
/// each stream.
final class LogRelay: Sendable {
  /// The most bytes that wait in memory before writers of output are held up.
  private static let waitingBytesMax = 4 << 20
  /// The longest time that a line waits for more, milliseconds.
  private static let patience: Int64 = 100

  private struct State {
    var waiting: [(destination: LogDestination, messages: [LogMessage])] = []
    var places: [LogDestination: Int] = [:]
    var byteCount = 0
    var isDraining = false
    /// True where something waits that may not.
    var isUrgent = false
    /// Begins to drain what may wait for more.
    var timer: TimerHandle?
    var roomWaiters: [CheckedContinuation<Void, Never>] = []
    var emptyWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let sink: @Sendable () throws(ServiceError) -> any LogSink
  private let report: @Sendable (String) -> Void
  private let timer: any RealTimer

  init(
    sink: @escaping @Sendable () throws(ServiceError) -> any LogSink,
    report: @escaping @Sendable (String) -> Void, timer: any RealTimer
  ) {
    self.sink = sink
    self.report = report
    self.timer = timer
  }

  /// - Parameter mayWait: true where more follows soon, so that all of it is written at once.
  func append(_ message: LogMessage, to destination: LogDestination, mayWait: Bool = false) {
    let starts = state.withLock { state in
      state.byteCount += message.message.utf8.count
      if let place = state.places[destination] {
        state.waiting[place].messages.append(message)
      } else {
        state.places[destination] = state.waiting.count
        state.waiting.append((destination, [message]))
      }
      let hasRoom = state.byteCount < Self.waitingBytesMax
      return mayWait && hasRoom ? startLater(&state) : start(&state)
    }
    if starts { Task { await drain() } }
  }

  /// True for the one who is to drain.
  private func start(_ state: inout State) -> Bool {
    state.timer?.cancel()
    state.timer = nil
    state.isUrgent = true
    defer { state.isDraining = true }
    return !state.isDraining
  }

  @discardableResult
  private func startLater(_ state: inout State) -> Bool {
    guard !state.isDraining, state.timer == nil else { return false }
    state.timer = timer.after(milliseconds: Self.patience) { [self] in
      if self.state.withLock({ $0.waiting.isEmpty ? false : start(&$0) }) { await drain() }
    }
    return false
  }

  /// Returns once there is room for more.
  func room() async {
    await withCheckedContinuation { continuation in
      let hasRoom = state.withLock { state in
        if state.byteCount < Self.waitingBytesMax { return true }
        state.roomWaiters.append(continuation)
        return false
      }
      if hasRoom { continuation.resume() }
    }
  }

  /// Returns once everything appended so far has reached the sink.
  func flush() async {
    await withCheckedContinuation { continuation in
      let (isEmpty, starts) = state.withLock { state in
        if !state.isDraining, state.waiting.isEmpty { return (true, false) }
        state.emptyWaiters.append(continuation)
        return (false, start(&state))
      }
      if isEmpty { continuation.resume() }
      if starts { Task { await drain() } }
    }
  }

  private func drain() async {
    while let batch = takeBatch() {
      for (destination, messages) in batch {
        do {
          try await sink().append(
            messages, group: destination.group, stream: destination.stream,
            scope: destination.scope)
        } catch {
          report("Lost \(messages.count) log lines of \(destination.group): \(error)")
        }
      }
    }
  }

  private func takeBatch() -> [(destination: LogDestination, messages: [LogMessage])]? {
    let (batch, waiters) = state.withLock { state in
      var waiters: [CheckedContinuation<Void, Never>] = []
      guard state.isUrgent || !state.emptyWaiters.isEmpty, !state.waiting.isEmpty else {
        (state.isDraining, state.isUrgent) = (false, false)
        if state.waiting.isEmpty { swap(&waiters, &state.emptyWaiters) } else { startLater(&state) }
        return ([(destination: LogDestination, messages: [LogMessage])](), waiters)
      }
      let batch = state.waiting
      state.waiting = []
      state.places = [:]
      (state.byteCount, state.isUrgent) = (0, false)
      swap(&waiters, &state.roomWaiters)
      return (batch, waiters)
    }
    for waiter in waiters { waiter.resume() }
    return batch.isEmpty ? nil : batch
  }
}
