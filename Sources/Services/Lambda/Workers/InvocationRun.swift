import Effects
import ServiceKit

/// One call of a function on a process that is ready for it.
struct InvocationRun: Sendable {
  /// The interval at which the memory of a process at work is looked at, milliseconds of real time.
  private static let memoryInterval: Int64 = 50

  let worker: FunctionWorker
  let function: FunctionModel
  let invocation: FunctionInvocation
  let timer: any RealTimer
  let clock: any Clock

  /// Returns when the function has answered, ran out of time or memory, or its process has ended;
  /// nil when the process ended before it took the call.
  func perform() async -> FunctionResult? {
    let id = invocation.requestID
    worker.output.beginInvocation()
    let began = timer.nanoseconds
    let timeout = timer.after(milliseconds: Int64(function.settings.timeout) * 1000) {
      worker.kill(.timeout)
    }
    let watch = MemoryWatch(
      worker: worker, bytesMax: Int64(function.settings.memorySize) << 20, timer: timer)
    watch.start(every: Self.memoryInterval)
    let log = SystemLog(
      requestID: id, version: function.version, logging: function.settings.logging,
      output: worker.output, clock: clock)
    let answer = await worker.endpoint.invoke(invocation) { log.start() }
    timeout.cancel()
    watch.stop()
    if answer == .undelivered {
      worker.kill(.retired)
      return nil
    }
    let milliseconds = Double(timer.nanoseconds - began) / 1_000_000
    let peak = max(watch.peakBytes, worker.process.privateBytes ?? 0)
    if worker.emitsEndMarks, worker.isAlive, answer != .closed {
      await worker.output.waitForEnd(of: id, limit: 1000, timer: timer)
    }
    let (payload, error, ending) = await outcome(answer, log)
    log.end(
      InvocationMetrics(
        milliseconds: milliseconds, initMilliseconds: worker.takeStart(),
        memoryMegabytes: function.settings.memorySize, peakBytes: peak), ending)
    return FunctionResult(
      payload: payload, functionError: error, logTail: worker.output.tail)
  }

  /// The payload, the kind of error, and what the log says of it.
  private func outcome(_ answer: FunctionAnswer, _ log: SystemLog) async -> (
    payload: [UInt8], error: String?, ending: InvocationEnding
  ) {
    let id = invocation.requestID
    switch answer {
    case .response(let payload): return (payload, nil, InvocationEnding())
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
        log.note("\(id) Task timed out after \(seconds) seconds\n")
        let document = ErrorDocument(
          "Sandbox.Timedout", "RequestId: \(id) Error: Task timed out after \(seconds) seconds")
        return (document.bytes, "Unhandled", InvocationEnding(status: .timeout, isFailure: true))
      case .memory:
        let document = ErrorDocument(
          "Runtime.OutOfMemory",
          "RequestId: \(id) Error: Runtime exited with error: signal: killed")
        return (document.bytes, "Unhandled", failure(document))
      case .retired, nil:
        let document = ErrorDocument.exit(status: worker.exitStatus ?? 0, requestID: id)
        log.note("RequestId: \(id) \(document.message.drop { $0 != "E" })")
        return (document.bytes, "Unhandled", failure(document))
      }
    }
  }

  private func failure(_ document: ErrorDocument) -> InvocationEnding {
    InvocationEnding(status: .error, errorType: document.type, isFailure: true)
  }
}
