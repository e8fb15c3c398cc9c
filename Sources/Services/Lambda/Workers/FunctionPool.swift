import AWSModel
import Effects
import Synchronization

/// Keeps processes warm and bounded in number. A call takes an idle process of the function's
/// present revision, or leave to start one, or waits for its turn.
final class FunctionPool: Sendable {
  /// A process, or the right to start one, for a call. Given back with `release` or `releaseStart`.
  enum Turn: Sendable {
    case worker(FunctionWorker)
    case start
  }

  private struct Waiter {
    var revisionID: String
    var continuation: CheckedContinuation<Turn, any Error>
  }

  private struct Group {
    var idle: [(worker: FunctionWorker, since: Timestamp)] = []
    var busyWorkers: [ObjectIdentifier: FunctionWorker] = [:]
    /// Turns given out: processes at work and processes being started.
    var busy = 0
    var waiters: [Waiter] = []
    var isEmpty: Bool { idle.isEmpty && busy == 0 && waiters.isEmpty }
  }

  private struct State {
    var groups: [FunctionKey: Group] = [:]
    /// Idle and busy ones of all groups.
    var total = 0
    var isStopped = false
    var sweep: TimerHandle?
  }

  private let state = Mutex(State())
  private let limits: LambdaLimits
  private let clock: any Clock
  private let timer: any RealTimer

  init(limits: LambdaLimits, clock: any Clock, timer: any RealTimer) {
    self.limits = limits
    self.clock = clock
    self.timer = timer
  }

  /// Throws `TooManyRequestsException` when too many calls wait already.
  func acquire(_ key: FunctionKey, revisionID: String) async throws -> Turn {
    try await withCheckedThrowingContinuation { continuation in
      let effect = state.withLock { state -> Effect in
        if state.isStopped { return Effect(refusals: [(continuation, Self.stopped)]) }
        var group = state.groups[key] ?? Group()
        guard group.waiters.count < limits.waitingMax else {
          return Effect(refusals: [(continuation, Self.tooMany)])
        }
        group.waiters.append(Waiter(revisionID: revisionID, continuation: continuation))
        state.groups[key] = group
        return serve(&state, first: key)
      }
      effect.run(timer)
    }
  }

  /// A started process takes the place of its `start` turn: it is known from now on.
  func register(_ worker: FunctionWorker) {
    let isStopped = state.withLock { state in
      state.groups[worker.key, default: Group()].busyWorkers[ObjectIdentifier(worker)] = worker
      return state.isStopped
    }
    if isStopped { worker.shutDown(timer: timer) }
  }

  /// Gives a process back; one that is dead or out of date is let go.
  func release(_ worker: FunctionWorker) {
    let effect = state.withLock { state -> Effect in
      guard var group = state.groups[worker.key] else { return Effect() }
      group.busy -= 1
      group.busyWorkers[ObjectIdentifier(worker)] = nil
      var retired: [FunctionWorker] = []
      if worker.isReusable && !state.isStopped {
        group.idle.append((worker, clock.now))
        if state.sweep == nil { scheduleSweep(&state, at: clock.now) }
      } else {
        state.total -= 1
        retired.append(worker)
      }
      state.groups[worker.key] = group
      var effect = serve(&state, first: worker.key)
      effect.retired += retired
      return effect
    }
    effect.run(timer)
  }

  /// Gives back a `start` turn from which no process came.
  func releaseStart(_ key: FunctionKey) {
    let effect = state.withLock { state -> Effect in
      state.groups[key]?.busy -= 1
      state.total -= 1
      return serve(&state, first: key)
    }
    effect.run(timer)
  }

  /// True once no further call is taken.
  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// True while a call is under way or a process is being started for one.
  var isBusy: Bool { state.withLock { state in state.groups.values.contains { $0.busy > 0 } } }

  /// Lets go of a function's processes after it changed or went: idle ones now, busy ones when
  /// their call is over.
  func retire(_ key: FunctionKey) {
    let effect = state.withLock { state -> Effect in
      guard var group = state.groups[key] else { return Effect() }
      let idle = group.idle.map(\.worker)
      group.idle = []
      for worker in group.busyWorkers.values { worker.retireAfterCall() }
      state.total -= idle.count
      state.groups[key] = group
      var effect = serve(&state, first: key)
      effect.retired += idle
      return effect
    }
    effect.run(timer)
  }

  /// Kills every process and refuses every waiting call; returns when the processes are gone.
  func stop() async {
    let (workers, waiters, sweep) = state.withLock { state in
      state.isStopped = true
      let groups = state.groups.values
      let workers = groups.flatMap { $0.idle.map(\.worker) + Array($0.busyWorkers.values) }
      let waiters = groups.flatMap(\.waiters)
      for key in state.groups.keys {
        state.groups[key]?.idle = []
        state.groups[key]?.waiters = []
      }
      defer { state.sweep = nil }
      return (workers, waiters, state.sweep)
    }
    sweep?.cancel()
    for waiter in waiters { waiter.continuation.resume(throwing: Self.stopped) }
    for worker in workers { worker.shutDown(timer: timer) }
    for worker in workers { await worker.waitForEnd() }
  }

  // MARK: Turns

  private static let tooMany = ServiceError(
    "TooManyRequestsException", "Rate Exceeded.", status: 429,
    fields: ["Type": "User", "Reason": "ConcurrentInvocationLimitExceeded"])
  private static let stopped = ServiceError(
    "ServiceException", "Leat is shutting down.", status: 503)

  /// Work to be done once the lock is free.
  private struct Effect {
    var turns: [(CheckedContinuation<Turn, any Error>, Turn)] = []
    var refusals: [(CheckedContinuation<Turn, any Error>, ServiceError)] = []
    var retired: [FunctionWorker] = []

    func run(_ timer: any RealTimer) {
      for (continuation, turn) in turns { continuation.resume(returning: turn) }
      for (continuation, error) in refusals { continuation.resume(throwing: error) }
      for worker in retired { worker.shutDown(timer: timer) }
    }
  }

  private func serve(_ state: inout State, first key: FunctionKey) -> Effect {
    var effect = Effect()
    serveGroup(&state, key, &effect)
    // Another function may have waited for the place in the total.
    for other in state.groups.keys where state.groups[other]?.waiters.isEmpty == false {
      serveGroup(&state, other, &effect)
    }
    if state.groups[key]?.isEmpty == true { state.groups[key] = nil }
    return effect
  }

  private func serveGroup(_ state: inout State, _ key: FunctionKey, _ effect: inout Effect) {
    let now = clock.now
    while var group = state.groups[key], let waiter = group.waiters.first {
      let match = group.idle.lastIndex {
        $0.worker.revisionID == waiter.revisionID && $0.worker.isAlive
          && $0.worker.goodUntil.map { $0 > now } ?? true
      }
      if let match {
        let worker = group.idle.remove(at: match).worker
        group.busyWorkers[ObjectIdentifier(worker)] = worker
        effect.turns.append((waiter.continuation, .worker(worker)))
      } else {
        guard group.busy < limits.concurrencyPerFunction else { return }
        // Out-of-date and dead ones make room first, then anyone's oldest.
        effect.retired += group.idle.map(\.worker)
        state.total -= group.idle.count
        group.idle = []
        state.groups[key] = group
        if state.total >= limits.processesMax {
          guard let evicted = takeOldestIdle(&state) else { return }
          effect.retired.append(evicted)
        }
        state.total += 1
        effect.turns.append((waiter.continuation, .start))
      }
      group.waiters.removeFirst()
      group.busy += 1
      state.groups[key] = group
    }
  }

  private func takeOldestIdle(_ state: inout State) -> FunctionWorker? {
    let oldest = state.groups.compactMap { key, group in
      group.idle.indices.min { group.idle[$0].since < group.idle[$1].since }
        .map { (key: key, index: $0, since: group.idle[$0].since) }
    }.min { $0.since < $1.since }
    guard let oldest else { return nil }
    state.total -= 1
    return state.groups[oldest.key]?.idle.remove(at: oldest.index).worker
  }

  // MARK: Idle processes

  private func scheduleSweep(_ state: inout State, at oldest: Timestamp) {
    state.sweep = clock.schedule(at: oldest.adding(seconds: limits.idleSeconds)) { [weak self] in
      self?.sweepIdle()
    }
  }

  private func sweepIdle() {
    let retired = state.withLock { state -> [FunctionWorker] in
      guard !state.isStopped else { return [] }
      let limit = clock.now.adding(seconds: -limits.idleSeconds)
      var retired: [FunctionWorker] = []
      for (key, group) in state.groups {
        retired += group.idle.filter { $0.since <= limit }.map(\.worker)
        state.groups[key]?.idle.removeAll { $0.since <= limit }
        if state.groups[key]?.isEmpty == true { state.groups[key] = nil }
      }
      state.total -= retired.count
      let oldest = state.groups.values.flatMap { $0.idle.map(\.since) }.min()
      state.sweep = nil
      if let oldest { scheduleSweep(&state, at: oldest) }
      return retired
    }
    for worker in retired { worker.shutDown(timer: timer) }
  }
}
