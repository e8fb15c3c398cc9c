import AWSModel
import Effects
import ServiceKit

/// Beginnings and ends of runs: whenever a mapping has changed, a shard has ended, or a stream has
/// gone, its mapping is looked at, one mapping at a time.
extension MappingWorker {
  /// Before a stream that is not there is looked for again.
  private static let missingSeconds = 10

  /// Looks at a mapping soon.
  func attend(_ key: MappingKey) {
    let starts = state.withLock { state in
      guard state.isRunning else { return false }
      if !state.attention.contains(key) { state.attention.append(key) }
      defer { state.isAttending = true }
      return !state.isAttending
    }
    guard starts else { return }
    let hold = hold { [weak self] in await self?.whenIdle() }
    Task {
      await attendAll()
      hold?.cancel()
    }
  }

  private func attendAll() async {
    while true {
      let next = state.withLock { state -> MappingKey? in
        guard state.isRunning, !state.attention.isEmpty else {
          state.attention = []
          state.isAttending = false
          return nil
        }
        return state.attention.removeFirst()
      }
      guard let next else { return tellIdle() }
      do { try await look(at: next) } catch {
        if let failure = StorageFailure(error) {
          environment.storage.note(failure)
        } else {
          environment.report("The event-source mapping \(next.uuid) can't begin: \(error)")
        }
        again(next, after: LaneTurn.pauseSeconds)
      }
    }
  }

  /// A run whose stream is gone ends; the mapping waits for another stream of that name.
  func lost(_ key: MappingKey) {
    state.withLock { state in
      guard state.runs[key] != nil else { return }
      state.ending.insert(key)
    }
    attend(key)
  }

  private func again(_ key: MappingKey, after seconds: Int) {
    let clock = environment.effects.clock
    let timer = clock.schedule(at: clock.now.adding(seconds: seconds)) { [weak self] in
      self?.attend(key)
      await self?.whenIdle()
    }
    let old = state.withLock { $0.timers.updateValue(timer, forKey: key) }
    old?.cancel()
  }

  private func look(at key: MappingKey) async throws {
    let model = try environment.database.read { try store.find(key.uuid, in: key.scope, $0) }
    if let run = state.withLock({ $0.runs[key] }) {
      let isCurrent =
        model?.settings.isEnabled == true && model?.generation == run.model.generation
        && model?.created == run.model.created
      let isEnding = state.withLock { state in
        if !isCurrent { state.ending.insert(key) }
        guard state.ending.contains(key) else { return false }
        state.dropTurns(of: run)
        return true
      }
      if isEnding {
        // The last of its turns looks at it again.
        guard state.withLock({ !$0.isBusy(run) }) else { return }
        try await close(run, isKept: model?.created == run.model.created)
      }
    }
    guard let model, model.settings.isEnabled else { return }
    do {
      let run = try state.withLock({ $0.runs[key] }) ?? begin(key, model)
      try await openLanes(of: run)
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {
      try await missing(key, "PROBLEM: \(error.message)")
    }
  }

  private func begin(_ key: MappingKey, _ model: MappingModel) throws -> MappingRun {
    let source = StreamMappingSource(
      arn: model.sourceARN, streams: try environment.capabilities().require(.streams))
    let run = try MappingRun(key, model, source: source)
    state.withLock { $0.runs[key] = run }
    return run
  }

  /// Takes a run away, with what it knows and the rows don't.
  private func close(_ run: MappingRun, isKept: Bool) async throws {
    let lanes = run.lanes.values.joined()
    for lane in lanes { lane.cancelWaits() }
    let rows = lanes.compactMap(\.unsaved)
    if isKept, !rows.isEmpty {
      let (store, key, created) = (store, run.key, run.model.created)
      try await environment.database.write { transaction in
        for row in rows {
          _ = try store.positions.advance(row, of: key, created: created, transaction)
        }
      }
    }
    state.withLock { state in
      state.runs[run.key] = nil
      state.ending.remove(run.key)
    }
  }

  private func missing(_ key: MappingKey, _ result: String) async throws {
    state.withLock { state in
      state.runs[key] = nil
      state.ending.remove(key)
    }
    let store = store
    try await environment.database.write { transaction in
      guard var model = try store.find(key.uuid, in: key.scope, transaction),
        model.lastResult != result
      else { return }
      model.lastResult = result
      try store.putQuietly(model, in: key.scope, transaction)
    }
    again(key, after: Self.missingSeconds)
  }

  // MARK: Lanes

  /// Opens the lanes of shards that may be read by now: children follow when their parents are
  /// handed over to the end.
  private func openLanes(of run: MappingRun) async throws {
    let shards = try run.source.shards()
    let ids = Set(shards.map(\.id))
    let stream = shards.first?.streamID
    let rows = try environment.database.read { try store.positions.all(of: run.key.uuid, $0) }
    let strays = Set(rows.filter { !ids.contains($0.shard) || $0.stream != stream }.map(\.shard))
    let opened = run.lanes
    run.close(all: Set(opened.keys).subtracting(ids))
    var plans: [(shard: SourceShard, plan: LanePlan)] = []
    var finished: Set<String> = []
    for shard in shards {
      if let lanes = opened[shard.id] {
        if lanes.allSatisfy(\.isFinished) { finished.insert(shard.id) }
        continue
      }
      guard shard.parentIDs.allSatisfy({ !ids.contains($0) || finished.contains($0) }) else {
        continue
      }
      let known = strays.contains(shard.id) ? [] : rows.filter { $0.shard == shard.id }
      let model = run.model
      let plan = try LanePlan(known, shard: shard, count: run.settings.parallelization) {
        () throws(ServiceError) in
        try run.source.begin(model.start, created: model.created, in: shard.id)
      }
      if plan.isFinished { finished.insert(shard.id) }
      plans.append((shard, plan))
    }
    try await write(plans.map(\.plan), strays, run)
    for (shard, plan) in plans {
      let lanes = plan.lanes.map { MappingLane(run, shard, $0, earlier: plan.earlier) }
      run.open(lanes, of: shard.id)
      for lane in lanes where !lane.isFinished { kick(lane) }
    }
  }

  /// Rows of new numbers of lanes, before any of them works; rows that are of no use go.
  private func write(_ plans: [LanePlan], _ strays: Set<String>, _ run: MappingRun) async throws {
    let changed = plans.filter { $0.isNew || $0.hasRemains }
    guard !changed.isEmpty || !strays.isEmpty else { return }
    let (store, key, created) = (store, run.key, run.model.created)
    try await environment.database.write { transaction in
      for shard in strays { try store.positions.remove(shard, of: key.uuid, transaction) }
      for plan in changed {
        for row in plan.lanes where plan.isNew {
          _ = try store.positions.advance(row, of: key, created: created, transaction)
        }
        if plan.hasRemains, let row = plan.lanes.first {
          try store.positions.remove(
            row.shard, before: row.generation, of: key.uuid, transaction)
        }
      }
    }
  }
}
