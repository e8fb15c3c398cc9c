import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// One attempt of an asynchronous invocation, and what follows from it: done, again after one minute
/// and two, or over. Then the function's destinations and its dead-letter target are told, in the
/// transaction that forgets the event.
struct EventAttempt: Sendable {
  private enum Outcome: Sendable {
    case finished(FunctionResult)
    case throttled, gone, tooOld
  }

  let event: QueuedEvent
  let caller: FunctionCaller

  private var environment: ServiceEnvironment { caller.environment }

  /// - Parameter isStopped: true once processes are killed because Leat stops.
  func perform(isStopped: @Sendable () -> Bool) async throws {
    let reference = try FunctionReference(
      event.key.name, qualifier: event.qualifier, scope: event.key.scope)
    let configuration = try environment.database.read {
      try Places.eventInvokes.get(reference, $0)
    }
    let outcome = try await attempt(reference, configuration, isStopped)
    let now = environment.effects.clock.now
    let count = event.attempts + 1
    switch outcome {
    case .gone:
      environment.report("An event for \(event.key.arn) is dropped: the function is gone.")
      try await end([])
    case .throttled:
      // The longer it has waited, the longer it may: as Lambda does, up to five minutes.
      let waited = (now.milliseconds - event.accepted.milliseconds) / 1000
      try await postpone(
        attempts: event.attempts, due: now.adding(seconds: Int(min(300, max(1, waited)))))
    case .tooOld:
      try await fail(reference, configuration, .tooOld, event.attempts, nil)
    case .finished(let result) where result.functionError == nil:
      let record = self.record(.success, reference, count, result)
      try await end(configuration?.onSuccess.map { [(record.event(at: now), $0)] } ?? [])
    case .finished(let result)
    where count > configuration?.retries ?? EventInvokeModel.retriesMax:
      try await fail(reference, configuration, .exhausted, count, result)
    case .finished:
      try await postpone(attempts: count, due: now.adding(seconds: 60 * count))
    }
  }

  private func attempt(
    _ reference: FunctionReference, _ configuration: EventInvokeModel?,
    _ isStopped: @Sendable () -> Bool
  ) async throws -> Outcome {
    let age = configuration?.ageSeconds ?? EventInvokeModel.ageSecondsMax
    if environment.effects.clock.now > event.accepted.adding(seconds: age) { return .tooOld }
    let choice: FunctionCaller.Choice
    do { choice = try caller.choose(reference) } catch let fault as ServiceError
      where fault.code == "ResourceNotFoundException"
    { return .gone }
    var options = CallOptions()
    options.traceID = event.traceID
    do {
      let result = try await caller.call(
        choice, as: reference, payload: event.payload, requestID: event.requestID,
        options: options)
      // A process that was killed by the shutdown has not failed: the next start runs it again.
      return result.functionError != nil && isStopped() ? .throttled : .finished(result)
    } catch let error as ServiceError where error.status == 429 || error.status == 503 {
      return .throttled
    }
  }

  /// Ends an event that nobody tries again.
  private func fail(
    _ reference: FunctionReference, _ configuration: EventInvokeModel?,
    _ condition: DestinationRecord.Condition, _ count: Int, _ result: FunctionResult?
  ) async throws {
    let now = environment.effects.clock.now
    let record = self.record(condition, reference, count, result)
    var messages: [(event: TargetEvent, target: String)] = []
    if let target = configuration?.onFailure { messages.append((record.event(at: now), target)) }
    if let target = try deadLetterTarget(reference) {
      messages.append((record.deadLetter(at: now), target))
    }
    if messages.isEmpty {
      let times = "\(count) attempt\(count == 1 ? "" : "s")"
      environment.report("An event for \(event.key.arn) is dropped after \(times).")
    }
    try await end(messages)
  }

  /// nil also where the function is gone meanwhile.
  private func deadLetterTarget(_ reference: FunctionReference) throws -> String? {
    do {
      return try environment.database.read { try caller.store.resolve(reference, $0) }
        .settings.deadLetterARN
    } catch let fault as ServiceError where fault.status == 404 { return nil }
  }

  private func record(
    _ condition: DestinationRecord.Condition, _ reference: FunctionReference, _ count: Int,
    _ result: FunctionResult?
  ) -> DestinationRecord {
    DestinationRecord(
      condition: condition, event: event,
      functionARN: "\(reference.key.arn):\(reference.place)", count: count, result: result)
  }

  /// Forgets the event and tells of it, both or neither.
  private func end(_ messages: [(event: TargetEvent, target: String)]) async throws {
    let environment = environment
    let (id, sender) = (event.id, event.key.arn)
    try await environment.database.write { transaction in
      try EventStore().remove(id, transaction)
      for (message, target) in messages {
        do {
          try environment.capabilities().require(.events).send(
            [message], to: target, from: sender, in: transaction)
        } catch let fault as ServiceError where fault.status < 500 {
          let line = "The end of \(message.id) can't be told to \(target): \(fault.message)"
          transaction.afterCommit { environment.report(line) }
        }
      }
    }
  }

  private func postpone(attempts: Int, due: Timestamp) async throws {
    let id = event.id
    try await environment.database.write { transaction in
      try EventStore().postpone(id, attempts: attempts, due: due, transaction)
    }
  }
}

extension DestinationRecord {
  func event(at now: Timestamp) -> TargetEvent {
    TargetEvent(id: event.requestID, body: body(at: now), time: now)
  }
}
