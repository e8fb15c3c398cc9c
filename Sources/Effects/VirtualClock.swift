import HeapModule
import Synchronization

/// A clock that stands still until someone advances it. `advance` runs the work that falls due, one
/// piece after the other in order of time, and returns when the last has finished: work that
/// schedules further work within the span is run too.
public final class VirtualClock: Clock {
  /// A place in the queue: by time, and in the order of scheduling at the same time.
  private struct Timer: Comparable {
    var due: Timestamp
    var id: UInt64

    static func < (a: Timer, b: Timer) -> Bool { (a.due, a.id) < (b.due, b.id) }
  }

  private struct State {
    var now: Timestamp
    var nextID: UInt64 = 0
    var timers = Heap<Timer>()
    /// Work to be run. A timer without an entry was cancelled, and waits in the heap to be dropped.
    var works: [UInt64: @Sendable () async -> Void] = [:]

    /// The heap may hold as many cancelled timers as live ones, and a few more.
    mutating func dropCancelled() {
      guard timers.count > 2 * works.count + 64 else { return }
      timers = Heap(timers.unordered.filter { works[$0.id] != nil })
    }
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
      state.timers.insert(Timer(due: due, id: state.nextID))
      state.works[state.nextID] = work
      return state.nextID
    }
    return TimerHandle { [weak self] in
      self?.state.withLock { state in
        if state.works.removeValue(forKey: id) != nil { state.dropCancelled() }
      }
    }
  }

  /// Moves the time forward by `milliseconds` (0 or more) and returns how many pieces of work ran.
  @discardableResult
  public func advance(milliseconds: Int64) async -> Int {
    precondition(milliseconds >= 0, "time does not run backwards")
    let end = state.withLock { $0.now.adding(milliseconds: milliseconds) }
    var ran = 0
    while let work = takeNext(until: end) {
      await work()
      ran += 1
    }
    state.withLock { $0.now = max($0.now, end) }
    return ran
  }

  private func takeNext(until end: Timestamp) -> (@Sendable () async -> Void)? {
    state.withLock { state in
      while let timer = state.timers.min, timer.due <= end {
        state.timers.removeMin()
        guard let work = state.works.removeValue(forKey: timer.id) else { continue }
        state.now = max(state.now, timer.due)
        return work
      }
      return nil
    }
  }
}
