/// Real elapsed time, even where `clock` is virtual: for what happens outside Leat, such as the
/// time that a function's process takes.
public protocol RealTimer: Sendable {
  /// Nanoseconds since some moment in the past; never runs backwards.
  var nanoseconds: Int64 { get }

  /// Milliseconds since 1970 as other programs on this machine see them.
  var epochMilliseconds: Int64 { get }

  /// Runs `work` once after `milliseconds` (0 or more), unless the handle cancels it before.
  func after(milliseconds: Int64, _ work: @escaping @Sendable () async -> Void) -> TimerHandle
}
