/// The way in which functions are hosted, as whoever serves them has asked for.
public struct FunctionHosting: Sendable, Hashable {
  /// Code that was packaged from a local folder runs from that folder, as it is now.
  public var runsLocalCode = false
  /// Functions' own clocks show this environment's time, where their language lets them.
  public var movesClocks = false

  /// The program `bwrap`, which puts walls around functions; nil for functions without walls.
  public var isolator: String?

  public init() {}
}
