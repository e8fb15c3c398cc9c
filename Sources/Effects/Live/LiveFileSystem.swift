import Glibc

/// The machine's own files, through POSIX calls.
public struct LiveFileSystem: FileSystem {
  public init() {}

  public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  public func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  public func read(_ path: String) throws(FileFailure) -> [UInt8] {
    let file = try open(path, .read)
    return try file.read(at: 0, count: Int(try file.size))
  }

  public func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    let temporary = "\(path).\(getpid()).\(LiveRandomSource().nextUInt64()).tmp"
    do throws(FileFailure) {
      let file = try open(temporary, .createNew)
      try bytes.withUnsafeBytesTyped { (raw) throws(FileFailure) in try file.write(raw, at: 0) }
      try file.sync()
      try rename(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
    try syncDirectory(of: path)
  }

  public func syncDirectory(_ path: String) throws(FileFailure) {
    let descriptor = Glibc.open(path.isEmpty ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
  }

  public func createDirectory(_ path: String) throws(FileFailure) {
    if isDirectory(path) { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try createDirectory(String(path[..<slash]))
    }
    guard mkdir(path, 0o700) == 0 || Glibc.errno == EEXIST else { throw .last("mkdir", path) }
  }

  public func list(_ path: String) throws(FileFailure) -> [String] {
    guard let directory = opendir(path) else {
      if Glibc.errno == ENOENT { return [] }
      throw .last("opendir", path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  public func rename(_ from: String, to: String) throws(FileFailure) {
    guard Glibc.rename(from, to) == 0 else { throw .last("rename", "\(from) to \(to)") }
  }

  public func remove(_ path: String) throws(FileFailure) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if Glibc.errno == ENOENT { return }
      throw .last("lstat", path)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in try list(path) { try remove("\(path)/\(name)") }
      guard rmdir(path) == 0 || Glibc.errno == ENOENT else { throw .last("rmdir", path) }
    } else {
      guard unlink(path) == 0 || Glibc.errno == ENOENT else { throw .last("unlink", path) }
    }
  }

  public func size(_ path: String) throws(FileFailure) -> Int64 {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .last("stat", path) }
    return Int64(status.st_size)
  }

  public func open(_ path: String, _ mode: FileMode) throws(FileFailure) -> any FileHandle {
    let flags =
      switch mode {
      case .read: O_RDONLY
      case .update: O_RDWR | O_CREAT
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      }
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last("open", path) }
    return LiveFileHandle(descriptor: descriptor, path: path)
  }
}

extension FileFailure {
  /// From `errno`, right after a call that failed.
  static func last(_ operation: String, _ path: String) -> FileFailure {
    let number = Glibc.errno
    return FileFailure(
      operation: operation, path: path, errno: number, reason: String(cString: strerror(number)))
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` with a typed throw.
  func withUnsafeBytesTyped(
    _ body: (UnsafeRawBufferPointer) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    let result = withUnsafeBytes { raw -> Result<Void, FileFailure> in
      do throws(FileFailure) { return .success(try body(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
