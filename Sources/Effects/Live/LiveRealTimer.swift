import Glibc

/// The machine's monotonic clock.
public struct LiveRealTimer: RealTimer {
  private let moments = RealMoments()

  public init() {}

  public var nanoseconds: Int64 { Self.nanoseconds }

  static var nanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  public var epochMilliseconds: Int64 { LiveClock().now.milliseconds }

  public func after(milliseconds: Int64, _ work: @escaping @Sendable () async -> Void)
    -> TimerHandle
  {
    moments.add(at: nanoseconds + milliseconds * 1_000_000, work)
  }
}
