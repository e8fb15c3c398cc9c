import Synchronization

/// Resumes a continuation once, whoever comes first.
final class ResumeOnce: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Void, Never>?
    var after: (@Sendable () -> Void)?
  }
  private let state: Mutex<State>

  init(_ continuation: CheckedContinuation<Void, Never>) {
    state = Mutex(State(continuation: continuation))
  }

  func resume() {
    let taken = state.withLock { state in
      defer { state = State() }
      return state
    }
    taken.continuation?.resume()
    taken.after?()
  }

  /// Runs `action` after the resumption, or now if that has been.
  func onResume(_ action: @escaping @Sendable () -> Void) {
    let isOver = state.withLock { state in
      if state.continuation == nil { return true }
      state.after = action
      return false
    }
    if isOver { action() }
  }
}
