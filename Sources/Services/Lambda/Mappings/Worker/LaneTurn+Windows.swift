import AWSModel
import Effects
import ServiceKit

/// Tumbling windows.
extension LaneTurn {
  /// The window that a piece's records fall into.
  func window(of piece: MappingLane.Piece) -> TumblingWindow {
    let arrival = piece.batch.records[piece.records.lowerBound].arrival
    let start = TumblingWindow.start(of: arrival, seconds: settings.tumblingSeconds)
    if let open = state.window, open.start == start { return open }
    return TumblingWindow(start: start)
  }

  /// Keeps the state that a function has answered with.
  mutating func take(_ newState: String, of piece: MappingLane.Piece) {
    guard settings.tumblingSeconds > 0 else { return }
    var window = window(of: piece)
    window.state = newState
    state.window = window
  }

  /// The open window, where its time is over and all its records are handed over, where it has
  /// grown too large, and where its shard has ended or it does not belong to the mapping any more.
  var endedWindow: TumblingWindow? {
    guard let window = state.window else { return nil }
    let seconds = settings.tumblingSeconds
    if seconds == 0 || window.isOversized { return window }
    if let first = state.gathered?.records.first {
      return TumblingWindow.start(of: first.arrival, seconds: seconds) == window.start
        ? nil : window
    }
    return state.isAtEnd || now >= window.end(seconds: seconds) ? window : nil
  }

  /// Calls the function for the last time in a window, without records.
  mutating func end(_ window: TumblingWindow) async throws -> Step {
    let seconds = settings.tumblingSeconds
    let position = state.gathered?.records.first?.position ?? state.next
    guard seconds > 0 else {
      // The mapping has no windows any more.
      try await close(at: position, result: nil)
      return .again
    }
    let isEarly =
      window.isOversized || now < window.end(seconds: seconds) && state.gathered == nil
    let form = RecordForm(run.origin(of: lane.shard.id, role: work.role))
    let event = EventBatch(form: form, countMax: 0).event(
      0..<0,
      closing: window.closing(
        seconds: seconds, shard: lane.shard.id, sourceARN: run.model.sourceARN, isFinal: true,
        isEarly: isEarly))
    let requestID = work.environment.effects.random.uuid()
    let result: FunctionResult
    do {
      result = try await work.invoke(run.model.functionARN, event, requestID, run.key.scope)
    } catch let error as ServiceError where error.storageFailure == nil {
      try await tell("PROBLEM: \(error.message)")
      state.notBefore = now.adding(seconds: 1)
      return .again
    }
    if work.isStopped() { return .wait(until: nil, at: nil) }
    guard result.functionError != nil else {
      try await close(at: position, result: MappingModel.succeeded)
      return .again
    }
    let failures = window.failures + 1
    state.window?.failures = failures
    guard settings.retriesMax >= 0, failures > settings.retriesMax else {
      try await tell("PROBLEM: Function call failed")
      state.notBefore = now.adding(seconds: min(60, 1 << min(failures - 1, 6)))
      return .again
    }
    let failed = FailedBatch(
      condition: .retriesExhausted, requestID: requestID, functionARN: run.model.functionARN,
      invocations: failures, result: result, streamARN: run.model.sourceARN, shard: lane.shard.id,
      count: 0)
    try await report(failed, event: event) { turn, more in
      try await turn.close(at: position, result: "PROBLEM: Function call failed", more)
    }
    return .again
  }

  @discardableResult
  private mutating func close(
    at position: UInt64, result: String?,
    _ more: @escaping @Sendable (Transaction) throws -> Void = { _ in }
  ) async throws -> Bool {
    let window = state.window
    state.window = nil
    do { return try await commit(to: position, result: result, more) } catch {
      state.window = window
      throw error
    }
  }
}
