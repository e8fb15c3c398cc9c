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
    let answer = await worker.endpoint.invoke(invocation) {
      worker.output.add("START RequestId: \(id) Version: $LATEST")
    }
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
    let (payload, error, status) = await outcome(answer)
    worker.output.add("END RequestId: \(id)")
    worker.output.add(report(id, milliseconds, peak, status))
    return FunctionResult(
      payload: payload, functionError: error, logTail: worker.output.tail)
  }

  /// The payload, the kind of error, and what the REPORT line says of it.
  private func outcome(_ answer: FunctionAnswer) async -> (
    payload: [UInt8], error: String?, status: String
  ) {
    let id = invocation.requestID
    switch answer {
    case .response(let payload): return (payload, nil, "")
    case .error(let document): return (document, "Unhandled", "")
    case .tooLarge(let count):
      let document = ErrorDocument(
        "Function.ResponseSizeTooLarge",
        "Response payload size (\(count) bytes) exceeded maximum allowed payload size "
          + "(6291556 bytes).")
      return (document.bytes, "Unhandled", "")
    case .closed, .undelivered:
      await worker.waitForEnd()
      switch worker.killReason {
      case .timeout:
        let seconds = "\(function.settings.timeout).00"
        worker.output.add("\(id) Task timed out after \(seconds) seconds\n")
        let document = ErrorDocument(
          "Sandbox.Timedout", "RequestId: \(id) Error: Task timed out after \(seconds) seconds")
        return (document.bytes, "Unhandled", "\tStatus: timeout")
      case .memory:
        let document = ErrorDocument(
          "Runtime.OutOfMemory",
          "RequestId: \(id) Error: Runtime exited with error: signal: killed")
        return (
          document.bytes, "Unhandled", "\tStatus: error\tError Type: Runtime.OutOfMemory"
        )
      case .retired, nil:
        let document = ErrorDocument.exit(status: worker.exitStatus ?? 0, requestID: id)
        worker.output.add("RequestId: \(id) \(document.message.drop { $0 != "E" })")
        return (document.bytes, "Unhandled", "\tStatus: error\tError Type: \(document.type)")
      }
    }
  }

  private func report(
    _ id: String, _ milliseconds: Double, _ peak: Int64, _ status: String
  ) -> String {
    let start = worker.takeStart()
    let billed = Int((milliseconds + (start ?? 0)).rounded(.up))
    var line =
      "REPORT RequestId: \(id)\tDuration: \(milliseconds.hundredths) ms\t"
      + "Billed Duration: \(billed) ms\tMemory Size: \(function.settings.memorySize) MB\t"
      + "Max Memory Used: \((peak + 1_048_575) >> 20) MB"
    if let start { line += "\tInit Duration: \(start.hundredths) ms" }
    return line + status + "\t"
  }
}

extension Double {
  /// `1.83`
  var hundredths: String {
    let whole = Int((self * 100).rounded())
    let fraction = String(whole % 100)
    return "\(whole / 100).\(fraction.count == 1 ? "0" : "")\(fraction)"
  }
}
