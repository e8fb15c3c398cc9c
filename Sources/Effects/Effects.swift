/// Everything that the world does to Leat and Leat to the world, in one value that is handed down
/// from the entry point. Only `Effects/Live` touches the real ones.
public struct Effects: Sendable {
  public var clock: any Clock
  public var random: any RandomSource
  public var files: any FileSystem
  public var processes: any ProcessSpawner
  /// Real elapsed time, for what happens in other processes.
  public var realTimer: any RealTimer
  /// Servers of others.
  public var http: any HTTPCaller
  /// Databases of others.
  public var databases: any SQLConnector
  /// Called at every boundary that a crash may fall on, with the boundary's name. Live: does
  /// nothing, or kills this process where a fault-injection run asks for it.
  public var crashPoint: @Sendable (_ name: String) -> Void

  public init(
    clock: any Clock, random: any RandomSource, files: any FileSystem,
    processes: any ProcessSpawner, realTimer: any RealTimer = LiveRealTimer(),
    http: any HTTPCaller = NoNetwork(), databases: any SQLConnector = NoDatabases(),
    crashPoint: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.clock = clock
    self.random = random
    self.files = files
    self.processes = processes
    self.realTimer = realTimer
    self.http = http
    self.databases = databases
    self.crashPoint = crashPoint
  }
}
