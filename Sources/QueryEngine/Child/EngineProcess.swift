import Effects
import PropertyTree
import ServiceKit
import Synchronization

/// One process of the engine, from its start to its end.
final class EngineProcess: Sendable {
  enum Answer: Sendable {
    case done(PropertyValue)
    /// The job failed; the process lives.
    case failed(String)
    case timedOut
    /// The process ended.
    case died(String)
  }

  let process: any RunningProcess
  private let endpoint: any FunctionEndpoint
  private let timer: any RealTimer

  private struct State {
    var exitStatus: Int32?
    var isTimedOut = false
    /// The last of what it wrote.
    var output: [UInt8] = []
  }
  private let state = Mutex(State())
  private let ended = Mutex<Task<Void, Never>?>(nil)

  init(_ process: any RunningProcess, _ endpoint: any FunctionEndpoint, timer: any RealTimer) {
    self.process = process
    self.endpoint = endpoint
    self.timer = timer
    let output = Task { [self] in
      for await chunk in process.output {
        state.withLock { $0.output = Array(($0.output + chunk).suffix(2048)) }
      }
    }
    let end = Task { [self] in
      let status = await process.wait()
      await output.value
      state.withLock { $0.exitStatus = status }
      endpoint.close()
    }
    ended.withLock { $0 = end }
  }

  var isAlive: Bool { state.withLock { $0.exitStatus == nil && !$0.isTimedOut } }

  /// Returns when the process is ready for jobs, or the reason why it won't be.
  func waitForStart(seconds: Int64) async -> String? {
    let timeout = timer.after(milliseconds: seconds * 1000) { [self] in timeOut() }
    let start = await endpoint.started()
    timeout.cancel()
    switch start {
    case .ready: return nil
    case .failed(let document):
      await waitForEnd()
      return Self.message(document)
    case .closed:
      await waitForEnd()
      return state.withLock { $0.isTimedOut }
        ? "it took more than \(seconds) s to start" : ending
    }
  }

  func run(_ job: PropertyValue, id: String, seconds: Int64) async -> Answer {
    let timeout = timer.after(milliseconds: seconds * 1000) { [self] in timeOut() }
    let invocation = FunctionInvocation(
      requestID: id, payload: JSONWriter.bytes(job),
      deadlineMilliseconds: timer.epochMilliseconds + seconds * 1000,
      functionARN: "query-engine", traceID: "-")
    let answer = await endpoint.invoke(invocation) {}
    timeout.cancel()
    switch answer {
    case .response(let document):
      do { return .done(try JSONReader.read(document)) } catch {
        return .failed("it answered with something else than JSON: \(error)")
      }
    case .error(let document), .brokenOff(_, let document):
      return .failed(Self.message(document))
    case .streamed: return .failed("it streamed its answer, which nobody has asked for")
    case .tooLarge(let count): return .failed("it answered with \(count) bytes")
    case .undelivered, .closed:
      await waitForEnd()
      return state.withLock { $0.isTimedOut } ? .timedOut : .died(ending)
    }
  }

  func kill() { process.kill() }

  func waitForEnd() async { await ended.withLock { $0 }?.value }

  private func timeOut() {
    state.withLock { $0.isTimedOut = true }
    process.kill()
  }

  private var ending: String {
    state.withLock { state in
      let lines = String(decoding: state.output, as: UTF8.self).split(separator: "\n")
      let last = lines.last.map { ": \($0)" } ?? ""
      return "it ended with status \(state.exitStatus ?? -1)\(last)"
    }
  }

  private static func message(_ document: [UInt8]) -> String {
    do {
      let error = try JSONReader.read(document)
      let type = error["errorType"]?.stringValue ?? "error"
      return "\(type): \(error["errorMessage"]?.stringValue ?? "")"
    } catch {
      return String(decoding: document, as: UTF8.self)
    }
  }
}
