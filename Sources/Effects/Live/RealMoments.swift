import Synchronization

/// Work at moments of the monotonic clock, behind one task that sleeps until the first of them.
///
/// Each call of a function sets bounds of time that it seldom reaches: here they come and go as
/// entries, where a task and a timer of the system for each would wake threads to no purpose.
final class RealMoments: Sendable {
  typealias Work = @Sendable () async -> Void

  private struct State {
    var entries: [UInt64: (due: Int64, work: Work)] = [:]
    var count: UInt64 = 0
    /// The moment until which the sleeper sleeps, nanoseconds; `max` where there is none.
    var wakes = Int64.max
    var sleeper: Task<Void, Never>?
  }

  private let state = Mutex(State())

  /// - Parameter due: nanoseconds of `LiveRealTimer`.
  func add(at due: Int64, _ work: @escaping Work) -> TimerHandle {
    let id = state.withLock { state in
      state.count += 1
      state.entries[state.count] = (due, work)
      // A sleeper that wakes too early finds nothing due and sleeps on.
      if due < state.wakes { sleep(until: due, &state) }
      return state.count
    }
    return TimerHandle { [weak self] in
      // The work may hold what it was to end: it is let go outside of the lock.
      _ = self?.state.withLock { $0.entries.removeValue(forKey: id) }
    }
  }

  private func sleep(until due: Int64, _ state: inout State) {
    state.sleeper?.cancel()
    state.wakes = due
    state.sleeper = Task.detached { [weak self] in
      let left = max(0, due - LiveRealTimer.nanoseconds)
      do { try await Task.sleep(for: .nanoseconds(left)) } catch { return }  // another one sleeps
      self?.wake(due)
    }
  }

  private func wake(_ due: Int64) {
    let now = LiveRealTimer.nanoseconds
    let works = state.withLock { state -> [Work] in
      // Another one sleeps for an earlier moment, and will see to this one too.
      guard state.wakes == due else { return [] }
      (state.wakes, state.sleeper) = (.max, nil)
      let ripe = state.entries.filter { $0.value.due <= now }
      for id in ripe.keys { state.entries[id] = nil }
      if let next = state.entries.values.map(\.due).min() { sleep(until: next, &state) }
      return ripe.values.sorted { $0.due < $1.due }.map(\.work)
    }
    for work in works { Task.detached { await work() } }
  }
}
