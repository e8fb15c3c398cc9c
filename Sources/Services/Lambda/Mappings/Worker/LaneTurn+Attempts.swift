import AWSModel
import Effects
import ServiceKit

/// Attempts to hand over a piece of a batch, and what comes of them.
extension LaneTurn {
  /// Before the second attempt, in milliseconds; doubled for each further one.
  private static let retryMilliseconds: Int64 = 250
  private static let retryMillisecondsMax: Int64 = 60_000

  private static let callFailed = "PROBLEM: Function call failed"

  mutating func attempt() async throws -> Step {
    var piece = state.pieces[0]
    if try await giveUpOld(piece) { return .again }
    let event = piece.batch.event(piece.records, closing: closing(of: piece))
    if piece.records.count == 1,
      piece.batch.records[piece.records.lowerBound].text.count > Self.eventBytesMax
    {
      try await giveUp(piece, piece.records, .tooLarge)
      return .again
    }
    let requestID = work.environment.effects.random.uuid()
    let result: FunctionResult
    do {
      result = try await work.invoke(run.model.functionARN, event, requestID, run.key.scope)
    } catch let error as ServiceError where error.storageFailure == nil {
      // Not a failure of the function: it was throttled, or is not there. Only age ends that.
      try await tell("PROBLEM: \(error.message)")
      state.notBefore = now.adding(milliseconds: Self.delay(after: piece.invocations + 1))
      state.pieces[0].invocations += 1
      return .again
    }
    work.environment.effects.crashPoint("lambda.mapping-answered")
    if work.isStopped() { return .wait(until: nil, at: nil) }
    piece.invocations += 1
    (piece.lastRequestID, piece.lastResult) = (requestID, result)
    let answer = BatchAnswer(
      result, to: piece.batch, piece.records,
      reads: settings.reportsItemFailures || settings.tumblingSeconds > 0,
      reportsItemFailures: settings.reportsItemFailures)
    switch answer {
    case .done(let newState):
      try await succeed(piece, newState)
    case .doneBefore(let first, let newState) where first > piece.records.lowerBound:
      try await advance(piece, to: first, newState)
    case .doneBefore, .failed: try await fail(piece)
    }
    return .again
  }

  /// The rest of the event behind its records.
  private func closing(of piece: MappingLane.Piece) -> [UInt8] {
    guard settings.tumblingSeconds > 0 else { return EventBatch.closing }
    return window(of: piece).closing(
      seconds: settings.tumblingSeconds, shard: lane.shard.id, sourceARN: run.model.sourceARN,
      isFinal: false, isEarly: false)
  }

  private static func delay(after attempts: Int) -> Int64 {
    min(retryMillisecondsMax, retryMilliseconds << Int64(min(attempts - 1, 16)))
  }

  // MARK: What comes of an attempt

  private mutating func succeed(_ piece: MappingLane.Piece, _ newState: String) async throws {
    let old = state.window
    take(newState, of: piece)
    do { try await commit(to: piece.end, result: MappingModel.succeeded) } catch {
      state.window = old
      throw error
    }
    state.pieces.removeFirst()
  }

  /// The records before `index` are done; the rest counts as failed once.
  private mutating func advance(_ piece: MappingLane.Piece, to index: Int, _ newState: String)
    async throws
  {
    let old = state.window
    take(newState, of: piece)
    do {
      try await commit(to: piece.batch.records[index].position, result: Self.callFailed)
    } catch {
      state.window = old
      throw error
    }
    var rest = piece
    rest.records = index..<piece.records.upperBound
    rest.failures = 0
    state.pieces[0] = rest
    try await fail(rest)
  }

  private mutating func fail(_ piece: MappingLane.Piece) async throws {
    try await tell(Self.callFailed)
    if settings.bisects, piece.records.count > 1 {
      // Taking apart is no attempt that counts.
      let middle = piece.records.lowerBound + piece.records.count / 2
      var (front, back) = (piece, piece)
      front.records = piece.records.lowerBound..<middle
      front.end = piece.batch.records[middle].position
      back.records = middle..<piece.records.upperBound
      state.pieces.replaceSubrange(0..<1, with: [front, back])
      return
    }
    var failed = piece
    failed.failures += 1
    if settings.retriesMax >= 0, failed.failures > settings.retriesMax {
      state.pieces[0] = failed
      try await giveUp(failed, failed.records, .retriesExhausted)
      return
    }
    state.pieces[0] = failed
    state.notBefore = now.adding(milliseconds: Self.delay(after: failed.failures))
  }

  // MARK: Giving up

  /// Gives up the records at the front that are too old; false where there are none.
  private mutating func giveUpOld(_ piece: MappingLane.Piece) async throws -> Bool {
    guard settings.recordAgeMax >= 0 else { return false }
    let oldest = now.adding(seconds: -settings.recordAgeMax)
    let count = piece.batch.records[piece.records].prefix { $0.arrival < oldest }.count
    guard count > 0 else { return false }
    let start = piece.records.lowerBound
    try await giveUp(piece, start..<(start + count), .tooOld)
    return true
  }

  /// Hands records at the front of the piece to the failure destination and goes on behind them, in
  /// one transaction.
  private mutating func giveUp(
    _ piece: MappingLane.Piece, _ records: Range<Int>, _ condition: FailedBatch.Condition
  ) async throws {
    let rest = records.upperBound..<piece.records.upperBound
    let end = rest.isEmpty ? piece.end : piece.batch.records[rest.lowerBound].position
    let first = piece.batch.records[records.lowerBound]
    let last = piece.batch.records[records.upperBound - 1]
    let failed = FailedBatch(
      condition: condition, requestID: piece.lastRequestID, functionARN: run.model.functionARN,
      invocations: piece.invocations, result: piece.lastResult, streamARN: run.model.sourceARN,
      shard: lane.shard.id, count: records.count,
      first: (piece.batch.sequenceNumber(records.lowerBound), first.arrival),
      last: (piece.batch.sequenceNumber(records.upperBound - 1), last.arrival))
    try await report(failed, event: piece.batch.event(records)) { turn, more in
      try await turn.commit(to: end, result: Self.callFailed, more)
    }
    if rest.isEmpty {
      state.pieces.removeFirst()
    } else {
      state.pieces[0].records = rest
    }
  }

  /// Sends word to the failure destination in the transaction that `commit` makes.
  mutating func report(
    _ failed: FailedBatch, event: @autoclosure () -> [UInt8],
    _ commit: (
      inout LaneTurn, @escaping @Sendable (Transaction) throws -> Void
    ) async throws -> Bool
  ) async throws {
    guard let destination = settings.failureDestination else {
      work.environment.report(
        "\(failed.count) records of \(failed.shard) are given up by the event-source mapping "
          + "\(run.key.uuid): \(failed.condition.rawValue)")
      _ = try await commit(&self) { _ in }
      return
    }
    let moment = now
    guard ARN(parsing: destination)?.service == "s3" else {
      let body = failed.document(at: moment)
      let targets = try work.environment.capabilities().require(.events)
      let sender = run.model.arn(in: run.key.scope)
      let id = work.environment.effects.random.uuid()
      _ = try await commit(&self) { transaction in
        try targets.send(
          [TargetEvent(id: id, body: body, time: moment)], to: destination, from: sender,
          in: transaction)
      }
      return
    }
    let sink = try work.environment.capabilities().require(.objects)
    let staged: StagedObject
    do {
      staged = try sink.stage(
        failed.document(at: moment, event: event()),
        bucket: ARN(parsing: destination)?.resource ?? "", scope: run.key.scope)
    } catch let error as ServiceError where error.storageFailure == nil && error.status < 500 {
      // The bucket is gone: the stream goes on, as on AWS, and the operator is told.
      work.environment.report(
        "\(failed.count) records of \(failed.shard) are lost for \(destination): \(error.message)")
      _ = try await commit(&self) { _ in }
      return
    }
    let description = ObjectDescription(
      key: FailedBatch.key(
        mapping: run.key.uuid, shard: lane.shard.id, at: moment,
        random: work.environment.effects.random.uuid()), contentType: "application/json")
    do {
      let isWritten = try await commit(&self) { transaction in
        try sink.commit(staged, description, in: transaction)
      }
      if !isWritten { sink.abandon(staged) }
    } catch {
      sink.abandon(staged)
      throw error
    }
  }
}
