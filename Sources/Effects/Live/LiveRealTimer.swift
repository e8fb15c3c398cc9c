import Glibc

/// The machine's monotonic clock.
public struct LiveRealTimer: RealTimer {
  public init() {}

  public var nanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  public var epochMilliseconds: Int64 { LiveClock().now.milliseconds }

  public func after(milliseconds: Int64, _ work: @escaping @Sendable () async -> Void)
    -> TimerHandle
  {
    let task = Task.detached {
      do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return }  // cancelled
      await work()
    }
    return TimerHandle { task.cancel() }
  }
}
