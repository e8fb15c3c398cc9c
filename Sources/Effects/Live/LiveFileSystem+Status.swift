import Glibc

extension LiveFileSystem {
  public func status(_ path: String) throws(FileFailure) -> FileStatus {
    guard let resolved = realpath(path, nil) else { throw .last("stat", path) }
    defer { free(resolved) }
    var found = stat()
    guard stat(resolved, &found) == 0 else { throw .last("stat", path) }
    let kind: FileStatus.Kind =
      switch found.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      default: .other
      }
    return FileStatus(
      kind: kind, size: Int64(found.st_size), isExecutable: found.st_mode & S_IXUSR != 0,
      resolvedPath: String(cString: resolved),
      modified: Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec))
  }

  public func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count)
    guard count >= 0 else { return nil }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  public func createLink(_ path: String, to target: String) throws(FileFailure) {
    guard symlink(target, path) == 0 else { throw .last("symlink", path) }
  }
}
