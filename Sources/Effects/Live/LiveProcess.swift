import Glibc
import Synchronization

/// A child that the `ProcessMonitor` watches.
final class LiveProcess: RunningProcess {
  let pid: Int32
  let output: AsyncStream<[UInt8]>

  private struct State {
    var exitStatus: Int32?
    var waiters: [CheckedContinuation<Int32, Never>] = []
  }
  private let state = Mutex(State())

  init(pid: Int32, output: AsyncStream<[UInt8]>) {
    self.pid = pid
    self.output = output
  }

  func kill() {
    state.withLock { state in
      // After the child is reaped its number may belong to somebody else.
      if state.exitStatus == nil { _ = Glibc.kill(-pid, SIGKILL) }
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
    let isRunning = state.withLock { $0.exitStatus == nil }
    guard isRunning, let text = readSmall("/proc/\(pid)/status") else { return nil }
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") })
    else { return nil }
    let words = line.split(whereSeparator: { $0 == ":" || $0 == " " || $0 == "\t" })
    return words.count >= 2 ? Int64(words[1]).map { $0 * 1024 } : nil
  }

  private func readSmall(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 8192) { buffer, count in
      count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
