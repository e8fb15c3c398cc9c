/// Operations on files. Paths are absolute or relative to the working directory, text in UTF-8.
/// Every call throws `FileFailure`.
public protocol FileSystem: Sendable {
  func exists(_ path: String) -> Bool
  func isDirectory(_ path: String) -> Bool
  func read(_ path: String) throws(FileFailure) -> [UInt8]
  /// Writes to a temporary name beside `path`, syncs, renames over it and syncs the directory:
  /// after a crash the file holds either the old bytes or the new ones.
  func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileFailure)
  /// With missing parents; no error where it exists.
  func createDirectory(_ path: String) throws(FileFailure)
  /// Names in the directory, sorted; empty where it does not exist.
  func list(_ path: String) throws(FileFailure) -> [String]
  func rename(_ from: String, to: String) throws(FileFailure)
  /// A file or a whole directory; no error where it does not exist.
  func remove(_ path: String) throws(FileFailure)
  func size(_ path: String) throws(FileFailure) -> Int64
  func status(_ path: String) throws(FileFailure) -> FileStatus
  func open(_ path: String, _ mode: FileMode) throws(FileFailure) -> any FileHandle
  /// Lets its owner execute the file.
  func makeExecutable(_ path: String) throws(FileFailure)
  /// The target of a symbolic link as it is written; nil for anything else.
  func linkTarget(_ path: String) -> String?
  /// Makes a symbolic link; fails where something of its name exists.
  func createLink(_ path: String, to target: String) throws(FileFailure)
  /// Makes the directory's entries (files just made, renamed or removed in it) durable.
  func syncDirectory(_ path: String) throws(FileFailure)
}

/// For file systems that know no links.
extension FileSystem {
  public func linkTarget(_ path: String) -> String? { nil }
  public func createLink(_ path: String, to target: String) throws(FileFailure) {
    throw FileFailure(operation: "symlink", path: path, errno: 95, reason: "not supported")
  }
}

extension FileSystem {
  /// Makes the entry of a file that was just made durable: syncs the directory that holds `path`.
  public func syncDirectory(of path: String) throws(FileFailure) {
    try syncDirectory(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
  }
}

public enum FileMode: Sendable {
  case read
  /// Reads and writes; made where it does not exist, never truncated.
  case update
  /// Writes; fails where it exists.
  case createNew
}

/// An open file. Offsets and counts are in bytes. Closed when the last reference goes.
public protocol FileHandle: Sendable, AnyObject {
  /// Up to `count` bytes; fewer only at the end of the file.
  func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8]
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileFailure)
  /// Writes zeroes up to `size` and syncs, so that later writes change no metadata.
  func preallocate(_ size: Int64) throws(FileFailure)
  /// Gives the file `size` bytes that read as zeroes, without writing them, and syncs: cheaper than
  /// `preallocate`, but the first write to each place changes metadata, which its sync must carry.
  func reserve(_ size: Int64) throws(FileFailure)
  /// Data on disk (fdatasync).
  func sync() throws(FileFailure)
  func truncate(_ size: Int64) throws(FileFailure)
  var size: Int64 { get throws(FileFailure) }
  /// For `sendfile`-like paths; nil in a simulated file system.
  var descriptor: Int32? { get }
}

/// A file operation that did not succeed.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public var operation: String
  public var path: String
  /// The operating system's error number.
  public var errno: Int32
  public var reason: String

  public init(operation: String, path: String, errno: Int32, reason: String) {
    self.operation = operation
    self.path = path
    self.errno = errno
    self.reason = reason
  }

  public var description: String { "\(operation) \(path): \(reason)" }
}

extension FileHandle {
  /// A file system that can't reserve writes zeroes.
  public func reserve(_ size: Int64) throws(FileFailure) { try preallocate(size) }
}
