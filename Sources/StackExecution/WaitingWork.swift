import Effects
import PropertyTree
import ResourceModel
import StackModel
import Synchronization

/// The work that steps of one run wait for: runs beside it, and keeps what it came to until the run
/// asks.
final class WaitingWork: Sendable {
  struct Result: Sendable {
    var step: Int
    var wait: ResourceWait
    var outcome: Swift.Result<PropertyValue, StepFailure>
  }

  private struct State {
    var underWay: [Int: Handle] = [:]
    var finished: [Result] = []
    var waiter: CheckedContinuation<Void, Never>?
    var isCancelled = false
    /// True where nobody is to wait any more.
    var isAwake = false
  }

  private struct Handle: Sendable {
    var task: Task<Void, Never>?
    var timer: TimerHandle?

    func cancel() {
      timer?.cancel()
      task?.cancel()
    }
  }

  private let backend: any DeploymentBackend
  private let clock: any Clock
  private let state = Mutex(State())

  init(_ backend: any DeploymentBackend, clock: any Clock) {
    self.backend = backend
    self.clock = clock
  }

  /// True where nothing runs and nothing is to be fetched.
  var isEmpty: Bool { state.withLock { $0.underWay.isEmpty && $0.finished.isEmpty } }

  func start(_ wait: ResourceWait, of name: String, step: Int) {
    state.withLock { $0.underWay[step] = Handle() }
    let timer = wait.token.deadline.map { deadline in
      clock.schedule(at: deadline) { [self] in
        let failure = StepFailure(
          reason: wait.token.lateness ?? "Resource timed out waiting for completion")
        finish(Result(step: step, wait: wait, outcome: .failure(failure)))
      }
    }
    let task = Task { [self] in
      let outcome: Swift.Result<PropertyValue, StepFailure>
      do throws(StepFailure) {
        outcome = .success(try await backend.work(wait, of: name))
      } catch {
        outcome = .failure(error)
      }
      finish(Result(step: step, wait: wait, outcome: outcome))
    }
    let handle = Handle(task: task, timer: timer)
    let isOver = state.withLock { state in
      guard state.underWay[step] != nil else { return true }
      state.underWay[step] = handle
      return false
    }
    if isOver { handle.cancel() }
  }

  /// The first result of a step counts: its work's, or the deadline's.
  private func finish(_ result: Result) {
    let (handle, waiter) = state.withLock {
      state -> (Handle?, CheckedContinuation<Void, Never>?) in
      guard let handle = state.underWay.removeValue(forKey: result.step), !state.isCancelled else {
        return (nil, nil)
      }
      state.finished.append(result)
      defer { state.waiter = nil }
      return (handle, state.waiter)
    }
    handle?.cancel()
    waiter?.resume()
  }

  /// Work that has finished since the last call.
  func take() -> [Result] {
    state.withLock { state in
      defer { state.finished = [] }
      return state.finished
    }
  }

  /// Returns when something is there to be taken. Throws `CancellationError` where the task is
  /// cancelled: the journal knows what waits.
  func next() async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          if !state.finished.isEmpty || state.isCancelled || state.isAwake { return true }
          state.waiter = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      cancel()
    }
    try Task.checkCancellation()
  }

  /// Makes `next` return, though nothing may be there to be taken.
  func wake() {
    let waiter = state.withLock { state in
      state.isAwake = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Ends the work that is under way. What it comes to is forgotten.
  func cancel() {
    let (handles, waiter) = state.withLock { state in
      state.isCancelled = true
      defer {
        state.underWay = [:]
        state.waiter = nil
      }
      return (Array(state.underWay.values), state.waiter)
    }
    for handle in handles { handle.cancel() }
    waiter?.resume()
  }
}
