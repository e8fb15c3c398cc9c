import Synchronization

/// Counts boundaries down.
final class CrashCounter: Sendable {
  private let remaining: Mutex<Int>
  init(remaining: Int) { self.remaining = Mutex(remaining) }

  /// True once, at the last one.
  func isDue() -> Bool {
    remaining.withLock { remaining in
      remaining -= 1
      return remaining == 0
    }
  }
}
