import Synchronization

/// A clock that stands still until someone advances it. `advance` runs the work that falls due, one
/// piece after the other in order of time, and returns when the last has finished: work that
/// schedules further work within the span is run too.
public final class VirtualClock: Clock {
  private struct Timer {
    var due: Timestamp
    var id: UInt64
    var work: @Sendable () async -> Void
  }

  private struct State {
    var now: Timestamp
    var nextID: UInt64 = 0
    var timers: [Timer] = []
  }

  private let state: Mutex<State>

  public init(startingAt now: Timestamp) { state = Mutex(State(now: now)) }

  public var now: Timestamp { state.withLock { $0.now } }

  @discardableResult
  public func schedule(at due: Timestamp, _ work: @escaping @Sendable () async -> Void)
    -> TimerHandle
  {
    let id = state.withLock { state in
      state.nextID += 1
      state.timers.append(Timer(due: due, id: state.nextID, work: work))
      return state.nextID
    }
    return TimerHandle { [weak self] in
      self?.state.withLock { $0.timers.removeAll { $0.id == id } }
    }
  }

  /// Moves the time forward by `milliseconds` (0 or more) and returns how many pieces of work ran.
  @discardableResult
  public func advance(milliseconds: Int64) async -> Int {
    precondition(milliseconds >= 0, "time does not run backwards")
    let end = state.withLock { $0.now.adding(milliseconds: milliseconds) }
    var ran = 0
    while let timer = takeNext(before: end) {
      await timer.work()
      ran += 1
    }
    state.withLock { $0.now = max($0.now, end) }
    return ran
  }

  private func takeNext(before end: Timestamp) -> Timer? {
    state.withLock { state in
      let due = state.timers.indices.filter { state.timers[$0].due <= end }
      guard
        let index = due.min(by: {
          (state.timers[$0].due, state.timers[$0].id) < (state.timers[$1].due, state.timers[$1].id)
        })
      else { return nil }
      let timer = state.timers.remove(at: index)
      state.now = max(state.now, timer.due)
      return timer
    }
  }
}
