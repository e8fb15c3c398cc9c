import Glibc

/// The machine's own clock.
public struct LiveClock: Clock {
  public init() {}

  public var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  @discardableResult
  public func schedule(at due: Timestamp, _ work: @escaping @Sendable () async -> Void)
    -> TimerHandle
  {
    let delay = max(0, due.milliseconds - now.milliseconds)
    let task = Task.detached {
      do { try await Task.sleep(for: .milliseconds(delay)) } catch { return }  // cancelled
      await work()
    }
    return TimerHandle { task.cancel() }
  }
}
