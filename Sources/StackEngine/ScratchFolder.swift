import Effects

/// A folder for state that nobody keeps: of `validate`, and of a server that is ephemeral. What a
/// killed process leaves behind is removed by the next one that makes such a folder.
public final class ScratchFolder: Sendable {
  private static let prefix = "leat-scratch-"
  private static let lockName = "in-use"

  public let path: String
  private let files: any FileSystem
  /// Goes with the process, however that ends.
  private let lock: FileLock?

  private init(path: String, files: any FileSystem, lock: FileLock?) {
    self.path = path
    self.files = files
    self.lock = lock
  }

  /// Makes a folder, and removes those of processes that are gone.
  ///
  /// - Parameter parent: the folder for temporary files, `/tmp`.
  public static func make(in parent: String, effects: Effects) throws -> ScratchFolder {
    sweep(parent, effects.files)
    let pid = ProcessIdentity.current
    let ticks = ProcessIdentity.startTicks(of: pid) ?? 0
    let path = "\(parent)/\(prefix)\(pid)-\(ticks)-\(effects.random.uuid())"
    try effects.files.createDirectory(path)
    return ScratchFolder(
      path: path, files: effects.files, lock: try FileLock.acquire("\(path)/\(lockName)"))
  }

  /// Removes the folder and all in it.
  public func remove() throws(FileFailure) { try files.remove(path) }

  private static func sweep(_ parent: String, _ files: any FileSystem) {
    // Another user's folders, and those that someone else removes at this moment, are theirs to
    // remove: nothing here depends on it.
    for name in (try? files.list(parent)) ?? [] where isAbandoned(name, parent) {
      try? files.remove("\(parent)/\(name)")
    }
  }

  /// The process that made the folder is gone, and nobody has it locked: in a container, processes
  /// outside can't be seen.
  private static func isAbandoned(_ name: String, _ parent: String) -> Bool {
    guard name.hasPrefix(prefix) else { return false }
    let parts = name.dropFirst(prefix.count).split(separator: "-", maxSplits: 2)
    guard parts.count == 3, let pid = Int32(parts[0]), let ticks = Int64(parts[1]),
      ProcessIdentity.startTicks(of: pid) != ticks
    else { return false }
    // A lock that can't be looked at may be held.
    return ((try? FileLock.isHeld("\(parent)/\(name)/\(lockName)")) ?? true) == false
  }
}
