import AWSModel
import ServiceKit

/// Calls functions by what they are named: a version, an alias, or neither.
struct FunctionCaller: Sendable {
  let environment: ServiceEnvironment
  let store: FunctionStore
  let runner: FunctionRunner
  let gate = ConcurrencyGate()

  init(environment: ServiceEnvironment, store: FunctionStore, runner: FunctionRunner) {
    self.environment = environment
    self.store = store
    self.runner = runner
  }

  /// A function that was chosen for one invocation.
  struct Choice: Sendable {
    var function: FunctionModel
    /// Of all versions together; nil where none is reserved.
    var concurrencyLimit: Int?
  }

  /// The version that a reference leads to this time: an alias with weights leads to either of two.
  /// Throws `ResourceNotFoundException`.
  func choose(_ reference: FunctionReference) throws -> Choice {
    let chance =
      reference.mayBeAlias
      ? Double(environment.effects.random.nextUInt64() >> 11) / 9_007_199_254_740_992 : 0
    return try environment.database.read { transaction in
      let function = try store.resolve(reference, chance: chance, transaction)
      guard function.version != FunctionModel.latest else {
        return Choice(function: function, concurrencyLimit: function.reservedConcurrency)
      }
      let latest = try store.find(function.name, in: reference.key.scope, transaction)
      return Choice(function: function, concurrencyLimit: latest?.reservedConcurrency)
    }
  }

  /// A failing function is a result. Throws `TooManyRequestsException` where no more may run, and
  /// failures of this machine.
  func call(
    _ choice: Choice, as reference: FunctionReference, payload: [UInt8], requestID: String,
    options: CallOptions = CallOptions()
  ) async throws -> FunctionResult {
    var key = reference.key
    key.version = choice.function.version
    try gate.enter(key, limit: choice.concurrencyLimit)
    defer { gate.leave(key) }
    var result = try await runner.run(
      choice.function, key, functionARN: reference.arn, payload: payload, requestID: requestID,
      options: options)
    result.executedVersion = choice.function.version
    return result
  }
}
