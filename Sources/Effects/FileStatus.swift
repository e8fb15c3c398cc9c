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

  public init(kind: Kind, size: Int64, isExecutable: Bool, resolvedPath: String) {
    self.kind = kind
    self.size = size
    self.isExecutable = isExecutable
    self.resolvedPath = resolvedPath
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
