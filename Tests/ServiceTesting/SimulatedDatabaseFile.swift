import Effects
import GRDBSQLite
import Glibc

/// A database file, journal or write-ahead log that SQLite has open on a simulated disk.
final class SimulatedDatabaseFile: Sendable {
  /// Result codes with details, which C has as expressions.
  enum Code {
    static let read = SQLITE_IOERR | (1 << 8)
    static let shortRead = SQLITE_IOERR | (2 << 8)
    static let write = SQLITE_IOERR | (3 << 8)
    static let sync = SQLITE_IOERR | (4 << 8)
    static let truncate = SQLITE_IOERR | (6 << 8)
    static let size = SQLITE_IOERR | (7 << 8)
    static let lock = SQLITE_IOERR | (15 << 8)
    static let delete = SQLITE_IOERR | (10 << 8)
    static let noEntry = SQLITE_IOERR | (23 << 8)
  }

  private let file: SimulatedFile
  /// Made by this opening: its first sync makes its name durable too, as SQLite does on Unix.
  private let isNew: Bool
  private let isReadOnly: Bool

  init(_ file: SimulatedFile, isNew: Bool, isReadOnly: Bool) {
    self.file = file
    self.isNew = isNew
    self.isReadOnly = isReadOnly
  }

  private var locks: DatabaseLocks { file.disk.locks }
  private var holder: ObjectIdentifier { ObjectIdentifier(self) }

  // MARK: In SQLite's memory

  /// SQLite's own part, and behind it a reference to this object.
  static let bytes = Int32(MemoryLayout<sqlite3_file>.stride + MemoryLayout<UnsafeRawPointer>.size)

  func place(in target: UnsafeMutablePointer<sqlite3_file>) {
    UnsafeMutableRawPointer(target).storeBytes(
      of: UnsafeRawPointer(Unmanaged.passRetained(self).toOpaque()),
      toByteOffset: MemoryLayout<sqlite3_file>.stride, as: UnsafeRawPointer.self)
    target.pointee.pMethods = UnsafePointer(SimulatedDatabases.methods)
  }

  private static func reference(_ target: UnsafeMutablePointer<sqlite3_file>?)
    -> Unmanaged<SimulatedDatabaseFile>
  {
    guard let target else { preconditionFailure("SQLite names no file") }
    return Unmanaged.fromOpaque(
      UnsafeRawPointer(target).load(
        fromByteOffset: MemoryLayout<sqlite3_file>.stride, as: UnsafeRawPointer.self))
  }

  private static func at(_ target: UnsafeMutablePointer<sqlite3_file>?) -> SimulatedDatabaseFile {
    reference(target).takeUnretainedValue()
  }

  static func makeMethods() -> sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = { target in
      let held = SimulatedDatabaseFile.reference(target)
      let file = held.takeUnretainedValue()
      file.locks.release(file.file.path, file.holder)
      held.release()
      return SQLITE_OK
    }
    methods.xRead = { SimulatedDatabaseFile.at($0).read($1, Int($2), $3) }
    methods.xWrite = { SimulatedDatabaseFile.at($0).write($1, Int($2), $3) }
    methods.xTruncate = { SimulatedDatabaseFile.at($0).truncate($1) }
    methods.xSync = { target, _ in SimulatedDatabaseFile.at(target).sync() }
    methods.xFileSize = { SimulatedDatabaseFile.at($0).size($1) }
    methods.xLock = { target, level in
      let file = SimulatedDatabaseFile.at(target)
      // The kernel gives no lock for writing to who can't write.
      if file.isReadOnly, level >= SQLITE_LOCK_RESERVED { return Code.lock }
      return file.locks.lock(file.file.path, file.holder, level)
    }
    methods.xUnlock = { target, level in
      let file = SimulatedDatabaseFile.at(target)
      return file.locks.unlock(file.file.path, file.holder, level)
    }
    methods.xCheckReservedLock = { target, result in
      let file = SimulatedDatabaseFile.at(target)
      result?.pointee = file.locks.isReserved(file.file.path) ? 1 : 0
      return SQLITE_OK
    }
    methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    methods.xSectorSize = { Int32(SimulatedDatabaseFile.at($0).file.disk.sectorBytes) }
    // A sector that is not written is not damaged by a write beside it.
    methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    methods.xShmMap = { target, region, size, extends, pointer in
      let file = SimulatedDatabaseFile.at(target)
      pointer?.pointee = file.locks.map(
        file.file.path, file.holder, region: Int(region), bytes: Int(size), extends: extends != 0)
      return SQLITE_OK
    }
    methods.xShmLock = { target, offset, count, flags in
      let file = SimulatedDatabaseFile.at(target)
      return file.locks.shared(
        file.file.path, file.holder, slots: Int(offset)..<Int(offset + count), flags)
    }
    methods.xShmBarrier = { target in SimulatedDatabaseFile.at(target).locks.barrier() }
    methods.xShmUnmap = { target, _ in
      let file = SimulatedDatabaseFile.at(target)
      file.locks.unmap(file.file.path, file.holder)
      return SQLITE_OK
    }
    return methods
  }

  // MARK: Bytes

  private func read(_ target: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int64) -> Int32 {
    guard let target else { return Code.read }
    do throws(FileFailure) {
      let bytes = try file.read(at: offset, count: count)
      target.copyMemory(from: bytes, byteCount: bytes.count)
      if bytes.count == count { return SQLITE_OK }
      // SQLite wants the rest zeroed.
      memset(target + bytes.count, 0, count - bytes.count)
      return Code.shortRead
    } catch { return Code.read }
  }

  private func write(_ source: UnsafeRawPointer?, _ count: Int, _ offset: Int64) -> Int32 {
    do throws(FileFailure) {
      try file.write(UnsafeRawBufferPointer(start: source, count: count), at: offset)
      return SQLITE_OK
    } catch { return error.errno == 28 ? SQLITE_FULL : Code.write }
  }

  private func truncate(_ size: Int64) -> Int32 {
    do throws(FileFailure) {
      try file.truncate(size)
      return SQLITE_OK
    } catch { return Code.truncate }
  }

  private func sync() -> Int32 {
    do throws(FileFailure) {
      try file.sync()
      if isNew { try file.disk.syncDirectory(of: file.path) }
      return SQLITE_OK
    } catch { return Code.sync }
  }

  private func size(_ target: UnsafeMutablePointer<sqlite3_int64>?) -> Int32 {
    do throws(FileFailure) {
      target?.pointee = try file.size
      return SQLITE_OK
    } catch { return Code.size }
  }
}
