import Effects
import GRDBSQLite
import Glibc
import Synchronization

/// Lets SQLite work on simulated disks: a VFS that becomes the default one, takes the paths below
/// `/simulated/`, and hands all others on to the VFS that was the default before.
///
/// So a database meets the same faults and the same losses of power as the logs and objects beside
/// it, and the code under test opens its path as it always does.
enum SimulatedDatabases {
  static let root = "/simulated/"
  private static let mounts = Mutex<[String: SimulatedDisk]>([:])
  private static let counter = Mutex(0)

  /// A folder of its own for the disk: `/simulated/7`.
  static func mount(_ disk: SimulatedDisk) -> String {
    _ = register
    let path = counter.withLock { counter in
      counter += 1
      return "\(root)\(counter)"
    }
    mounts.withLock { $0[path] = disk }
    return path
  }

  static func unmount(_ path: String) { mounts.withLock { $0[path] = nil } }

  /// The disk below whose folder the path lies.
  static func disk(of path: String) -> SimulatedDisk? {
    guard path.hasPrefix(root) else { return nil }
    let folder = path.dropFirst(root.utf8.count).prefix { $0 != "/" }
    return mounts.withLock { $0[root + folder] }
  }

  // MARK: Registration

  /// The VFS that was the default before.
  nonisolated(unsafe) private static let real: UnsafeMutablePointer<sqlite3_vfs>? =
    sqlite3_vfs_find(nil)

  nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(to: SimulatedDatabaseFile.makeMethods())
    return methods
  }()

  private static let register: Void = {
    guard let real else { preconditionFailure("SQLite has no VFS") }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: real.pointee)
    vfs.pointee.pNext = nil
    vfs.pointee.zName = UnsafePointer(strdup("simulated"))
    vfs.pointee.szOsFile = max(real.pointee.szOsFile, SimulatedDatabaseFile.bytes)
    vfs.pointee.xOpen = { _, name, file, flags, outFlags in
      SimulatedDatabases.open(name, file, flags, outFlags)
    }
    vfs.pointee.xDelete = { _, name, syncs in SimulatedDatabases.delete(name, syncs) }
    vfs.pointee.xAccess = { _, name, flags, result in
      SimulatedDatabases.access(name, flags, result)
    }
    vfs.pointee.xFullPathname = { _, name, count, target in
      SimulatedDatabases.fullPath(name, count, target)
    }
    precondition(sqlite3_vfs_register(vfs, 1) == SQLITE_OK, "the simulated VFS was not taken")
  }()

  // MARK: Methods

  private static func text(_ name: UnsafePointer<CChar>?) -> String? {
    name.map { String(cString: $0) }
  }

  private static func open(
    _ name: UnsafePointer<CChar>?, _ target: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let path = text(name), path.hasPrefix(root) else {
      return real?.pointee.xOpen(real, name, target, flags, outFlags) ?? SQLITE_CANTOPEN
    }
    guard let target else { return SQLITE_CANTOPEN }
    target.pointee.pMethods = nil
    guard let disk = disk(of: path) else { return SQLITE_CANTOPEN }
    do throws(FileFailure) {
      let (id, isNew) = try disk.identify(path, flags & SQLITE_OPEN_CREATE == 0 ? .read : .update)
      let file = SimulatedDatabaseFile(
        SimulatedFile(disk: disk, path: path, id: id), isNew: isNew,
        isReadOnly: flags & SQLITE_OPEN_READONLY != 0)
      file.place(in: target)
      outFlags?.pointee = flags
      return SQLITE_OK
    } catch { return error.errno == 28 ? SQLITE_FULL : SQLITE_CANTOPEN }
  }

  private static func delete(_ name: UnsafePointer<CChar>?, _ syncs: Int32) -> Int32 {
    guard let path = text(name), path.hasPrefix(root) else {
      return real?.pointee.xDelete(real, name, syncs) ?? SQLITE_IOERR
    }
    guard let disk = disk(of: path) else { return SQLITE_IOERR }
    guard disk.exists(path) else { return SimulatedDatabaseFile.Code.noEntry }
    do throws(FileFailure) {
      try disk.remove(path)
      if syncs != 0 { try disk.syncDirectory(of: path) }
      return SQLITE_OK
    } catch { return SimulatedDatabaseFile.Code.delete }
  }

  private static func access(
    _ name: UnsafePointer<CChar>?, _ flags: Int32, _ result: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let path = text(name), path.hasPrefix(root) else {
      return real?.pointee.xAccess(real, name, flags, result) ?? SQLITE_IOERR
    }
    // Like SQLite on Unix: an empty file counts as none.
    do throws(FileFailure) {
      guard let disk = disk(of: path) else { return SQLITE_IOERR }
      var isThere = disk.exists(path)
      if isThere { isThere = try disk.size(path) > 0 }
      result?.pointee = isThere ? 1 : 0
      return SQLITE_OK
    } catch { return SQLITE_IOERR }
  }

  private static func fullPath(
    _ name: UnsafePointer<CChar>?, _ count: Int32, _ target: UnsafeMutablePointer<CChar>?
  ) -> Int32 {
    guard let path = text(name), path.hasPrefix(root), let target else {
      return real?.pointee.xFullPathname(real, name, count, target) ?? SQLITE_CANTOPEN
    }
    let bytes = path.utf8CString
    guard bytes.count <= Int(count) else { return SQLITE_CANTOPEN }
    bytes.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { target.update(from: base, count: source.count) }
    }
    return SQLITE_OK
  }
}
