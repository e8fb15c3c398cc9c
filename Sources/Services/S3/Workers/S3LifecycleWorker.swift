import Effects
import ServiceKit
import Synchronization

/// Carries lifecycles out: once at every midnight (UTC), and at the start for what ended meanwhile.
/// A pass works in small transactions; one that is interrupted is simply made again.
final class S3LifecycleWorker: Sendable {
  private static let keysPerTransaction = 200

  private struct State: Sendable {
    var isRunning = false
    var timer: TimerHandle?
  }

  private let store: S3Store
  private let state = Mutex(State())

  init(store: S3Store) { self.store = store }

  func start() {
    state.withLock { $0.isRunning = true }
    plan(at: store.now)
  }

  func stop() {
    let timer = state.withLock { state in
      state.isRunning = false
      defer { state.timer = nil }
      return state.timer
    }
    timer?.cancel()
  }

  /// A bucket has a lifecycle now: there is something to do at midnight.
  func wake() { schedule(at: nextMidnight) }

  private var nextMidnight: Timestamp { S3Lifecycle.midnight(after: 0, from: store.now) }

  /// Plans a pass, unless there is nothing to plan it for.
  private func plan(at due: Timestamp) {
    do {
      guard try !store.read({ try $0.bucketsWithLifecycle() }).isEmpty else { return }
    } catch {
      // Without the list it is better to look too often than never.
      store.environment.report("s3: lifecycles can't be read: \(error)")
    }
    schedule(at: due)
  }

  /// Plans a pass, unless one is planned.
  private func schedule(at due: Timestamp) {
    state.withLock { state in
      guard state.isRunning, state.timer == nil else { return }
      state.timer = store.environment.effects.clock.schedule(at: due) { [weak self] in
        await self?.run()
      }
    }
  }

  private func run() async {
    state.withLock { $0.timer = nil }
    do { try await pass() } catch {
      store.environment.report("s3: a lifecycle waits for the next midnight: \(error)")
    }
    plan(at: nextMidnight)
  }

  private func pass() async throws {
    for bucket in try store.read({ try $0.bucketsWithLifecycle() }) {
      try await store.write { [store] in try $0.expireUploads(of: bucket, store: store) }
      var key: String?
      repeat {
        let last = key
        key = try await store.write { [store] in
          try $0.expireObjects(
            of: bucket, after: last, keysMax: Self.keysPerTransaction, store: store)
        }
      } while key != nil
    }
  }
}
