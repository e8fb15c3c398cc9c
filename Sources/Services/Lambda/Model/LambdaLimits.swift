/// The share of the machine that functions may take.
public struct LambdaLimits: Sendable, Hashable {
  /// Processes of one function at a time, 1 or more.
  public var concurrencyPerFunction = 10
  /// Processes of all functions together, 1 or more.
  public var processesMax = 32
  /// Calls of one function that wait for a process; further ones are `TooManyRequestsException`.
  public var waitingMax = 1000
  /// The time that a process without work is kept, in seconds.
  public var idleSeconds = 300
  /// The time that a process may take to load its code, in seconds of real time.
  public var startSecondsMax = 30
  /// Asynchronous events under way at a time, of all functions and of one.
  public var eventsMax = 16
  public var eventsPerFunction = 4

  /// Batches of event-source mappings under way at a time.
  public var mappingTurnsMax = 256

  public init() {}
}
