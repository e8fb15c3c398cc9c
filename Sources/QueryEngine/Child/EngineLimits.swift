/// Bounds of the engine's process.
public struct EngineLimits: Sendable {
  /// Private writable memory. Input is mapped, and doesn't count.
  public var memoryBytesMax: Int64 = 1 << 30
  public var startSecondsMax: Int64 = 30
  /// A job's time, and what each byte of input adds to it.
  public var jobSecondsMax: Int64 = 60
  public var bytesPerSecondMin: Int64 = 1 << 20
  /// An idle process is stopped after this.
  public var idleSecondsMax: Int64 = 60

  public init() {}
}
