import AWSModel
import Effects
import ServiceKit

/// Runs functions: finds or starts a process, makes the call, gives the process back.
struct FunctionRunner: Sendable {
  /// Processes that may end before they take a call, until it fails.
  private static let attemptsMax = 3

  let environment: ServiceEnvironment
  let pool: FunctionPool
  let launcher: WorkerLauncher

  /// A failing function is a result; throws `TooManyRequestsException` and failures of this machine.
  func run(
    _ function: FunctionModel, _ key: FunctionKey, functionARN: String, payload: [UInt8],
    requestID: String, clientContext: String? = nil
  ) async throws -> FunctionResult {
    // A process that ends by itself between two calls takes none: the next in line gets it.
    for _ in 0..<Self.attemptsMax {
      let result = try await attempt(
        function, key, functionARN, payload, requestID, clientContext)
      if let result { return result }
    }
    return FunctionResult(
      payload: ErrorDocument(
        "Runtime.ExitError",
        "RequestId: \(requestID) Error: \(Self.attemptsMax) processes ended before they took it"
      ).bytes, functionError: "Unhandled")
  }

  private func attempt(
    _ function: FunctionModel, _ key: FunctionKey, _ functionARN: String, _ payload: [UInt8],
    _ requestID: String, _ clientContext: String?
  ) async throws -> FunctionResult? {
    switch try await pool.acquire(key, revisionID: function.revisionID) {
    case .worker(let worker):
      return await call(worker, function, functionARN, payload, requestID, clientContext)
    case .start:
      let outcome: WorkerLauncher.Outcome
      do { outcome = try await launcher.start(function, key) } catch {
        pool.releaseStart(key)
        throw error
      }
      switch outcome {
      case .started(let worker):
        pool.register(worker)
        return await call(worker, function, functionARN, payload, requestID, clientContext)
      case .failed(let document, let logTail):
        pool.releaseStart(key)
        return FunctionResult(payload: document, functionError: "Unhandled", logTail: logTail)
      }
    }
  }

  private func call(
    _ worker: FunctionWorker, _ function: FunctionModel, _ functionARN: String,
    _ payload: [UInt8], _ requestID: String, _ clientContext: String?
  ) async -> FunctionResult? {
    let timer = environment.effects.realTimer
    let epoch = timer.epochMilliseconds
    let invocation = FunctionInvocation(
      requestID: requestID, payload: payload,
      deadlineMilliseconds: epoch + Int64(function.settings.timeout) * 1000,
      functionARN: functionARN, traceID: traceID(epoch), clientContext: clientContext)
    let result = await InvocationRun(
      worker: worker, function: function, invocation: invocation, timer: timer,
      clock: environment.effects.clock
    ).perform()
    pool.release(worker)
    return result
  }

  private func traceID(_ epochMilliseconds: Int64) -> String {
    let random = environment.effects.random
    let digits = "0123456789abcdef"
    return "Root=1-\(String(epochMilliseconds / 1000, radix: 16))-\(random.text(24, from: digits));"
      + "Parent=\(random.text(16, from: digits));Sampled=0"
  }
}
