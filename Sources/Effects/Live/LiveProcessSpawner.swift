import Glibc

/// The machine's own processes.
///
/// One thread, started with the first child, forks all children and watches over them; it lives as
/// long as this value, because a child's parent-death signal follows the thread that forked it.
public final class LiveProcessSpawner: ProcessSpawner {
  private let monitor = ProcessMonitor()

  public init() {}

  deinit { monitor.stop() }

  public func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
    if let sandbox = command.sandbox { return try monitor.spawn(command, in: sandbox) }
    return try monitor.spawn(command)
  }

  public func find(_ program: String) -> String? {
    if program.contains("/") { return isExecutable(program) ? program : nil }
    let path = inherited("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/\(program)" }.first(where: isExecutable)
  }

  public func inherited(_ variable: String) -> String? {
    getenv(variable).map { String(cString: $0) }
  }

  private func isExecutable(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }
}

extension LiveFileSystem {
  public func makeExecutable(_ path: String) throws(FileFailure) {
    guard chmod(path, 0o700) == 0 else { throw .last("chmod", path) }
  }
}
