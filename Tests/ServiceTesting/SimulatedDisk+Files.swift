import Effects

extension SimulatedDisk: FileSystem {
  public func exists(_ path: String) -> Bool { state.withLock { $0.names[path] != nil } }

  public func isDirectory(_ path: String) -> Bool {
    state.withLock { $0.names[path] == .folder }
  }

  public func read(_ path: String) throws(FileFailure) -> [UInt8] {
    try content(path, "read") { $0.current }
  }

  public func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    try step("write", path) { state in
      let id = state.nextID
      state.nextID += 1
      state.contents[id] = Content(current: bytes, durable: bytes)
      change([path: .file(id)], in: &state)
      Self.settleNames(&state)
    }
  }

  public func createDirectory(_ path: String) throws(FileFailure) {
    guard !isDirectory(path) else { return }
    try step("mkdir", path) { state in
      var parent = ""
      for part in path.split(separator: "/") {
        parent += "/\(part)"
        if state.names[parent] == nil { change([parent: .folder], in: &state) }
      }
    }
  }

  public func makeExecutable(_ path: String) throws(FileFailure) {}

  public func syncDirectory(_ path: String) throws(FileFailure) {
    try step("syncDirectory", path) { Self.settleNames(&$0) }
  }

  static func settleNames(_ state: inout State) {
    for change in state.pendingNames { apply(change, to: &state.durableNames) }
    state.pendingNames = []
  }

  public func list(_ path: String) throws(FileFailure) -> [String] {
    try perform("list", path, isStep: false) { state in
      let names = state.names.keys.filter { $0.hasPrefix("\(path)/") }
        .map { $0.dropFirst(path.utf8.count + 1) }
      return names.filter { !$0.contains("/") }.map(String.init).sorted()
    }
  }

  public func rename(_ from: String, to: String) throws(FileFailure) {
    let _: Bool = try perform("rename", from, isStep: true) { state in
      guard let entry = state.names[from], hasFolder(of: to, state) else { return nil }
      change([from: nil, to: entry], in: &state)
      return true
    }
  }

  public func remove(_ path: String) throws(FileFailure) {
    guard exists(path) else { return }
    try step("remove", path) { state in
      let gone = state.names.keys.filter { $0 == path || $0.hasPrefix("\(path)/") }
      for name in gone.sorted(by: >) { change([name: nil], in: &state) }
    }
  }

  public func size(_ path: String) throws(FileFailure) -> Int64 {
    try content(path, "size") { Int64($0.current.count) }
  }

  public func open(_ path: String, _ mode: FileMode) throws(FileFailure) -> any FileHandle {
    SimulatedFile(disk: self, path: path, id: try identify(path, mode).id)
  }

  /// The file at `path`, made where the mode says so; and whether it was made.
  func identify(_ path: String, _ mode: FileMode) throws(FileFailure) -> (id: Int, isNew: Bool) {
    let known = state.withLock { state -> Int? in
      if case .file(let id)? = state.names[path] { id } else { nil }
    }
    switch (mode, known) {
    case (.read, nil): throw failure("open", path, 2)
    case (.createNew, _?): throw failure("open", path, 17)
    case (.read, let id?), (.update, let id?):
      return try perform("open", path, isStep: false) { _ in (id, false) }
    case (.update, nil), (.createNew, nil):
      return try perform("open", path, isStep: true) { state in
        guard hasFolder(of: path, state) else { return nil }
        let id = state.nextID
        state.nextID += 1
        state.contents[id] = Content()
        change([path: .file(id)], in: &state)
        return (id, true)
      }
    }
  }

  private func hasFolder(of path: String, _ state: State) -> Bool {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return true }
    return state.names[String(path[..<slash])] == .folder
  }

  private func content<T: Sendable>(
    _ path: String, _ operation: String, _ body: (Content) -> T
  ) throws(FileFailure) -> T {
    try perform(operation, path, isStep: false) { state in
      guard case .file(let id)? = state.names[path], let content = state.contents[id] else {
        return nil
      }
      return body(content)
    }
  }
}

/// An open file: it stays what it is when its name goes.
final class SimulatedFile: FileHandle {
  let disk: SimulatedDisk
  let path: String
  let id: Int

  init(disk: SimulatedDisk, path: String, id: Int) {
    self.disk = disk
    self.path = path
    self.id = id
  }

  var descriptor: Int32? { nil }

  var size: Int64 {
    get throws(FileFailure) { try look("size") { Int64($0.current.count) } }
  }

  func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8] {
    try look("read") { content in
      let start = min(Int(offset), content.current.count)
      return Array(content.current[start..<min(start + count, content.current.count)])
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileFailure) {
    let sector = disk.sectorBytes
    try change("write") { content in
      let start = Int(offset)
      let end = start + bytes.count
      if end > content.current.count { content.current.resize(to: end) }
      content.current.overwrite(at: start, with: bytes)
      if !bytes.isEmpty {
        content.dirty.insert(contentsOf: (start / sector)..<((end - 1) / sector + 1))
      }
    }
  }

  func preallocate(_ size: Int64) throws(FileFailure) {
    try change("preallocate") { content in
      if Int(size) > content.current.count { content.current.resize(to: Int(size)) }
      Self.makeDurable(&content)
    }
  }

  func sync() throws(FileFailure) {
    try disk.step("sync", path) { state in
      state.syncs += 1
      guard var content = state.contents.removeValue(forKey: id) else { return }
      Self.makeDurable(&content)
      state.contents[id] = content
    }
  }

  /// Everything is on the disk.
  private static func makeDurable(_ content: inout SimulatedDisk.Content) {
    // Outside of dirty sectors they are the same.
    content.durable = content.current
    content.dirty = RangeSet()
  }

  func truncate(_ size: Int64) throws(FileFailure) {
    let sector = disk.sectorBytes
    try change("truncate") { content in
      let old = content.current.count
      content.current.resize(to: Int(size))
      // Later writes here stand on zeroes, not on what was cut.
      if old > Int(size) {
        content.dirty.insert(contentsOf: (Int(size) / sector)..<(old / sector + 1))
      }
    }
  }

  private func look<T: Sendable>(
    _ operation: String, _ body: (SimulatedDisk.Content) -> T
  ) throws(FileFailure) -> T {
    try disk.perform(operation, path, isStep: false) { state in state.contents[id].map(body) }
  }

  private func change(_ operation: String, _ body: (inout SimulatedDisk.Content) -> Void)
    throws(FileFailure)
  {
    let isWritten = try disk.perform(operation, path, isStep: true) { state -> Bool? in
      // Taken out, so that it is changed in its place rather than copied.
      guard var content = state.contents.removeValue(forKey: id) else { return true }
      let before = content.current.count
      body(&content)
      // As on a real disk, what still fits is written before the failure.
      let size = state.room.map { max(before, $0 - SimulatedDisk.used(state)) } ?? .max
      let excess = content.current.count - size
      if excess > 0 { content.current.removeLast(excess) }
      state.contents[id] = content
      return excess <= 0
    }
    if !isWritten { throw disk.failure(operation, path, 28) }
  }
}
