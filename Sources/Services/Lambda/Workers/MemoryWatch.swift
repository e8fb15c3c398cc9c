import Effects
import Synchronization

/// Looks at a process's own memory again and again while it works, and kills it above the
/// limit. Limits of the kernel don't fit: Node and threads reserve address space that they never
/// use, and control groups need privileges.
final class MemoryWatch: Sendable {
  private struct State {
    var peakBytes: Int64 = 0
    var isStopped = false
    var handle: TimerHandle?
  }

  private let state = Mutex(State())
  private let worker: FunctionWorker
  private let bytesMax: Int64
  private let timer: any RealTimer

  init(worker: FunctionWorker, bytesMax: Int64, timer: any RealTimer) {
    self.worker = worker
    self.bytesMax = bytesMax
    self.timer = timer
  }

  var peakBytes: Int64 { state.withLock { $0.peakBytes } }

  func start(every milliseconds: Int64) {
    state.withLock { state in
      guard !state.isStopped else { return }
      state.handle = timer.after(milliseconds: milliseconds) { [weak self] in
        guard let self, self.look() else { return }
        self.start(every: milliseconds)
      }
    }
  }

  func stop() {
    let handle = state.withLock { state in
      state.isStopped = true
      return state.handle
    }
    handle?.cancel()
  }

  /// False when there is nothing more to watch.
  private func look() -> Bool {
    guard let memory = worker.process.privateBytes else { return false }
    state.withLock { $0.peakBytes = max($0.peakBytes, memory) }
    guard memory > bytesMax else { return true }
    worker.kill(.memory)
    return false
  }
}
