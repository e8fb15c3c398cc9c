import AWSModel
import Effects
import Synchronization

extension Capability<EventTargets> {
  public static var events: Self { Self("events", offeredBy: "the emulator itself") }
}

/// Sends events to whatever their ARN names. Accepted events are on disk, delivered at least once,
/// tried again by the clock, and handed to a dead-letter target when all attempts fail.
///
/// Events of one sender for one target arrive in the order of acceptance, as long as the target
/// takes batches whole: an event waits for those before it, also while they are retried.
public final class EventTargets: Sendable {
  private struct State {
    var isRunning = false
    var underWay: Set<EventOutbox.Lane> = []
    /// Left alone until then, after a failure of this machine.
    var paused: [EventOutbox.Lane: Timestamp] = [:]
    var isPumping = false
    var pumpsAgain = false
    var timer: TimerHandle?
    var idleWaiters: [CheckedContinuation<Void, Never>] = []
  }

  /// The pause of a lane after this machine has failed: its disk was full, say.
  private static let pauseSeconds = 30

  private let environment: ServiceEnvironment
  private let targets: @Sendable () -> [String: any EventTarget]
  private let outbox = EventOutbox()
  private let state = Mutex(State())

  /// - Parameter targets: by the service in their ARNs; asked on use.
  public init(
    environment: ServiceEnvironment, targets: @escaping @Sendable () -> [String: any EventTarget]
  ) {
    self.environment = environment
    self.targets = targets
  }

  public static var formats: [StoredFormat] { [EventOutbox.format] }

  // MARK: Sending

  /// Throws where no service takes events for this ARN: for the moment at which it is configured.
  public func check(_ arn: String) throws(ServiceError) { _ = try find(arn) }

  private func find(_ text: String) throws(ServiceError) -> (target: any EventTarget, arn: ARN) {
    guard let arn = ARN(parsing: text) else {
      throw .validation("\(text) is not the ARN of something that events can be sent to.")
    }
    let known = targets()
    guard let target = known[arn.service] else {
      throw .unsupported(
        "sending events to \(text): only to \(known.keys.sorted().joined(separator: ", "))")
    }
    try target.check(arn)
    return (target, arn)
  }

  /// Accepts events; returns when they are on disk.
  ///
  /// - Parameter sender: the ARN of what sends, a rule say. Keeps its own order, apart from others.
  public func send(
    _ events: [TargetEvent], to arn: String, from sender: String,
    policy: DeliveryPolicy = DeliveryPolicy()
  ) async throws {
    try await environment.database.write { [self] transaction in
      try send(events, to: arn, from: sender, policy: policy, in: transaction)
    }
  }

  /// Accepts events together with the caller's own change, both or neither.
  public func send(
    _ events: [TargetEvent], to arn: String, from sender: String,
    policy: DeliveryPolicy = DeliveryPolicy(), in transaction: Transaction
  ) throws {
    let (target, _) = try find(arn)
    if let deadLetter = policy.deadLetter { try check(deadLetter) }
    let now = environment.effects.clock.now
    for event in events {
      guard event.body.count <= target.limits.eventBytesMax else {
        throw ServiceError.validation(
          "The event \(event.id) has \(event.body.count) bytes, and \(arn) takes "
            + "\(target.limits.eventBytesMax).")
      }
      try outbox.add(
        event, to: .init(sender: sender, target: arn), policy: policy, at: now, transaction)
    }
    transaction.afterCommit { [self] in pump() }
  }

  /// Forgets what a sender has not delivered, when it is deleted.
  public func discard(from sender: String, in transaction: Transaction) throws {
    try outbox.removeAll(of: sender, transaction)
  }

  // MARK: Running

  /// Begins to deliver what waits, from this run and earlier ones.
  public func start() {
    state.withLock { $0.isRunning = true }
    pump()
  }

  /// Begins no further batches and waits for those under way; the rest stays on disk.
  public func stop() async {
    let timer = state.withLock { state in
      state.isRunning = false
      return state.timer
    }
    timer?.cancel()
    await whenIdle()
  }

  /// Returns when nothing is under way. What waits for a later moment does not count.
  public func whenIdle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.underWay.isEmpty && !state.isPumping { return true }
        state.idleWaiters.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }

  private func pump() {
    let starts = state.withLock { state in
      guard state.isRunning else { return false }
      state.pumpsAgain = true
      defer { state.isPumping = true }
      return !state.isPumping
    }
    if starts { Task { pumpLoop() } }
  }

  private func pumpLoop() {
    while true {
      let goesOn = state.withLock { state in
        state.isPumping = state.pumpsAgain && state.isRunning
        state.pumpsAgain = false
        return state.isPumping
      }
      guard goesOn else { return tellIdle() }
      do { try startDue() } catch {
        report(error, "Events that wait can't be read")
        arm(environment.effects.clock.now.adding(seconds: Self.pauseSeconds))
      }
    }
  }

  private func startDue() throws {
    let now = environment.effects.clock.now
    let lanes = try environment.database.read { try outbox.lanes($0) }
    let (due, next) = state.withLock { state in
      state.paused = state.paused.filter { $0.value > now }
      let waiting = lanes.filter { !state.underWay.contains($0.lane) }
        .map { (lane: $0.lane, due: max($0.due, state.paused[$0.lane] ?? $0.due)) }
      let due = waiting.filter { $0.due <= now }.map(\.lane)
      state.underWay.formUnion(due)
      return (due, waiting.map(\.due).filter { $0 > now }.min())
    }
    for lane in due { Task { await self.run(lane) } }
    arm(next)
  }

  /// Looks again at that moment; nil: when the next event is accepted.
  private func arm(_ next: Timestamp?) {
    let timer = next.map { moment in
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

  /// Delivers one batch of a lane.
  private func run(_ lane: EventOutbox.Lane) async {
    do { try await deliver(lane) } catch {
      // The events stay on disk; some may have arrived and will again.
      let until = environment.effects.clock.now.adding(seconds: Self.pauseSeconds)
      state.withLock { $0.paused[lane] = until }
      report(error, "Events for \(lane.target) could not be handled")
    }
    state.withLock { _ = $0.underWay.remove(lane) }
    pump()
    tellIdle()
  }

  private func deliver(_ lane: EventOutbox.Lane) async throws {
    let found: (target: any EventTarget, arn: ARN)
    do throws(ServiceError) { found = try find(lane.target) } catch {
      // Configured by a version that could, or by one with more services.
      let all = try environment.database.read {
        try outbox.batch(lane, .init(eventsMax: 100, bytesMax: .max, eventBytesMax: .max), $0)
      }
      return try await recordOutcomes(lane, all, Array(repeating: error, count: all.count))
    }
    let batch = try environment.database.read { try outbox.batch(lane, found.target.limits, $0) }
    guard !batch.isEmpty else { return }
    var outcomes: [ServiceError?]
    do {
      outcomes = try await found.target.deliver(batch.map(\.event), to: found.arn)
      precondition(outcomes.count == batch.count, "a target answers for every event")
    } catch {
      let failure = ServiceError(onMachine: error)
      outcomes = Array(repeating: failure, count: batch.count)
    }
    environment.effects.crashPoint("events.delivered")
    try await recordOutcomes(lane, batch, outcomes)
  }

  /// Writes down the outcome of a batch: done, again later, or dead, in one transaction.
  private func recordOutcomes(
    _ lane: EventOutbox.Lane, _ batch: [WaitingEvent], _ outcomes: [ServiceError?]
  ) async throws {
    let now = environment.effects.clock.now
    let (outbox, environment) = (outbox, environment)
    try await environment.database.write { transaction in
      for (waiting, failure) in zip(batch, outcomes) {
        guard let failure else {
          try outbox.remove(waiting.sequence, transaction)
          continue
        }
        let attempts = waiting.attempts + 1
        let due = now.adding(seconds: waiting.policy.delaySeconds(after: attempts))
        let last = waiting.accepted.adding(seconds: waiting.policy.ageSecondsMax)
        if failure.isPassing, attempts < waiting.policy.attemptsMax, due <= last {
          try outbox.postpone(waiting.sequence, attempts: attempts, due: due, transaction)
        } else {
          try outbox.remove(waiting.sequence, transaction)
          try Self.bury(waiting, failure, lane, attempts, outbox, environment, transaction)
        }
      }
    }
  }

  private static func bury(
    _ waiting: WaitingEvent, _ failure: ServiceError, _ lane: EventOutbox.Lane, _ attempts: Int,
    _ outbox: EventOutbox, _ environment: ServiceEnvironment, _ transaction: Transaction
  ) throws {
    let times = "\(attempts) attempt\(attempts == 1 ? "" : "s")"
    guard let deadLetter = waiting.policy.deadLetter else {
      let line =
        "An event for \(lane.target) is dropped after \(times): \(failure.code): \(failure.message)"
      transaction.afterCommit { environment.report(line) }
      return
    }
    var event = waiting.event
    event.attributes["ERROR_CODE"] = failure.code
    event.attributes["ERROR_MESSAGE"] = failure.message
    event.attributes["TARGET_ARN"] = lane.target
    // A dead letter has no dead letter of its own.
    var policy = waiting.policy
    policy.deadLetter = nil
    try outbox.add(
      event, to: .init(sender: lane.sender, target: deadLetter), policy: policy,
      at: environment.effects.clock.now, transaction)
  }

  private func report(_ error: any Error, _ consequence: String) {
    if let failure = StorageFailure(error) {
      environment.storage.note(failure)
    } else {
      environment.report("\(consequence): \(error)")
    }
  }

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
