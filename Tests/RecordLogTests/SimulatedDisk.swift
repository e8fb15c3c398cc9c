import Effects
import Synchronization

/// Files in memory that know what has been synced, so that a crash can be played: sectors written
/// since the last sync may or may not have reached the disk.
final class SimulatedDisk: FileSystem {
  struct Content: Sendable {
    var current: [UInt8] = []
    var durable: [UInt8] = []
  }

  private struct State {
    var files: [String: Content] = [:]
    var syncs = 0
    var failing: Set<String> = []
    var room: Int?
    var used: Int { files.values.reduce(0) { $0 + $1.current.count } }
  }

  private static let sector = 64
  private let state: Mutex<State>
  /// Runs in every data sync, outside of the lock.
  let onSync: @Sendable () -> Void

  init(_ files: [String: Content] = [:], onSync: @escaping @Sendable () -> Void = {}) {
    state = Mutex(State(files: files))
    self.onSync = onSync
  }

  var syncs: Int { state.withLock { $0.syncs } }
  var paths: [String] { state.withLock { $0.files.keys.sorted() } }

  /// Operations of this name fail from now on: `write`, `sync`.
  func fail(_ operation: String, _ fails: Bool) {
    state.withLock { state in
      if fails { state.failing.insert(operation) } else { state.failing.remove(operation) }
    }
  }

  /// How many bytes the disk holds; nil for as many as come.
  func limit(to room: Int?) { state.withLock { $0.room = room } }

  func corrupt(_ path: String, at offset: Int) {
    state.withLock { $0.files[path]?.current[offset] ^= 0xFF }
  }

  /// The disk as a machine finds it that lost power now.
  func afterCrash(seed: UInt64) -> SimulatedDisk {
    let random = SeededRandomSource(seed: seed)
    let files = state.withLock { $0.files }
    var survived: [String: Content] = [:]
    for path in files.keys.sorted() {
      guard let file = files[path] else { continue }
      var bytes = file.durable
      let size =
        random.nextUInt64() % 2 == 0 ? file.durable.count : file.current.count
      bytes += Array(repeating: 0, count: max(0, size - bytes.count))
      for start in stride(from: 0, to: min(size, file.current.count), by: Self.sector)
      where random.nextUInt64() % 2 == 0 {
        let end = min(start + Self.sector, size, file.current.count)
        bytes.replaceSubrange(start..<end, with: file.current[start..<end])
      }
      bytes = Array(bytes.prefix(size))
      survived[path] = Content(current: bytes, durable: bytes)
    }
    return SimulatedDisk(survived)
  }

  private func failure(_ operation: String, _ path: String) -> FileFailure {
    FileFailure(operation: operation, path: path, errno: 28, reason: "simulated")
  }

  private func change<T: Sendable>(
    _ path: String, _ operation: String, _ body: (inout Content) -> T
  ) throws(FileFailure) -> T {
    let result = state.withLock { state -> T? in
      if state.failing.contains(operation) { return nil }
      if operation == "sync" { state.syncs += 1 }
      guard var file = state.files[path] else { return nil }
      let before = file.current.count
      let value = body(&file)
      if let room = state.room, file.current.count > before,
        state.used - before + file.current.count > room
      {
        // As on a real disk, what still fits is written before the failure.
        file.current = Array(file.current.prefix(max(before, room - state.used + before)))
        state.files[path] = file
        return nil
      }
      state.files[path] = file
      return value
    }
    guard let result else { throw failure(operation, path) }
    return result
  }

  func exists(_ path: String) -> Bool { state.withLock { $0.files[path] != nil } }
  func isDirectory(_ path: String) -> Bool { paths.contains { $0.hasPrefix("\(path)/") } }
  func read(_ path: String) throws(FileFailure) -> [UInt8] {
    try change(path, "read") { $0.current }
  }
  func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    state.withLock { $0.files[path] = Content(current: bytes, durable: bytes) }
  }
  func createDirectory(_ path: String) throws(FileFailure) {}
  func makeExecutable(_ path: String) throws(FileFailure) {}
  /// Directory entries are durable at once.
  func syncDirectory(_ path: String) throws(FileFailure) {}
  func list(_ path: String) throws(FileFailure) -> [String] {
    paths.filter { $0.hasPrefix("\(path)/") }.map { String($0.dropFirst(path.count + 1)) }
  }
  func rename(_ from: String, to: String) throws(FileFailure) {
    let file = try change(from, "rename") { $0 }
    state.withLock { state in
      state.files[from] = nil
      state.files[to] = file
    }
  }
  func remove(_ path: String) throws(FileFailure) {
    state.withLock { state in
      state.files = state.files.filter { $0.key != path && !$0.key.hasPrefix("\(path)/") }
    }
  }
  func size(_ path: String) throws(FileFailure) -> Int64 {
    try change(path, "size") { Int64($0.current.count) }
  }

  func open(_ path: String, _ mode: FileMode) throws(FileFailure) -> any FileHandle {
    let isAllowed = state.withLock { state -> Bool in
      let isThere = state.files[path] != nil
      if mode == .read { return isThere }
      if mode == .createNew && isThere { return false }
      if !isThere { state.files[path] = Content() }
      return true
    }
    guard isAllowed else { throw failure("open", path) }
    return Handle(disk: self, path: path)
  }

  private final class Handle: FileHandle {
    let disk: SimulatedDisk
    let path: String
    init(disk: SimulatedDisk, path: String) {
      self.disk = disk
      self.path = path
    }

    func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8] {
      try disk.change(path, "read") { Array($0.current.dropFirst(Int(offset)).prefix(count)) }
    }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileFailure) {
      let copy = Array(bytes)
      try disk.change(path, "write") { file in
        let end = Int(offset) + copy.count
        file.current += Array(repeating: 0, count: max(0, end - file.current.count))
        file.current.replaceSubrange(Int(offset)..<end, with: copy)
      }
    }
    func preallocate(_ size: Int64) throws(FileFailure) {
      try disk.change(path, "preallocate") { file in
        file.current += Array(repeating: 0, count: max(0, Int(size) - file.current.count))
        file.durable = file.current
      }
    }
    func sync() throws(FileFailure) {
      disk.onSync()
      try disk.change(path, "sync") { $0.durable = $0.current }
    }
    func truncate(_ size: Int64) throws(FileFailure) {
      try disk.change(path, "truncate") { file in
        file.current = Array(file.current.prefix(Int(size)))
      }
    }
    var size: Int64 { get throws(FileFailure) { try disk.size(path) } }
    var descriptor: Int32? { nil }
  }
}

/// No test here starts a program.
struct NoProcesses: ProcessSpawner {
  func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
    throw FileFailure(operation: "spawn", path: command.executable, errno: 1, reason: "not here")
  }
  func find(_ program: String) -> String? { nil }
}
