import AWSModel
import Effects
import ServiceKit

/// The circumstances of a call beside its event.
struct CallOptions: Sendable {
  /// JSON texts.
  var clientContext: String?
  var cognitoIdentity: String?
  /// The trace that the caller is part of, as it says.
  var traceID: String?
  /// Takes a streamed response, and is finished when the call is over.
  var stream: ResponseStream?
  /// Sees every line of the log.
  var observer: (@Sendable (String) -> Void)?
  /// True where no caller goes on once it is over and may look at its log: the log can wait a
  /// little for more.
  var isUnattended = false
  /// A process of its own, which waits for a debugger and is not limited.
  var debugger: ObservedCall.Debugger?
}

/// Runs functions: finds or starts a process, makes the call, gives the process back.
struct FunctionRunner: Sendable {
  /// Processes that may end before they take a call, until it fails.
  private static let attemptsMax = 3

  let environment: ServiceEnvironment
  let pool: FunctionPool
  let launcher: WorkerLauncher
  let failures: FailedEventStore
  let localCode: LocalCodeWatch

  /// A failing function is a result; throws `TooManyRequestsException` and failures of this machine.
  func run(
    _ function: FunctionModel, _ key: FunctionKey, functionARN: String, payload: [UInt8],
    requestID: String, options: CallOptions = CallOptions()
  ) async throws -> FunctionResult {
    defer { options.stream?.finish() }
    let call = Call(
      function: function, key: key, functionARN: functionARN, payload: payload,
      requestID: requestID, options: options, place: try localCode.place(of: function))
    let result = try await call.options.debugger == nil ? pooled(call) : debugged(call)
    if result.functionError != nil, !pool.isStopped {
      await failures.keep(payload, requestID: requestID, key, report: environment.report)
    }
    return result
  }

  /// One call and where its code is.
  private struct Call {
    var function: FunctionModel
    var key: FunctionKey
    /// As it was called, with its qualifier.
    var functionARN: String
    var payload: [UInt8]
    var requestID: String
    var options: CallOptions
    /// The local folder that the code runs from; nil for what was deployed.
    var place: LocalCodeWatch.Place?

    /// Processes of another one are out of date.
    var revisionID: String { function.revisionID + (place.map { "/\($0.stamp)" } ?? "") }
  }

  private func pooled(_ call: Call) async throws -> FunctionResult {
    // A process that ends by itself between two calls takes none: the next in line gets it.
    for _ in 0..<Self.attemptsMax {
      if let result = try await attempt(call) { return result }
    }
    return FunctionResult(
      payload: ErrorDocument(
        "Runtime.ExitError",
        "RequestId: \(call.requestID) Error: \(Self.attemptsMax) processes ended before they took it"
      ).bytes, functionError: "Unhandled")
  }

  private func attempt(_ call: Call) async throws -> FunctionResult? {
    switch try await pool.acquire(call.key, revisionID: call.revisionID) {
    case .worker(let worker):
      let result = await perform(call, on: worker)
      pool.release(worker)
      return result
    case .start:
      let outcome: WorkerLauncher.Outcome
      do { outcome = try await start(call) } catch {
        pool.releaseStart(call.key)
        throw error
      }
      switch outcome {
      case .started(let worker):
        pool.register(worker)
        let result = await perform(call, on: worker)
        pool.release(worker)
        return result
      case .failed(let document, let logTail):
        pool.releaseStart(call.key)
        return FunctionResult(payload: document, functionError: "Unhandled", logTail: logTail)
      }
    }
  }

  /// A process of its own, beside the pool and its bounds: a person waits for it.
  private func debugged(_ call: Call) async throws -> FunctionResult {
    switch try await start(call) {
    case .failed(let document, let logTail):
      return FunctionResult(payload: document, functionError: "Unhandled", logTail: logTail)
    case .started(let worker):
      let result = await perform(call, on: worker)
      worker.shutDown(timer: environment.effects.realTimer)
      await worker.waitForEnd()
      return result
        ?? FunctionResult(
          payload: ErrorDocument.exit(
            status: worker.exitStatus ?? 0, requestID: call.requestID
          ).bytes, functionError: "Unhandled", logTail: worker.output.tail)
    }
  }

  private func start(_ call: Call) async throws -> WorkerLauncher.Outcome {
    try await launcher.start(
      call.function, call.key,
      WorkerLauncher.Options(
        revisionID: call.revisionID, folder: call.place?.folder, debugger: call.options.debugger,
        observer: call.options.observer))
  }

  private func perform(_ call: Call, on worker: FunctionWorker) async -> FunctionResult? {
    let effects = environment.effects
    // A process of a language whose client is Leat's sees this environment's time; any other sees
    // the machine's, and would take a deadline of another clock for one that has passed.
    let knowsTime = worker.knowsTime
    let now = effects.clock.now.milliseconds
    let epoch = knowsTime ? now : effects.realTimer.epochMilliseconds
    var invocation = FunctionInvocation(
      requestID: call.requestID, payload: call.payload,
      deadlineMilliseconds: epoch + Int64(call.function.settings.timeout) * 1000,
      functionARN: call.functionARN, traceID: traceID(now, call.options.traceID),
      clientContext: call.options.clientContext)
    invocation.cognitoIdentity = call.options.cognitoIdentity
    if knowsTime, !(effects.clock is LiveClock) { invocation.nowMilliseconds = now }
    return await InvocationRun(
      worker: worker, function: call.function, invocation: invocation, effects: effects,
      stream: call.options.stream, observer: call.options.observer,
      isUnattended: call.options.isUnattended, isBounded: call.options.debugger == nil
    ).perform()
  }

  /// The longest header of a trace that is passed on, in bytes.
  private static let traceBytesMax = 512

  /// The caller's own, or one that begins here.
  private func traceID(_ epochMilliseconds: Int64, _ given: String?) -> String {
    if let given, given.hasPrefix("Root="), given.utf8.count <= Self.traceBytesMax { return given }
    let random = environment.effects.random
    return "Root=1-\(String(epochMilliseconds / 1000, radix: 16))-\(random.hex(24));"
      + "Parent=\(random.hex(16));Sampled=0"
  }
}
