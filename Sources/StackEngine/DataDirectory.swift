import Diagnostics
import Effects
import PropertyTree
import StackContracts

/// A data directory that this process holds alone. The lock goes with the value, or with the
/// process however that ends.
public final class DataDirectory: Sendable {
  /// The process that holds a data directory.
  public struct Holder: Sendable, Hashable, Codable {
    public var pid: Int32
    /// The moment at which that process started, in clock ticks since boot.
    public var startTicks: Int64
    /// `serve`, `deploy`, …
    public var command: String
    /// `http://127.0.0.1:4566`, once a server has bound its port.
    public var endpoint: String?
    /// The address at which the directory was served last, by whomever; nil where it never was.
    public var lastEndpoint: String?

    public init(
      pid: Int32, startTicks: Int64, command: String, endpoint: String? = nil,
      lastEndpoint: String? = nil
    ) {
      self.pid = pid
      self.startTicks = startTicks
      self.command = command
      self.endpoint = endpoint
      self.lastEndpoint = lastEndpoint
    }
  }

  public let path: String
  private let lock: FileLock
  private let command: String
  private let files: any FileSystem
  /// False where the folder was there before this process took it.
  private let isNew: Bool
  /// The address at which the directory was served last, before this process took it.
  public let lastEndpoint: String?

  private init(
    path: String, lock: FileLock, command: String, files: any FileSystem, isNew: Bool,
    lastEndpoint: String?
  ) {
    self.path = path
    self.lock = lock
    self.command = command
    self.files = files
    self.isNew = isNew
    self.lastEndpoint = lastEndpoint
  }

  /// Takes the directory, making it where it is missing. What a dead holder left is taken over:
  /// its lock went with it.
  ///
  /// Throws `StackFailure` (`LT5002`) naming a live holder, and `FileFailure`.
  ///
  /// - Parameter waits: blocks until the holder is done instead of failing; for commands that meet
  ///   another short command.
  public static func open(
    _ path: String, command: String, effects: Effects, waits: Bool = false
  ) throws -> DataDirectory {
    let isNew = !effects.files.exists(path)
    try effects.files.createDirectory(path)
    guard let lock = try FileLock.acquire(lockPath(path), waits: waits) else {
      throw busy(path, try note(path, effects))
    }
    let before = try written(path, effects)
    let directory = DataDirectory(
      path: path, lock: lock, command: command, files: effects.files, isNew: isNew,
      lastEndpoint: before?.endpoint ?? before?.lastEndpoint)
    try directory.announce(endpoint: nil)
    return directory
  }

  /// The live process that holds the directory, or nil. A holder that has not yet said who it is
  /// counts with the process id 0.
  public static func holder(of path: String, effects: Effects) throws -> Holder? {
    guard try FileLock.isHeld(lockPath(path)) else { return nil }
    return try note(path, effects) ?? Holder(pid: 0, startTicks: 0, command: "unknown")
  }

  /// Tells other commands where this process serves.
  public func announce(endpoint: String?) throws {
    let pid = ProcessIdentity.current
    let holder = Holder(
      pid: pid, startTicks: ProcessIdentity.startTicks(of: pid) ?? 0, command: command,
      endpoint: endpoint, lastEndpoint: endpoint ?? lastEndpoint)
    try lock.write(JSONWriter.bytes(try TreeEncoder().encode(holder)))
  }

  /// Removes the folder where this process has made it and nothing but the lock is in it: the last
  /// act of a process that keeps nothing. Whoever waits for the lock makes the folder again.
  public func removeIfUnused() throws(FileFailure) {
    guard isNew, try files.list(path) == [Self.lockName] else { return }
    // Under another name first: nobody's new lock is removed with the old one.
    let gone = "\(path).\(ProcessIdentity.current).gone"
    try files.rename(path, to: gone)
    try files.remove(gone)
  }

  private static let lockName = "lock"
  private static func lockPath(_ path: String) -> String { "\(path)/\(lockName)" }

  /// The note of a living holder; nil where the process is gone, or has not written it whole yet.
  private static func note(_ path: String, _ effects: Effects) throws -> Holder? {
    guard let holder = try written(path, effects) else { return nil }
    let ticks = ProcessIdentity.startTicks(of: holder.pid)
    return ticks == holder.startTicks ? holder : nil
  }

  /// The content of the lock, whoever wrote it.
  private static func written(_ path: String, _ effects: Effects) throws -> Holder? {
    let bytes = try effects.files.read(lockPath(path))
    do {
      return try TreeDecoder().decode(Holder.self, from: JSONReader.read(bytes))
    } catch {
      // New, or just being replaced by its holder: nothing is known yet.
      return nil
    }
  }

  private static func busy(_ path: String, _ holder: Holder?) -> StackFailure {
    let who = holder.map { "`leat \($0.command)` (process \($0.pid))" } ?? "another process"
    return StackFailure(
      .dataDirectoryBusy, "the data directory `\(path)` is in use by \(who)",
      hint: holder?.endpoint.map { "it serves at \($0)" }
        ?? "try again when it is done, or wait for it: `--wait 60s`")
  }
}
