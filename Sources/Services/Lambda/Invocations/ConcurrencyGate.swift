import AWSModel
import Synchronization

/// Counts the invocations under way of functions that have a concurrency reserved for them.
final class ConcurrencyGate: Sendable {
  private let counts = Mutex<[FunctionKey: Int]>([:])

  /// Takes one place; every version of a function counts together.
  ///
  /// - Parameter limit: of the function; nil where it has none of its own.
  func enter(_ function: FunctionKey, limit: Int?) throws(ServiceError) {
    var function = function
    function.version = FunctionModel.latest
    let isIn = counts.withLock { counts in
      let count = counts[function, default: 0]
      if let limit, count >= limit { return false }
      counts[function] = count + 1
      return true
    }
    guard isIn else { throw Self.tooMany }
  }

  func leave(_ function: FunctionKey) {
    var function = function
    function.version = FunctionModel.latest
    counts.withLock { counts in
      let count = counts[function, default: 0] - 1
      counts[function] = count > 0 ? count : nil
    }
  }

  static let tooMany = ServiceError(
    "TooManyRequestsException", "Rate Exceeded.", status: 429,
    fields: ["Type": "User", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"])
}
