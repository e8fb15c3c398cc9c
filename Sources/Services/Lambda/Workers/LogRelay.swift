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

  private struct State {
    var waiting: [(destination: LogDestination, messages: [LogMessage])] = []
    var places: [LogDestination: Int] = [:]
    var byteCount = 0
    var isDraining = false
    var roomWaiters: [CheckedContinuation<Void, Never>] = []
    var emptyWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let sink: @Sendable () throws(ServiceError) -> any LogSink
  private let report: @Sendable (String) -> Void

  init(
    sink: @escaping @Sendable () throws(ServiceError) -> any LogSink,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.sink = sink
    self.report = report
  }

  func append(_ message: LogMessage, to destination: LogDestination) {
    let starts = state.withLock { state in
      state.byteCount += message.message.utf8.count
      if let place = state.places[destination] {
        state.waiting[place].messages.append(message)
      } else {
        state.places[destination] = state.waiting.count
        state.waiting.append((destination, [message]))
      }
      defer { state.isDraining = true }
      return !state.isDraining
    }
    if starts { Task { await drain() } }
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
      let isEmpty = state.withLock { state in
        if !state.isDraining { return true }
        state.emptyWaiters.append(continuation)
        return false
      }
      if isEmpty { continuation.resume() }
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
      let batch = state.waiting
      state.waiting = []
      state.places = [:]
      state.byteCount = 0
      var waiters = state.roomWaiters
      state.roomWaiters = []
      if batch.isEmpty {
        state.isDraining = false
        waiters += state.emptyWaiters
        state.emptyWaiters = []
      }
      return (batch, waiters)
    }
    for waiter in waiters { waiter.resume() }
    return batch.isEmpty ? nil : batch
  }
}
