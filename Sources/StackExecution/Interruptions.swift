import StackModel
import Synchronization

/// Tells runs that somebody else has moved their deployments to another phase: a run that waits
/// would not notice.
final class Interruptions: Sendable {
  private struct Run {
    var isInterrupted = false
    var work: WaitingWork?
  }

  private let runs = Mutex<[String: Run]>([:])

  /// Call before the phase is read: what is interrupted afterwards is noticed.
  func begin(_ deployment: String) { runs.withLock { $0[deployment] = Run() } }

  func end(_ deployment: String) { runs.withLock { $0[deployment] = nil } }

  /// Notes the work that a run waits for.
  func note(_ work: WaitingWork, of deployment: String) {
    runs.withLock { $0[deployment]?.work = work }
  }

  func isInterrupted(_ deployment: String) -> Bool {
    runs.withLock { $0[deployment]?.isInterrupted ?? false }
  }

  /// Call when the phase has been moved.
  func interrupt(_ deployment: String) {
    let work = runs.withLock { runs in
      runs[deployment]?.isInterrupted = true
      return runs[deployment]?.work
    }
    work?.wake()
  }
}
