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
  public var limits = ProcessLimits()
  /// A variable of `environment` whose value no other process has. Whoever still has it when the
  /// child has ended is killed: processes that left the child's group are found by it.
  public var mark: String?
  /// Walls around it; nil for none. Program, folder and environment are then those inside.
  public var sandbox: ProcessSandbox?

  public init(
    executable: String, arguments: [String], environment: [String: String],
    workingDirectory: String, memoryBytesMax: Int64? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    limits.memoryBytes = memoryBytesMax
  }
}

/// Bounds of a child, which what it starts inherits; nil sets none.
public struct ProcessLimits: Sendable, Hashable {
  /// Private writable memory of a process in bytes. Not address space, of which Node reserves many
  /// gigabytes without using them.
  public var memoryBytes: Int64?
  public var openFiles: Int64?
  /// Processes and threads beyond those that the machine has now. The system counts all of the
  /// user's, and none of root's.
  public var furtherTasks: Int64?
  /// The longest file that it can write, in bytes.
  public var fileBytes: Int64?
  /// 0 to 19: how far it stands back where others want the processor too.
  public var niceness: Int32 = 0

  public init() {}
}

/// Amounts that a child and everything that it has started take.
public struct ProcessUsage: Sendable, Hashable {
  /// Resident memory of their own, without shared program text, in bytes.
  public var privateBytes: Int64
  /// Processes and threads.
  public var tasks: Int

  public init(privateBytes: Int64, tasks: Int) {
    self.privateBytes = privateBytes
    self.tasks = tasks
  }
}

/// A child in a process group of its own, which dies with this process (PR_SET_PDEATHSIG). When
/// the child ends, what is left of its group is killed.
public protocol RunningProcess: Sendable {
  var pid: Int32 { get }
  /// Standard output and error as they come, in chunks; ends when both are closed.
  var output: AsyncStream<[UInt8]> { get }
  /// Bytes that were written to its output so far, whether they have been read or not.
  var writtenCount: Int { get }
  /// Kills the whole group at once (SIGKILL).
  func kill()
  /// Asks the whole group to end (SIGTERM).
  func terminate()
  /// The exit status, or 128 + signal.
  func wait() async -> Int32
  /// Resident memory of its own, without shared program text, in bytes; nil after its end.
  var privateBytes: Int64? { get }
  /// Amounts of the child and all that it has started, wherever that went; nil after its end.
  var usage: ProcessUsage? { get }
  /// Sockets that listen on the ports of its sandbox, in their order: whoever takes them closes them.
  /// Empty where the sandbox could not be made; the output then says why, and the child has ended.
  var listeners: [Int32] { get }
}

extension RunningProcess {
  public var privateBytes: Int64? { nil }
  public var usage: ProcessUsage? { nil }
  public var listeners: [Int32] { [] }
  public func terminate() { kill() }
}
