import ArgumentParser
import Effects
import Glibc
import Synchronization

/// The wish of a person, or of a supervisor, that a command end: Ctrl-C or SIGTERM. The command
/// comes to its end by itself; a second time ends the process at once.
final class Interruption: Sendable {
  private let asked = Mutex(false)

  /// A command should look at it between two steps.
  var isAsked: Bool { asked.withLock { $0 } }

  func ask() { asked.withLock { $0 = true } }

  /// Watches this process's signals from here on.
  static func watching() -> Interruption {
    // A reader that goes away (`| head`) shows when it is written to.
    signal(SIGPIPE, SIG_IGN)
    let interruption = Interruption()
    let signals = TerminationSignal()
    Task.detached {
      _ = await signals.wait()
      interruption.ask()
      let second = await signals.wait()
      LeatCommand.exit(withError: ExitCode(128 + second))
    }
    return interruption
  }
}
