import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Drops records whose retention has ended, hourly: reads don't show them in the meantime.
final class RetentionWorker: Sendable {
  private static let intervalSeconds = 3600

  private let catalog: StreamCatalog
  private struct State {
    var isRunning = false
    var timer: TimerHandle?
  }

  private let state = Mutex(State())

  init(catalog: StreamCatalog) { self.catalog = catalog }

  func start() {
    state.withLock { $0.isRunning = true }
    schedule()
  }

  func stop() {
    state.withLock { state in
      state.isRunning = false
      state.timer?.cancel()
      state.timer = nil
    }
  }

  private func schedule() {
    let clock = catalog.environment.effects.clock
    state.withLock { state in
      guard state.isRunning else { return }
      state.timer = clock.schedule(at: clock.now.adding(seconds: Self.intervalSeconds)) {
        [weak self] in
        self?.trim()
        self?.schedule()
      }
    }
  }

  private func trim() {
    let now = catalog.environment.effects.clock.now
    do throws(ServiceError) {
      for stream in try catalog.all() {
        for shard in stream.shards { try shard.log.trim(olderThan: stream.horizon(now)) }
      }
    } catch { catalog.environment.report("kinesis: retention: \(error.message)") }
  }
}
