import AWSModel
import Effects
import ServiceKit
import Synchronization

/// Drops records whose retention has ended, hourly: reads don't show them in the meantime.
final class RetentionWorker: Sendable {
  private static let intervalSeconds = 3600

  private let catalog: StreamCatalog
  private let timer = Mutex<TimerHandle?>(nil)

  init(catalog: StreamCatalog) { self.catalog = catalog }

  func start() { schedule() }

  func stop() {
    timer.withLock { timer in
      timer?.cancel()
      timer = nil
    }
  }

  private func schedule() {
    let clock = catalog.environment.effects.clock
    let handle = clock.schedule(at: clock.now.adding(seconds: Self.intervalSeconds)) { [weak self] in
      self?.trim()
      self?.schedule()
    }
    timer.withLock { $0 = handle }
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
