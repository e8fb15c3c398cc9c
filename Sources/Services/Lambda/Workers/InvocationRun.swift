import Effects
import ServiceKit

/// One call of a function on a process that is ready for it.
struct InvocationRun: Sendable {
  let worker: FunctionWorker
  let function: FunctionModel
  let invocation: FunctionInvocation
  let effects: Effects
  /// Takes a streamed response.
  var stream: ResponseStream?
  var observer: (@Sendable (String) -> Void)?
  /// True where nobody looks at the log as soon as the call is over.
  var isUnattended = false
  /// False while somebody looks at it with a debugger: neither time nor memory is limited.
  var isBounded = true

  private var clock: any Clock { effects.clock }

  /// Returns when the function has answered, ran out of time or memory, or its process has ended;
  /// nil when the process ended before it took the call.
  func perform() async -> FunctionResult? {
    let id = invocation.requestID
    let timer = effects.realTimer
    worker.output.beginInvocation(observer: observer)
    let began = timer.nanoseconds
    let timeout =
      isBounded
      ? timer.after(milliseconds: Int64(function.settings.timeout) * 1000) {
        worker.kill(.timeout)
      } : nil
    let watch = ResourceWatch(worker: worker, bounds: function.bounds, effects: effects)
    if isBounded { watch.start() }
    let log = SystemLog(
      requestID: id, version: function.version, logging: function.settings.logging,
      output: worker.output, clock: clock, mayWait: isUnattended)
    let answer = await worker.endpoint.invoke(invocation, stream: stream) { log.start() }
    timeout?.cancel()
    watch.stop()
    if answer == .undelivered {
      worker.kill(.retired)
      return nil
    }
    let milliseconds = Double(timer.nanoseconds - began) / 1_000_000
    let peak = max(watch.peakBytes, worker.process.privateBytes ?? 0)
    if worker.isAlive, answer != .closed {
      // Output from before the answer lies in its pipe, if it was not read yet.
      await worker.output.waitForEnd(
        upTo: worker.process.writtenCount, limit: 1000, timer: timer)
    }
    let (payload, error, ending) = await outcome(answer, log)
    let metrics = InvocationMetrics(
      milliseconds: milliseconds, initMilliseconds: worker.takeStart(),
      memoryMegabytes: function.settings.memorySize, peakBytes: peak)
    log.end(metrics, ending)
    return FunctionResult(
      payload: payload, functionError: error, logTail: worker.output.tail,
      measures: FunctionMeasures(
        milliseconds: milliseconds, startMilliseconds: metrics.initMilliseconds, peakBytes: peak))
  }

  /// The payload, the kind of error, and what the log says of it.
  private func outcome(_ answer: FunctionAnswer, _ log: SystemLog) async -> (
    payload: [UInt8], error: String?, ending: InvocationEnding
  ) {
    let id = invocation.requestID
    switch answer {
    case .response(let payload): return (payload, nil, InvocationEnding())
    case .streamed: return ([], nil, InvocationEnding())
    case .brokenOff(let type, let document):
      return (document, "Unhandled", InvocationEnding(status: .error, errorType: type))
    case .error(let document):
      let type = ErrorDocument.type(of: document)
      return (document, "Unhandled", InvocationEnding(status: .error, errorType: type))
    case .tooLarge(let count):
      let document = ErrorDocument(
        "Function.ResponseSizeTooLarge",
        "Response payload size (\(count) bytes) exceeded maximum allowed payload size "
          + "(6291556 bytes).")
      return (
        document.bytes, "Unhandled", InvocationEnding(status: .error, errorType: document.type)
      )
    case .closed, .undelivered:
      await worker.waitForEnd()
      switch worker.killReason {
      case .timeout:
        let seconds = "\(function.settings.timeout).00"
        log.note("\(clock.now.iso8601) \(id) Task timed out after \(seconds) seconds\n")
        let document = ErrorDocument(
          "Sandbox.Timedout", "RequestId: \(id) Error: Task timed out after \(seconds) seconds")
        return (document.bytes, "Unhandled", InvocationEnding(status: .timeout, isFailure: true))
      case .memory:
        let document = ErrorDocument(
          "Runtime.OutOfMemory",
          "RequestId: \(id) Error: Runtime exited with error: signal: killed")
        return (document.bytes, "Unhandled", failure(document))
      case .tasks, .storage:
        let document = ErrorDocument(
          "Runtime.ExitError",
          "RequestId: \(id) Error: Runtime exited with error: signal: killed")
        log.note("RequestId: \(id) Leat ended the function: \(excess)")
        return (document.bytes, "Unhandled", failure(document))
      case .retired, nil:
        let document = ErrorDocument.exit(status: worker.exitStatus ?? 0, requestID: id)
        log.note("RequestId: \(id) \(document.message.drop { $0 != "E" })")
        return (document.bytes, "Unhandled", failure(document))
      }
    }
  }

  /// The bound that the function has gone beyond.
  private var excess: String {
    worker.killReason == .tasks
      ? "it had more than \(function.bounds.tasks) processes and threads."
      : "its temporary files took more than \(function.bounds.storageBytes >> 20) MB."
  }

  private func failure(_ document: ErrorDocument) -> InvocationEnding {
    InvocationEnding(status: .error, errorType: document.type, isFailure: true)
  }
}

extension FunctionModel {
  var bounds: ResourceBounds {
    ResourceBounds(
      memoryBytes: Int64(settings.memorySize) << 20,
      storageBytes: Int64(settings.ephemeralMegabytes) << 20)
  }
}
