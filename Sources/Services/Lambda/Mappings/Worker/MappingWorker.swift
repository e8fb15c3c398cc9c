import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Works all enabled mappings: lanes have their turns when their shards have records or their
/// moment has come, and nothing looks again and again.
final class MappingWorker: Sendable {
  /// The turns of one lane.
  fileprivate enum Phase: Sendable {
    case queued, running
    /// Something has happened since its turn began.
    case runningAgain
  }

  struct State: Sendable {
    fileprivate var phases: [ObjectIdentifier: Phase] = [:]
    fileprivate var queue: [MappingLane] = []
    fileprivate var holds: [ObjectIdentifier: TimerHandle] = [:]
    fileprivate var underWay = 0
    fileprivate var laneWaiters: [ObjectIdentifier: [CheckedContinuation<Void, Never>]] = [:]
    var isRunning = false
    var runs: [MappingKey: MappingRun] = [:]
    /// Runs that begin no further batch.
    var ending: Set<MappingKey> = []
    var attention: [MappingKey] = []
    var isAttending = false
    /// Mappings that are looked at again: their streams are not there.
    var timers: [MappingKey: TimerHandle] = [:]
    fileprivate var idleWaiters: [CheckedContinuation<Void, Never>] = []
  }

  let environment: ServiceEnvironment
  let functions: FunctionStore
  private let invoke: LaneWork.Invoke
  /// Turns at a time.
  private let turnsMax: Int
  let state = Mutex(State())
  private let storeCell = Mutex<MappingStore?>(nil)
  private let mapped: MappedFunctions

  init(
    environment: ServiceEnvironment, functions: FunctionStore, mapped: MappedFunctions,
    turnsMax: Int,
    invoke: @escaping LaneWork.Invoke
  ) {
    self.environment = environment
    self.functions = functions
    self.mapped = mapped
    self.turnsMax = turnsMax
    self.invoke = invoke
  }

  /// The store tells this worker of changes.
  var store: MappingStore {
    storeCell.withLock { cell in
      if let cell { return cell }
      let made = MappingStore { [weak self] key in self?.attend(key) }
      cell = made
      return made
    }
  }

  func start() throws {
    let known = try environment.database.read { try store.all($0) }
    state.withLock { $0.isRunning = true }
    for entry in known { attend(MappingKey(scope: entry.scope, uuid: entry.model.uuid)) }
  }

  /// Begins nothing any more. What functions answer from now on is not counted.
  func stopTaking() {
    let (runs, timers) = state.withLock { state in
      state.isRunning = false
      defer { state.timers = [:] }
      return (Array(state.runs.values), Array(state.timers.values))
    }
    for timer in timers { timer.cancel() }
    for lane in runs.flatMap({ $0.lanes.values.joined() }) { lane.cancelWaits() }
  }

  /// Returns when no lane has its turn or waits for one.
  func whenIdle() async {
    await withCheckedContinuation { waiter in
      let isIdle = state.withLock { state in
        if state.isIdle { return true }
        state.idleWaiters.append(waiter)
        return false
      }
      if isIdle { waiter.resume() }
    }
  }

  /// The state as the API shows it.
  func state(of model: MappingModel, in scope: Scope) -> String {
    let run = state.withLock { $0.runs[MappingKey(scope: scope, uuid: model.uuid)] }
    guard model.settings.isEnabled else { return run == nil ? "Disabled" : "Disabling" }
    guard let run, run.model.created == model.created, run.model.generation != model.generation
    else { return "Enabled" }
    return "Updating"
  }

  // MARK: Turns

  /// Gives a lane a turn soon.
  func kick(_ lane: MappingLane) {
    let hold = hold { [weak self, weak lane] in
      if let self, let lane { await self.whenIdle(lane) }
    }
    state.withLock { state in
      guard state.mayRun(lane) else {
        hold?.cancel()
        return
      }
      switch state.phases[ObjectIdentifier(lane)] {
      case nil:
        state.phases[ObjectIdentifier(lane)] = .queued
        state.queue.append(lane)
        state.holds[ObjectIdentifier(lane)] = hold
        return
      case .running: state.phases[ObjectIdentifier(lane)] = .runningAgain
      case .queued, .runningAgain: break
      }
      hold?.cancel()
    }
    startTurns()
  }

  /// Keeps a virtual clock from passing over what is under way: its next advance begins with that.
  func hold(_ wait: @escaping @Sendable () async -> Void) -> TimerHandle? {
    guard let clock = environment.effects.clock as? VirtualClock else { return nil }
    return clock.schedule(at: clock.now, wait)
  }

  private func startTurns() {
    let lanes = state.withLock { state in
      let count = max(0, min(turnsMax - state.underWay, state.queue.count))
      let lanes = Array(state.queue.prefix(count))
      state.queue.removeFirst(count)
      state.underWay += count
      for lane in lanes { state.phases[ObjectIdentifier(lane)] = .running }
      return lanes
    }
    for lane in lanes { Task { await self.turn(lane) } }
  }

  private func turn(_ lane: MappingLane) async {
    lane.cancelWaits()
    var turn = LaneTurn(lane: lane, work: work(for: lane), state: lane.takeState())
    let end = await turn.perform()
    lane.put(turn.state)
    settle(lane, end)
    let key = lane.run.key
    let (isEnding, waiters) = state.withLock { state in
      state.underWay -= 1
      if state.phases[ObjectIdentifier(lane)] == .runningAgain, state.mayRun(lane) {
        state.phases[ObjectIdentifier(lane)] = .queued
        state.queue.append(lane)
        return (false, [CheckedContinuation<Void, Never>]())
      }
      state.phases[ObjectIdentifier(lane)] = nil
      state.holds.removeValue(forKey: ObjectIdentifier(lane))?.cancel()
      return (
        state.ending.contains(key),
        state.laneWaiters.removeValue(forKey: ObjectIdentifier(lane)) ?? []
      )
    }
    if isEnding { attend(key) }
    startTurns()
    for waiter in waiters { waiter.resume() }
    tellIdle()
  }

  private func settle(_ lane: MappingLane, _ end: LaneTurn.Step?) {
    switch end {
    case .wait(let moment, let position):
      guard moment != nil || position != nil else { return }
      do throws(ServiceError) {
        try lane.wait(
          until: moment, at: position, environment.effects.clock,
          timer: { [weak self, weak lane] in
            guard let self, let lane else { return }
            self.kick(lane)
            // A virtual clock's advance ends when what fell due has ended.
            await self.whenIdle(lane)
          },
          wake: { [weak self, weak lane] in
            guard let self, let lane else { return }
            self.kick(lane)
          })
      } catch { lost(lane.run.key) }
    case .finished: attend(lane.run.key)
    case .gone: lost(lane.run.key)
    case .again, nil: break
    }
  }

  private func whenIdle(_ lane: MappingLane) async {
    await withCheckedContinuation { waiter in
      let isIdle = state.withLock { state in
        if state.phases[ObjectIdentifier(lane)] == nil { return true }
        state.laneWaiters[ObjectIdentifier(lane), default: []].append(waiter)
        return false
      }
      if isIdle { waiter.resume() }
    }
  }

  private func work(for lane: MappingLane) -> LaneWork {
    LaneWork(
      environment: environment, store: store, invoke: invoke, role: role(of: lane.run),
      goesOn: { [weak self] in self?.state.withLock { $0.mayRun(lane) } ?? false },
      isStopped: { [weak self] in self?.state.withLock { !$0.isRunning } ?? true })
  }

  func tellIdle() {
    let waiters = state.withLock { state in
      guard state.isIdle else { return [CheckedContinuation<Void, Never>]() }
      defer { state.idleWaiters = [] }
      return state.idleWaiters
    }
    for waiter in waiters { waiter.resume() }
  }

  // MARK: Roles

  private func role(of run: MappingRun) -> String {
    do {
      let reference = try FunctionReference(run.model.functionARN, scope: run.key.scope)
      guard reference.qualifier == nil else {
        // An alias may lead elsewhere by now.
        return try environment.database.read { try functions.resolve(reference, $0).settings.role }
      }
      let key = reference.key
      return try mapped.role(of: key) {
        try environment.database.read { try functions.find(key.name, in: key.scope, $0) }
      }
    } catch {
      environment.report("The role of \(run.model.functionARN) can't be read: \(error)")
      return ""
    }
  }
}

/// Roles of functions, as events name them; read once, and again when the function has changed.
final class MappedFunctions: Sendable {
  private let roles = Mutex<[FunctionKey: String]>([:])

  func changed(_ key: FunctionKey) { roles.withLock { $0[key] = nil } }

  /// Empty where there is no function.
  func role(of key: FunctionKey, _ find: () throws -> FunctionModel?) rethrows -> String {
    if let known = roles.withLock({ $0[key] }) { return known }
    guard let role = try find()?.settings.role else { return "" }
    roles.withLock { $0[key] = role }
    return role
  }
}

extension MappingWorker.State {
  /// True where a lane's run is the mapping's, and goes on.
  func mayRun(_ lane: MappingLane) -> Bool {
    isRunning && runs[lane.run.key] === lane.run && !ending.contains(lane.run.key)
  }

  /// True while a lane of the run has its turn.
  func isBusy(_ run: MappingRun) -> Bool {
    run.lanes.values.joined().contains { phases[ObjectIdentifier($0)] != nil }
  }

  var isIdle: Bool { underWay == 0 && queue.isEmpty && !isAttending && attention.isEmpty }

  /// Takes the waiting turns of a run out of the queue.
  mutating func dropTurns(of run: MappingRun) {
    for lane in queue where lane.run === run {
      phases[ObjectIdentifier(lane)] = nil
      holds.removeValue(forKey: ObjectIdentifier(lane))?.cancel()
    }
    queue.removeAll { $0.run === run }
  }
}
