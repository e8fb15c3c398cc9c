import Effects
import ServiceKit
import Synchronization

/// One process of a function, from its start to its end.
final class FunctionWorker: Sendable {
  /// The reason why Leat killed the process.
  enum KillReason: Sendable {
    case timeout, memory, retired
    /// It has more processes and threads, or more bytes in its folder, than it may have.
    case tasks, storage
  }

  /// The time that a process has to end by itself, milliseconds of real time.
  private static let graceMilliseconds: Int64 = 500

  let key: FunctionKey
  let revisionID: String
  let process: any RunningProcess
  let endpoint: any FunctionEndpoint
  let output: OutputCollector
  /// True where its runtime client is Leat's, which shows it this environment's time.
  let knowsTime: Bool
  /// The folder of its temporary files.
  let temporary: String
  /// The moment from which it takes no further call, because its credentials come to their end.
  let goodUntil: Timestamp?

  private struct State {
    var exitStatus: Int32?
    var killReason: KillReason?
    var isRetired = false
    /// Milliseconds that the code took to load; told in the first REPORT line.
    var startMilliseconds: Double?
  }
  private let state = Mutex(State())
  private let ended: Mutex<Task<Void, Never>?> = Mutex(nil)

  init(
    key: FunctionKey, revisionID: String, process: any RunningProcess,
    endpoint: any FunctionEndpoint, output: OutputCollector, knowsTime: Bool,
    temporary: String, goodUntil: Timestamp? = nil
  ) {
    self.key = key
    self.revisionID = revisionID
    self.process = process
    self.endpoint = endpoint
    self.output = output
    self.knowsTime = knowsTime
    self.temporary = temporary
    self.goodUntil = goodUntil
  }

  /// Follows the process to its end, then runs `cleanUp`.
  func watch(timer: any RealTimer, cleanUp: @escaping @Sendable () -> Void) {
    Task { [output, process] in await output.collect(process.output) }
    let task = Task {
      let status = await process.wait()
      state.withLock { $0.exitStatus = status }
      await output.waitForEnd(upTo: nil, limit: 1000, timer: timer)
      endpoint.close()
      cleanUp()
    }
    ended.withLock { $0 = task }
  }

  var isAlive: Bool { state.withLock { $0.exitStatus == nil && $0.killReason == nil } }
  /// True when it may take another call.
  var isReusable: Bool { isAlive && state.withLock { !$0.isRetired } }
  /// It finishes its call and takes no other.
  func retireAfterCall() { state.withLock { $0.isRetired = true } }
  var exitStatus: Int32? { state.withLock { $0.exitStatus } }
  var killReason: KillReason? { state.withLock { $0.killReason } }

  func kill(_ reason: KillReason) {
    state.withLock { $0.killReason = $0.killReason ?? reason }
    process.kill()
  }

  /// Asks the process to end (SIGTERM), and ends it where it has not after half a second.
  func shutDown(timer: any RealTimer) {
    state.withLock { $0.killReason = $0.killReason ?? .retired }
    process.terminate()
    let grace = timer.after(milliseconds: Self.graceMilliseconds) { [process] in process.kill() }
    Task { [process] in
      _ = await process.wait()
      grace.cancel()
    }
  }

  /// Returns after the process's end, with its output collected and its files removed.
  func waitForEnd() async { await ended.withLock { $0 }?.value }

  func setStart(milliseconds: Double) { state.withLock { $0.startMilliseconds = milliseconds } }

  /// The time of the start, once.
  func takeStart() -> Double? {
    state.withLock { state in
      defer { state.startMilliseconds = nil }
      return state.startMilliseconds
    }
  }
}
