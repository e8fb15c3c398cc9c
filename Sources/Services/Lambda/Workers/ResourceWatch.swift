import Effects
import Synchronization

/// Bounds of a function's processes that the system does not hold by itself.
struct ResourceBounds: Sendable, Hashable {
  /// Memory of all of them together, in bytes.
  var memoryBytes: Int64
  /// Processes and threads; AWS's limit.
  var tasks = 1024
  /// Bytes of all files in the temporary folder.
  var storageBytes: Int64
}

/// Looks at what a function's processes take while they work, and kills them above a bound.
///
/// Limits of the kernel don't fit: they hold for one process and not for its children, Node and
/// threads reserve address space that they never use, and control groups need privileges.
final class ResourceWatch: Sendable {
  /// The interval at which the process's own memory is looked at, milliseconds of real time.
  private static let interval: Int64 = 50
  /// Looks until the next one at all its children and files, which takes longer.
  private static let looksBetween = 4

  private struct State {
    var peakBytes: Int64 = 0
    var looks = 0
    var isStopped = false
    var handle: TimerHandle?
  }

  private let state = Mutex(State())
  private let worker: FunctionWorker
  private let bounds: ResourceBounds
  private let effects: Effects

  init(worker: FunctionWorker, bounds: ResourceBounds, effects: Effects) {
    self.worker = worker
    self.bounds = bounds
    self.effects = effects
  }

  var peakBytes: Int64 { state.withLock { $0.peakBytes } }

  func start() {
    state.withLock { state in
      guard !state.isStopped else { return }
      state.handle = effects.realTimer.after(milliseconds: Self.interval) { [weak self] in
        guard let self, self.look() else { return }
        self.start()
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
    let isWhole = state.withLock { state in
      state.looks += 1
      return state.looks % Self.looksBetween == 0
    }
    var memory = worker.process.privateBytes
    if isWhole, let usage = worker.process.usage {
      memory = max(memory ?? 0, usage.privateBytes)
      if usage.tasks > bounds.tasks { return end(.tasks) }
      if effects.files.usedBytes(in: worker.temporary) > bounds.storageBytes {
        return end(.storage)
      }
    }
    guard let memory else { return false }
    state.withLock { $0.peakBytes = max($0.peakBytes, memory) }
    return memory > bounds.memoryBytes ? end(.memory) : true
  }

  private func end(_ reason: FunctionWorker.KillReason) -> Bool {
    worker.kill(reason)
    return false
  }
}
