/// Starts other programs.
public protocol ProcessSpawner: Sendable {
  func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess
  /// The full path of a program in `PATH`, or nil.
  func find(_ program: String) -> String?
  /// A variable of this process's own environment, for the few that other programs need (`PATH`).
  func inherited(_ variable: String) -> String?
}

extension ProcessSpawner {
  public func inherited(_ variable: String) -> String? { nil }
}

public struct ProcessCommand: Sendable, Hashable {
  public var executable: String
  public var arguments: [String]
  /// The whole environment; nothing is inherited.
  public var environment: [String: String]
  public var workingDirectory: String
  /// Limit of private writable memory in bytes; nil for none. Not of address space, of which
  /// Node reserves many gigabytes without using them.
  public var memoryBytesMax: Int64?

  public init(
    executable: String, arguments: [String], environment: [String: String],
    workingDirectory: String, memoryBytesMax: Int64? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.memoryBytesMax = memoryBytesMax
  }
}

/// A child in a process group of its own, which dies with this process (PR_SET_PDEATHSIG). When
/// the child ends, what is left of its group is killed.
public protocol RunningProcess: Sendable {
  var pid: Int32 { get }
  /// Standard output and error as they come, in chunks; ends when both are closed.
  var output: AsyncStream<[UInt8]> { get }
  /// Kills the whole group at once (SIGKILL).
  func kill()
  /// The exit status, or 128 + signal.
  func wait() async -> Int32
  /// Resident memory of its own, without shared program text, in bytes; nil after its end.
  var privateBytes: Int64? { get }
}

extension RunningProcess {
  public var privateBytes: Int64? { nil }
}
