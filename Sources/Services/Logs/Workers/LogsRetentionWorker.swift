import Effects
import Synchronization

/// Removes, once an hour, what has outlived its group's retention. Readers don't wait for it: they
/// leave such events out themselves.
final class LogsRetentionWorker: Sendable {
  private let store: LogsStore
  private let timer = Mutex<TimerHandle?>(nil)
  private static let intervalSeconds = 3600
  private static let eventsPerTransaction = 5000

  init(store: LogsStore) { self.store = store }

  func start() { schedule(after: 0) }

  func stop() {
    timer.withLock { timer in
      timer?.cancel()
      timer = nil
    }
  }

  private func schedule(after seconds: Int) {
    let handle = store.environment.effects.clock.schedule(at: store.now.adding(seconds: seconds)) {
      [weak self] in await self?.run()
    }
    timer.withLock { $0 = handle }
  }

  private func run() async {
    do { try await expire() } catch {
      store.environment.report("logs: removing expired events failed: \(error)")
    }
    // A nil timer means that `stop` came in the meantime.
    if timer.withLock({ $0 != nil }) { schedule(after: Self.intervalSeconds) }
  }

  private func expire() async throws {
    let now = store.now
    for group in try store.read({ try $0.expiringGroups() }) {
      guard let cutoff = group.cutoff(now: now) else { continue }
      var count = Self.eventsPerTransaction
      while count == Self.eventsPerTransaction {
        count = try await store.write {
          try $0.expire(group, before: cutoff, limit: Self.eventsPerTransaction)
        }
      }
    }
  }
}
