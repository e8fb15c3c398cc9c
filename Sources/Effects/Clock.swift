/// The source of time for every part of Leat, which also takes work to be done later.
///
/// Work is *scheduled*, never slept for: so a virtual clock can run everything that is due, in
/// order, and know when it has finished.
public protocol Clock: Sendable {
  var now: Timestamp { get }

  /// Runs `work` at `due` or as soon as possible after it. The returned handle cancels it as long
  /// as it has not begun.
  @discardableResult
  func schedule(at due: Timestamp, _ work: @escaping @Sendable () async -> Void) -> TimerHandle
}

/// Cancels scheduled work.
public struct TimerHandle: Sendable {
  private let onCancel: @Sendable () -> Void
  public init(_ onCancel: @escaping @Sendable () -> Void) { self.onCancel = onCancel }
  public func cancel() { onCancel() }
}
