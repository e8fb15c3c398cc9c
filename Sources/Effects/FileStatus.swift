/// The kind and size of a file, with symbolic links followed.
public struct FileStatus: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case file, folder
    /// A pipe, socket or device: reading it may never end.
    case other
  }

  public var kind: Kind
  /// In bytes.
  public var size: Int64
  /// True when its owner may execute it.
  public var isExecutable: Bool
  /// The absolute path without links, `.` and `..`.
  public var resolvedPath: String
  /// Nanoseconds since 1970 at which its contents last changed; 0 where the file system keeps none.
  public var modified: Int64

  public init(
    kind: Kind, size: Int64, isExecutable: Bool, resolvedPath: String, modified: Int64 = 0
  ) {
    self.kind = kind
    self.size = size
    self.isExecutable = isExecutable
    self.resolvedPath = resolvedPath
    self.modified = modified
  }
}

extension FileSystem {
  /// For file systems that know neither links nor modes.
  public func status(_ path: String) throws(FileFailure) -> FileStatus {
    if isDirectory(path) {
      return FileStatus(kind: .folder, size: 0, isExecutable: true, resolvedPath: path)
    }
    return FileStatus(
      kind: .file, size: try size(path), isExecutable: false, resolvedPath: path)
  }
}

extension FileSystem {
  /// Bytes of all files in a folder, links not followed by name but counted once each. Files that
  /// go meanwhile count as nothing.
  public func usedBytes(in folder: String) -> Int64 {
    var total: Int64 = 0
    var folders = [folder]
    var seen: Set<String> = [folder]
    while let next = folders.popLast() {
      // A folder that can't be read, or is gone by now, takes no room that could be told.
      for name in (try? list(next)) ?? [] {
        guard let status = try? status("\(next)/\(name)"),
          status.resolvedPath.hasPrefix("\(folder)/"), seen.insert(status.resolvedPath).inserted
        else { continue }
        if status.kind == .folder { folders.append(status.resolvedPath) }
        if status.kind == .file { total += status.size }
      }
    }
    return total
  }
}
