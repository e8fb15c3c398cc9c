import Effects
import ServiceKit

/// Removes unpacked code when its last function is gone.
struct CodeCleaning: Sendable {
  let environment: ServiceEnvironment
  let pool: FunctionPool
  let folders: CodeFolders

  /// The longest that a call may go on with the code it began with.
  private static let callSecondsMax = 900

  /// At once where no call is under way, else when all that are have ended. What can't be removed
  /// is reported, and swept at the next start.
  func clean() {
    if pool.isBusy {
      let clock = environment.effects.clock
      clock.schedule(at: clock.now.adding(seconds: Self.callSecondsMax)) { sweep() }
    } else {
      sweep()
    }
  }

  private func sweep() {
    do { try folders.sweepCode() } catch {
      environment.report("lambda: unpacked code is left until the next start: \(error)")
    }
  }
}
