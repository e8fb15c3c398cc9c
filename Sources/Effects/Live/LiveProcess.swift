import Glibc
import Synchronization

/// A child that the `ProcessMonitor` watches.
final class LiveProcess: RunningProcess {
  let pid: Int32
  let output: AsyncStream<[UInt8]>
  private let written: @Sendable () -> Int
  /// `NAME=value`: an entry of its environment that nobody else has.
  private let mark: String?

  private struct State {
    var exitStatus: Int32?
    /// The first process behind the walls of a sandbox, which starts the program and collects what is
    /// left over; nil without a sandbox.
    var inner: Int32?
    /// The program behind the walls, once it was found.
    var program: Int32?
    var listeners: [Int32] = []
    var waiters: [CheckedContinuation<Int32, Never>] = []
  }
  private let state = Mutex(State())

  init(pid: Int32, output: ProcessOutput, mark: String? = nil) {
    self.pid = pid
    self.output = AsyncStream { await output.next() }
    written = { output.writtenCount }
    self.mark = mark
  }

  var writtenCount: Int { written() }

  func isBehind(_ inner: Int32) { state.withLock { $0.inner = inner } }
  func listens(on listeners: [Int32]) { state.withLock { $0.listeners = listeners } }
  var listeners: [Int32] { state.withLock { $0.listeners } }

  /// Behind walls all processes end with the one that put them up.
  func kill() { signal(SIGKILL) }

  func terminate() {
    guard let inner = state.withLock({ $0.exitStatus == nil ? $0.inner : nil }) else {
      return signal(SIGTERM)
    }
    // The one that put the walls up would end at once and take all with it: the others are asked.
    for pid in ProcessTable.descendants(of: inner) { _ = Glibc.kill(pid, SIGTERM) }
  }

  private func signal(_ number: Int32) {
    state.withLock { state in
      // After the child is reaped its number may belong to somebody else.
      if state.exitStatus == nil { _ = Glibc.kill(-pid, number) }
    }
  }

  func wait() async -> Int32 {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> Int32? in
        if state.exitStatus == nil { state.waiters.append(continuation) }
        return state.exitStatus
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Collects the ended child; called by the monitor alone, once.
  func reap() {
    let (status, waiters) = state.withLock { state in
      // The zombie still holds the group's number: take the rest of the group with it.
      _ = Glibc.kill(-pid, SIGKILL)
      if let mark { ProcessTable.killAll(withEnvironmentEntry: mark) }
      var raw: Int32 = 0
      while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
      let signal = raw & 0x7F
      let status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
      state.exitStatus = status
      defer { state.waiters = [] }
      return (status, state.waiters)
    }
    for waiter in waiters { waiter.resume(returning: status) }
  }

  var privateBytes: Int64? {
    let (isRunning, inner, program) = state.withLock {
      ($0.exitStatus == nil, $0.inner, $0.program)
    }
    guard isRunning else { return nil }
    guard let inner else { return ProcessTable.privateBytes(of: pid) }
    if let program { return ProcessTable.privateBytes(of: program) ?? 0 }
    // Its first child is the program; others come later.
    guard let found = ProcessTable.descendants(of: inner).min() else { return 0 }
    state.withLock { $0.program = found }
    return ProcessTable.privateBytes(of: found) ?? 0
  }

  var usage: ProcessUsage? {
    let (isRunning, inner) = state.withLock { ($0.exitStatus == nil, $0.inner) }
    return isRunning ? ProcessTable.usage(ofTreeAt: inner ?? pid) : nil
  }
}
