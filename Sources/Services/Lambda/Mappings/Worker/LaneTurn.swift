import AWSModel
import Effects
import ServiceKit

/// The surroundings of a lane's turn.
struct LaneWork: Sendable {
  typealias Invoke =
    @Sendable (_ function: String, _ payload: [UInt8], _ requestID: String, Scope) async throws ->
    FunctionResult

  let environment: ServiceEnvironment
  let store: MappingStore
  let invoke: Invoke
  /// The ARN of the function's role.
  let role: String
  /// False when no further batch may be begun.
  let goesOn: @Sendable () -> Bool
  /// True when the process is about to end: what a function says now may be due to that.
  let isStopped: @Sendable () -> Bool

  var clock: any Clock { environment.effects.clock }
}

/// One turn of a lane: hands over what there is until it must wait.
struct LaneTurn: Sendable {
  /// The way on after one step.
  enum Step: Sendable {
    case again
    case wait(until: Timestamp?, at: UInt64?)
    /// The shard is handed over to its end.
    case finished
    /// The stream is gone.
    case gone
  }

  /// The largest event of a function, in bytes.
  static let eventBytesMax = 6 << 20
  /// The pause after this machine has failed: its disk was full, say.
  static let pauseSeconds = 30

  let lane: MappingLane
  let work: LaneWork
  var state: MappingLane.State

  var run: MappingRun { lane.run }
  var settings: MappingSettings { lane.run.settings }
  var now: Timestamp { work.clock.now }

  /// - Returns: nil where it was interrupted.
  mutating func perform() async -> Step? {
    while work.goesOn() {
      switch await step() {
      case .again: continue
      case let end: return end
      }
    }
    return nil
  }

  private mutating func step() async -> Step {
    if let moment = state.notBefore {
      if now < moment { return .wait(until: moment, at: nil) }
      state.notBefore = nil
    }
    do {
      if !state.pieces.isEmpty { return try await attempt() }
      if state.saved == LanePosition.finished { return .finished }
      do throws(ServiceError) { try gather() } catch {
        if error.code == "ResourceNotFoundException" { return .gone }
        throw error
      }
      if let window = endedWindow { return try await end(window) }
      return try await handOver()
    } catch {
      return pause(after: error)
    }
  }

  /// The batch where it is complete, else a wait for more.
  private mutating func handOver() async throws -> Step {
    if let batch = state.gathered, !batch.isEmpty {
      let due = (state.gatheredSince ?? now).adding(seconds: settings.windowSeconds)
      guard state.isFull || state.isAtEnd || now >= due else {
        return .wait(until: due, at: state.next)
      }
      state.pieces = [.init(batch: batch, records: 0..<batch.count, end: state.next)]
      (state.gathered, state.gatheredSince, state.isFull) = (nil, nil, false)
      return .again
    }
    if state.isAtEnd {
      try await commit(to: LanePosition.finished)
      return .finished
    }
    return .wait(
      until: state.window?.end(seconds: settings.tumblingSeconds), at: state.next)
  }

  // MARK: Gathering

  private mutating func gather() throws(ServiceError) {
    if state.isFull { return }
    var batch =
      state.gathered
      ?? EventBatch(
        form: RecordForm(run.origin(of: lane.shard.id, role: work.role)),
        countMax: settings.batchSize)
    state.gathered = nil
    var isFull = false
    let (settings, filters) = (settings, run.filters)
    let origin = run.origin(of: lane.shard.id, role: work.role)
    let tumbling = settings.tumblingSeconds
    let lane = lane
    // A window's state goes along.
    let bytesMax = Self.eventBytesMax - (state.window.map { $0.state.utf8.count + 1024 } ?? 0)
    let reach = try run.source.visit(from: state.next, lane.shard) { record in
      if isFull { return false }
      guard lane.takes(record),
        filters.isEmpty || filters.contains(where: { $0.matches(record, origin) })
      else { return true }
      if tumbling > 0, let first = batch.records.first,
        TumblingWindow.start(of: first.arrival, seconds: tumbling)
          != TumblingWindow.start(of: record.arrival, seconds: tumbling)
      {
        isFull = true
        return false
      }
      batch.append(record)
      if batch.byteCount > bytesMax {
        isFull = true
        // One that is too large by itself stays, and is given up alone.
        guard batch.count > 1 else { return true }
        batch.removeLast()
        return false
      }
      isFull = batch.count >= settings.batchSize
      return true
    }
    (state.next, state.isAtEnd) = (reach.next, reach.isFinished)
    state.isFull = isFull
    if !batch.isEmpty {
      state.gathered = batch
      state.gatheredSince = state.gatheredSince ?? now
    }
  }

  // MARK: Writing down

  /// Counts everything before `position` as handed over, together with what belongs to it.
  ///
  /// - Returns: false where the mapping is gone, and nothing was written.
  @discardableResult
  mutating func commit(
    to position: UInt64, result: String? = nil,
    _ more: @escaping @Sendable (Transaction) throws -> Void = { _ in }
  ) async throws -> Bool {
    let row = lane.row(at: position, state.window)
    let (store, key, created) = (work.store, run.key, run.model.created)
    let news = result.flatMap { run.news($0) }
    let isWritten = try await work.environment.database.write { transaction in
      guard try store.positions.advance(row, of: key, created: created, transaction) else {
        return false
      }
      if let news, var model = try store.find(key.uuid, in: key.scope, transaction) {
        model.lastResult = news
        try store.putQuietly(model, in: key.scope, transaction)
      }
      try more(transaction)
      return true
    }
    if let news { run.told(news) }
    state.saved = position
    work.environment.effects.crashPoint("lambda.mapping-advanced")
    return isWritten
  }

  /// Says in the mapping what came of the last batch.
  func tell(_ result: String) async throws {
    guard let news = run.news(result) else { return }
    let (store, key) = (work.store, run.key)
    try await work.environment.database.write { transaction in
      guard var model = try store.find(key.uuid, in: key.scope, transaction) else { return }
      model.lastResult = news
      try store.putQuietly(model, in: key.scope, transaction)
    }
    run.told(news)
  }

  /// This machine has failed: everything stays as it is and is tried again later.
  private mutating func pause(after error: any Error) -> Step {
    if let failure = StorageFailure(error) {
      work.environment.storage.note(failure)
    } else {
      work.environment.report("The event-source mapping \(run.key.uuid) had to wait: \(error)")
    }
    let moment = now.adding(seconds: Self.pauseSeconds)
    state.notBefore = moment
    return .wait(until: moment, at: nil)
  }
}
