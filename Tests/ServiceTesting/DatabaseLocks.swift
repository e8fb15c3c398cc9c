import GRDBSQLite
import Synchronization

/// The locks and the shared memory of databases on one simulated disk, between the connections of
/// one process. They go with the process, as the kernel's do.
final class DatabaseLocks: Sendable {
  /// Levels of SQLite's file lock: none, shared, reserved, pending, exclusive.
  private struct Locks {
    var levels: [ObjectIdentifier: Int32] = [:]
    /// The writer that waits for the readers to go.
    var pending: ObjectIdentifier?
    var regions: [Region] = []
    var users: Set<ObjectIdentifier> = []
    /// For each of SQLite's lock slots: who holds it, and whether alone.
    var slots = [[ObjectIdentifier: Bool]](repeating: [:], count: Int(SQLITE_SHM_NLOCK))

    func others(than holder: ObjectIdentifier) -> [Int32] {
      levels.filter { $0.key != holder }.map(\.value)
    }
  }

  /// A piece of the shared memory; freed with the last reference.
  private final class Region: @unchecked Sendable {
    // SQLite guards what lies in it with the lock slots.
    let memory: UnsafeMutableRawPointer

    init(bytes: Int) {
      memory = .allocate(byteCount: bytes, alignment: 16)
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    }

    deinit { memory.deallocate() }
  }

  private let files = Mutex<[String: Locks]>([:])

  private func with<T: Sendable>(_ path: String, _ body: (inout Locks) -> T) -> T {
    files.withLock { body(&$0[path, default: Locks()]) }
  }

  // MARK: The file

  func lock(_ path: String, _ holder: ObjectIdentifier, _ level: Int32) -> Int32 {
    with(path) { locks in
      guard level > locks.levels[holder] ?? SQLITE_LOCK_NONE else { return SQLITE_OK }
      let others = locks.others(than: holder)
      let isOthersPending = locks.pending != nil && locks.pending != holder
      if isOthersPending || others.contains(SQLITE_LOCK_EXCLUSIVE) { return SQLITE_BUSY }
      if level >= SQLITE_LOCK_RESERVED, others.contains(where: { $0 >= SQLITE_LOCK_RESERVED }) {
        return SQLITE_BUSY
      }
      if level == SQLITE_LOCK_EXCLUSIVE {
        locks.pending = holder
        guard others.allSatisfy({ $0 == SQLITE_LOCK_NONE }) else {
          locks.levels[holder] = SQLITE_LOCK_PENDING
          return SQLITE_BUSY
        }
      }
      locks.levels[holder] = level
      return SQLITE_OK
    }
  }

  func unlock(_ path: String, _ holder: ObjectIdentifier, _ level: Int32) -> Int32 {
    with(path) { locks in
      if locks.pending == holder { locks.pending = nil }
      locks.levels[holder] = level == SQLITE_LOCK_NONE ? nil : level
      return SQLITE_OK
    }
  }

  func isReserved(_ path: String) -> Bool {
    with(path) { $0.levels.values.contains { $0 >= SQLITE_LOCK_RESERVED } }
  }

  /// The connection is closed.
  func release(_ path: String, _ holder: ObjectIdentifier) {
    _ = unlock(path, holder, SQLITE_LOCK_NONE)
    unmap(path, holder)
  }

  // MARK: The shared memory of a write-ahead log

  func map(
    _ path: String, _ holder: ObjectIdentifier, region: Int, bytes: Int, extends: Bool
  ) -> UnsafeMutableRawPointer? {
    let found = with(path) { locks -> Region? in
      locks.users.insert(holder)
      if extends {
        while locks.regions.count <= region { locks.regions.append(Region(bytes: bytes)) }
      }
      return region < locks.regions.count ? locks.regions[region] : nil
    }
    return found?.memory
  }

  func shared(_ path: String, _ holder: ObjectIdentifier, slots: Range<Int>, _ flags: Int32)
    -> Int32
  {
    with(path) { locks in
      if flags & SQLITE_SHM_UNLOCK != 0 {
        for slot in slots { locks.slots[slot][holder] = nil }
        return SQLITE_OK
      }
      let isAlone = flags & SQLITE_SHM_EXCLUSIVE != 0
      for slot in slots {
        let others = locks.slots[slot].filter { $0.key != holder }
        if isAlone ? !others.isEmpty : others.values.contains(true) { return SQLITE_BUSY }
      }
      for slot in slots { locks.slots[slot][holder] = isAlone }
      return SQLITE_OK
    }
  }

  /// A lock taken and given back orders memory.
  func barrier() { files.withLock { _ in } }

  func unmap(_ path: String, _ holder: ObjectIdentifier) {
    with(path) { locks in
      for slot in locks.slots.indices { locks.slots[slot][holder] = nil }
      locks.users.remove(holder)
      if locks.users.isEmpty { locks.regions = [] }
    }
  }
}
