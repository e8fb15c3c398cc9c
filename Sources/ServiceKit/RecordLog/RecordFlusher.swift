import Dispatch
import Synchronization

/// Writes what record logs have gathered: one round writes every log that has something, syncs
/// them, and tells the appenders. What is appended during a round makes up the next one, so the
/// cost of a sync is shared by all who wait.
public final class RecordFlusher: Sendable {
  private struct State {
    var waiting: [RecordLog] = []
    var isRunning = false
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "leat.record-flusher")

  public init() {}

  /// The log has something to write. Called once per log and round.
  func enqueue(_ log: RecordLog) {
    let starts = state.withLock { state in
      state.waiting.append(log)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { queue.async { self.run() } }
  }

  /// Runs `work` between two rounds, so that it meets no write under way.
  public func perform(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

  /// Returns when everything that was appended before the call is written.
  public func drain() async {
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  private func run() {
    while true {
      let logs = state.withLock { state in
        defer { state.waiting = [] }
        if state.waiting.isEmpty { state.isRunning = false }
        return state.waiting
      }
      if logs.isEmpty { return }
      let rounds = logs.compactMap { log in log.writePending().map { (log, $0) } }
      for (log, round) in rounds { log.finish(round) }
    }
  }
}
