import Effects
import Synchronization

/// Tells the operator about failing storage: the same fault once in a while, not once a request.
public final class StorageReport: Sendable {
  private static let silenceSeconds = 10

  private struct Report {
    var fault: DiskFault
    var until: Timestamp
  }

  private let clock: any Clock
  private let report: @Sendable (String) -> Void
  private let lastReport = Mutex<Report?>(nil)

  public init(clock: any Clock, report: @escaping @Sendable (String) -> Void) {
    self.clock = clock
    self.report = report
  }

  /// Reports the failure unless the same fault was reported within ten seconds.
  public func note(_ failure: StorageFailure) {
    let now = clock.now
    let isNew = lastReport.withLock { lastReport in
      if let last = lastReport, last.fault == failure.fault, now < last.until { return false }
      lastReport = Report(fault: failure.fault, until: now.adding(seconds: Self.silenceSeconds))
      return true
    }
    if isNew { report(failure.logLine) }
  }
}
