import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackExecution
import StackModel
import Synchronization

/// Commits deployment steps through the database's group commit, each in a savepoint of its own.
struct EngineBackend: DeploymentBackend {
  let database: ServiceDatabase
  let handlers: [ResourceType: any ResourceHandler]
  let effects: Effects
  let stores: ReferenceStores
  let vault: Vault

  func commit<Value: Sendable>(_ steps: [AtomicStep<Value>]) async throws -> [Value] {
    if steps.isEmpty { return [] }
    return try await withCheckedThrowingContinuation { continuation in
      let batch = Batch<Value>(count: steps.count) { continuation.resume(with: $0) }
      for (index, step) in steps.enumerated() {
        submit(step) { transaction in
          try batch.checkUnbroken()
          return try step.body(transaction)
        } completion: { result in
          batch.finish(index, result)
        }
      }
    }
  }

  func mayWait(_ type: ResourceType) -> Bool {
    handlers.handler(of: type) is any WaitingResourceHandler
  }

  func work(_ wait: ResourceWait, of name: String) async throws(StepFailure) -> PropertyValue {
    effects.crashPoint("journal:\(name)/work:begin")
    defer { effects.crashPoint("journal:\(name)/work:end") }
    var secrets: Set<String> = []
    do {
      let call = try database.read { transaction in
        let view = EngineTransaction(
          transaction, handlers: handlers, stores: stores, vault: vault)
        defer { secrets = view.secrets }
        return try view.waiting(wait, at: effects.clock.now)
      }
      return try await call.handler.work(wait.call.verb, call.request, wait.token)
    } catch {
      throw StepFailure(
        reason: AnsweredProperties.redact(EngineTransaction.reason(error), secrets))
    }
  }

  /// Crash points stand before the work, between work and commit, and after the commit, all on the
  /// writer's thread.
  private func submit<Value: Sendable>(
    _ step: AtomicStep<Value>,
    _ body: @escaping @Sendable (any DeploymentTransaction) throws -> Value,
    completion: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    let crashPoint = effects.crashPoint
    let handlers = handlers
    let (stores, vault) = (stores, vault)
    let name = "journal:\(step.name)"
    database.writeThen { transaction in
      crashPoint("\(name):begin")
      let value = try body(
        EngineTransaction(transaction, handlers: handlers, stores: stores, vault: vault))
      crashPoint("\(name):end")
      return value
    } _: { result in
      crashPoint("\(name):committed")
      completion(result)
    }
  }
}

/// Gathers the results of steps that were handed over together.
private final class Batch<Value: Sendable>: Sendable {
  /// A step was not run because an earlier one of its batch had failed.
  struct Broken: Error {}

  private struct State: Sendable {
    var results: [Value?]
    var remaining: Int
    var failure: (any Error)?
  }

  private let state: Mutex<State>
  private let completion: @Sendable (Result<[Value], any Error>) -> Void

  init(count: Int, completion: @escaping @Sendable (Result<[Value], any Error>) -> Void) {
    state = Mutex(State(results: Array(repeating: nil, count: count), remaining: count))
    self.completion = completion
  }

  func checkUnbroken() throws {
    if state.withLock({ $0.failure != nil }) { throw Broken() }
  }

  func finish(_ index: Int, _ result: Result<Value, any Error>) {
    let outcome: Result<[Value], any Error>? = state.withLock { state in
      switch result {
      case .success(let value): state.results[index] = value
      case .failure(let error): state.failure = state.failure ?? error
      }
      state.remaining -= 1
      guard state.remaining == 0 else { return nil }
      if let failure = state.failure { return .failure(failure) }
      return .success(state.results.compactMap { $0 })
    }
    if let outcome { completion(outcome) }
  }
}
