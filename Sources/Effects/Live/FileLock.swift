import Glibc

/// An exclusive advisory lock on a file, which the kernel lets go when its holder dies, however it
/// dies. The holder may leave a note in the file for others to read.
///
/// It is a lock of the open file (`F_OFD_SETLK`), which can be looked at without being taken: a
/// command that only asks for the holder keeps nobody else out. `flock` is taken as well, since
/// earlier versions of the program know only that.
public final class FileLock: Sendable {
  private let descriptor: Int32
  private let path: String

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Lets go before closing: a child that was forked in this moment has the descriptor, and with it
  /// the lock, until it runs its program.
  deinit {
    _ = Self.request(.take, Int16(F_UNLCK), descriptor)
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Takes the lock, making the file where it is missing; nil when another process has it. A file
  /// that its holder removes meanwhile is made again.
  ///
  /// - Parameter waits: blocks this thread until the lock is free instead.
  public static func acquire(_ path: String, waits: Bool = false) throws(FileFailure) -> FileLock? {
    // Closed on exec: a child must not carry the lock on.
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("open", path) }
    let lock = FileLock(descriptor: descriptor, path: path)
    let command = waits ? Command.wait : .take
    guard
      try isGranted(path, { request(command, Int16(F_WRLCK), descriptor) == nil ? -1 : 0 }),
      try isGranted(path, { flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) })
    else { return nil }
    return lock.isAtItsPath ? lock : try acquire(path, waits: waits)
  }

  /// Makes a request again while signals interrupt it; false when another process has the lock.
  private static func isGranted(
    _ path: String, _ request: () -> Int32
  ) throws(FileFailure) -> Bool {
    while request() != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw failure("lock", path) }
    }
    return true
  }

  /// Linux's numbers for locks of an open file (fcntl(2)), which Glibc's module leaves out.
  private enum Command: Int32 {
    case look = 36
    case take = 37
    case wait = 38
  }

  /// Asks the kernel about a lock on the whole file; nil with `errno` set when it refuses, else the
  /// kind of the lock that stands in the way (`F_UNLCK` for none).
  private static func request(_ command: Command, _ kind: Int16, _ descriptor: Int32) -> Int16? {
    var range = Glibc.flock()
    range.l_type = kind
    range.l_whence = Int16(SEEK_SET)
    guard fcntl(descriptor, command.rawValue, &range) == 0 else { return nil }
    return command == .look ? range.l_type : Int16(F_UNLCK)
  }

  /// False where the path names another file by now, or none.
  private var isAtItsPath: Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }

  /// True when some process has the lock now. False when the file does not exist.
  public static func isHeld(_ path: String) throws(FileFailure) -> Bool {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return false }
      throw failure("open", path)
    }
    defer { close(descriptor) }
    guard let kind = request(.look, Int16(F_WRLCK), descriptor) else {
      throw failure("lock", path)
    }
    return kind != Int16(F_UNLCK)
  }

  /// Replaces the note.
  public func write(_ note: [UInt8]) throws(FileFailure) {
    guard ftruncate(descriptor, 0) == 0 else { throw Self.failure("truncate", path) }
    var offset = 0
    while offset < note.count {
      let count = note.withUnsafeBytes { bytes in
        pwrite(
          descriptor, bytes.baseAddress.map { $0 + offset }, note.count - offset, off_t(offset))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure("write", path) }
      offset += count
    }
  }

  private static func failure(_ operation: String, _ path: String) -> FileFailure {
    let code = errno
    return FileFailure(
      operation: operation, path: path, errno: code, reason: String(cString: strerror(code)))
  }
}

/// The identity of a process, beyond a number that is used again.
public enum ProcessIdentity {
  /// This process's id.
  public static var current: Int32 { getpid() }

  /// The process's start, in clock ticks since boot; nil when there is none of that id.
  public static func startTicks(of pid: Int32) -> Int64? {
    guard let file = fopen("/proc/\(pid)/stat", "r") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 2048)
    let count = fread(&buffer, 1, buffer.count, file)
    let text = String(decoding: buffer.prefix(count), as: UTF8.self)
    // The second field is the program's name in brackets and may hold anything: count after it.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    return Int64(fields[19])
  }
}
