import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Works off asynchronous invocations: accepted ones are on disk, and run at least once.
final class EventQueue: Sendable {
  /// The pause of an event after this machine has failed: its disk was full, say.
  private static let pauseSeconds = 30

  private struct State {
    var underWay: [Int64: FunctionKey] = [:]
    /// Left on disk until then, after a failure of this machine.
    var paused: [Int64: Timestamp] = [:]
    var isPumping = false
    var pumpsAgain = false
    var isStopped = false
    var timer: TimerHandle?
    var idleWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let environment: ServiceEnvironment
  private let limits: LambdaLimits
  private let caller: FunctionCaller
  private let store = EventStore()

  init(
    environment: ServiceEnvironment, limits: LambdaLimits, caller: FunctionCaller
  ) {
    self.environment = environment
    self.limits = limits
    self.caller = caller
  }

  /// Returns when the event is on disk.
  func add(
    _ reference: FunctionReference, requestID: String, payload: [UInt8], traceID: String? = nil
  ) async throws {
    let now = environment.effects.clock.now
    try await environment.database.write { [store] transaction in
      try store.add(
        reference, requestID: requestID, payload: payload, traceID: traceID, due: now, transaction)
    }
    pump()
  }

  /// Starts what is due and may run; returns at once.
  func pump() {
    let starts = state.withLock { state in
      if state.isStopped { return false }
      state.pumpsAgain = true
      defer { state.isPumping = true }
      return !state.isPumping
    }
    if starts { Task { pumpLoop() } }
  }

  /// Begins no further events; those under way that end from now on are not counted as failed.
  func stopTaking() {
    let timer = state.withLock { state in
      state.isStopped = true
      return state.timer
    }
    timer?.cancel()
  }

  /// Returns when nothing is under way or being fetched.
  func whenIdle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.underWay.isEmpty && !state.isPumping { return true }
        state.idleWaiters.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }

  private func pumpLoop() {
    while true {
      let goesOn = state.withLock { state in
        guard state.pumpsAgain, !state.isStopped else {
          state.isPumping = false
          return false
        }
        state.pumpsAgain = false
        return true
      }
      guard goesOn else { return tellIdle() }
      do { try startDue() } catch {
        environment.report("Asynchronous invocations can't be read: \(error)")
      }
    }
  }

  private func startDue() throws {
    let now = environment.effects.clock.now
    let (ids, busy, underWay, resumption) = state.withLock { state in
      state.paused = state.paused.filter { $0.value > now }
      let counts = Dictionary(grouping: state.underWay.values, by: { $0 }).mapValues(\.count)
      return (
        Set(state.paused.keys).union(state.underWay.keys),
        Set(counts.filter { $0.value >= limits.eventsPerFunction }.map(\.key)),
        state.underWay.count, state.paused.values.min()
      )
    }
    let (due, next) = try environment.database.read { transaction in
      (
        try store.due(
          now, limit: limits.eventsMax - underWay, without: ids, and: busy, transaction),
        try store.nextDue(after: now, transaction)
      )
    }
    var counts: [FunctionKey: Int] = [:]
    for event in due {
      counts[event.key, default: 0] += 1
      if counts[event.key, default: 0] > limits.eventsPerFunction { continue }
      state.withLock { $0.underWay[event.id] = event.key }
      Task { await self.run(event) }
    }
    let timer = [next, resumption].compactMap { $0 }.min().map { moment in
      environment.effects.clock.schedule(at: moment) { [weak self] in
        self?.pump()
        // A virtual clock's advance ends when what fell due has ended.
        await self?.whenIdle()
      }
    }
    let old = state.withLock { state in
      defer { state.timer = timer }
      return state.timer
    }
    old?.cancel()
  }

  private func run(_ event: QueuedEvent) async {
    do { try await EventAttempt(event: event, caller: caller).perform { self.isStopped } } catch {
      // The event stays on disk, and is tried again when the disk may have room.
      let until = environment.effects.clock.now.adding(seconds: Self.pauseSeconds)
      state.withLock { $0.paused[event.id] = until }
      environment.report("An event for \(event.key.arn) could not be handled: \(error)")
    }
    state.withLock { _ = $0.underWay.removeValue(forKey: event.id) }
    pump()
    tellIdle()
  }

  private var isStopped: Bool { state.withLock { $0.isStopped } }

  private func tellIdle() {
    let waiters = state.withLock { state in
      guard state.underWay.isEmpty, !state.isPumping else {
        return [CheckedContinuation<Void, Never>]()
      }
      defer { state.idleWaiters = [] }
      return state.idleWaiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
