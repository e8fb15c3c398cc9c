import Effects
import Synchronization

/// Files in memory that know what has been synced, so that a loss of power can be played. Logs,
/// objects and the database (`SimulatedDatabases`) lie on it alike.
///
/// - A sector that was written since its file's last sync may or may not have reached the disk.
/// - Names (files made, renamed, removed) become durable in the order of their changes, as in a file
///   system with a journal: a sync of a folder makes all earlier changes durable, and of the later
///   ones a crash keeps the first few.
public final class SimulatedDisk: Sendable {
  struct Content: Sendable {
    var current: [UInt8] = []
    var durable: [UInt8] = []
    /// Sectors whose current bytes may not be on the disk.
    var dirty = RangeSet<Int>()
  }

  enum Entry: Sendable, Hashable {
    case file(Int)
    case folder
  }

  /// One change of a name; nil removes it.
  typealias NameChange = [String: Entry?]

  struct State: Sendable {
    var contents: [Int: Content] = [:]
    var names: [String: Entry] = [:]
    var durableNames: [String: Entry] = [:]
    var pendingNames: [NameChange] = []
    var nextID = 0
    var syncs = 0
    /// Writes, syncs and changes of names so far.
    var steps = 0
    var failing: [String: Int32] = [:]
    /// Steps, counted from the first one, that fail because the disk is full.
    var fullSteps: Range<Int> = 0..<0
    /// The room on the disk in bytes; nil for no bound.
    var room: Int?
    /// The step that the machine loses power at.
    var lastStep: Int?
    /// True from then on: everything fails, and nothing changes any more.
    var isDead = false
    /// Operations that were made to fail so far.
    var failures = 0
  }

  let sectorBytes: Int
  let state: Mutex<State>
  /// Of the databases on it; they go with the process.
  let locks = DatabaseLocks()
  /// Runs in every data sync, outside of the lock.
  private let onSync: @Sendable () -> Void

  public convenience init(sectorBytes: Int = 512, onSync: @escaping @Sendable () -> Void = {}) {
    self.init(State(), sectorBytes: sectorBytes, onSync: onSync)
  }

  private init(_ state: State, sectorBytes: Int, onSync: @escaping @Sendable () -> Void = {}) {
    self.state = Mutex(state)
    self.sectorBytes = sectorBytes
    self.onSync = onSync
  }

  // MARK: What happened

  public var syncs: Int { state.withLock { $0.syncs } }
  public var steps: Int { state.withLock { $0.steps } }
  public var failures: Int { state.withLock { $0.failures } }
  public var isDead: Bool { state.withLock { $0.isDead } }

  /// Paths of all files.
  public var paths: [String] {
    state.withLock { state in
      state.names.filter { $0.value != .folder }.map(\.key).sorted()
    }
  }

  // MARK: Faults

  /// Operations of this name fail from now on, or no longer: `read`, `write`, `sync`, `rename`, …
  public func fail(_ operation: String, _ fails: Bool = true, errno: Int32 = 28) {
    state.withLock { $0.failing[operation] = fails ? errno : nil }
  }

  /// The disk holds so many bytes from now on; nil for as many as come.
  public func limit(to room: Int?) { state.withLock { $0.room = room } }

  /// From the step after `after` more ones on, `count` steps fail: the disk is full.
  public func fill(after: Int, for count: Int) {
    state.withLock { $0.fullSteps = ($0.steps + after)..<($0.steps + after + count) }
  }

  /// The machine loses power at the step after `after` more ones.
  public func losePower(after: Int) { state.withLock { $0.lastStep = $0.steps + after } }

  public func corrupt(_ path: String, at offset: Int) {
    state.withLock { state in
      guard case .file(let id)? = state.names[path] else { return }
      state.contents[id]?.current[offset] ^= 0xFF
      state.contents[id]?.durable[offset] ^= 0xFF
    }
  }

  // MARK: After a crash

  /// Everything that uses the disk fails from now on: its process is gone. Gives its memory back,
  /// as what still waits for its clock holds on to it.
  public func cut() {
    state.withLock { state in
      state.isDead = true
      state.contents = [:]
    }
  }

  /// The disk as a machine finds it that lost power now. This one goes on.
  public func afterPowerLoss(seed: UInt64) -> SimulatedDisk {
    let random = SeededRandomSource(seed: seed)
    let old = state.withLock { $0 }
    var new = State(nextID: old.nextID)
    new.names = old.durableNames
    let kept = Int(random.nextUInt64() % UInt64(old.pendingNames.count + 1))
    for change in old.pendingNames.prefix(kept) { Self.apply(change, to: &new.names) }
    for name in new.names.keys.sorted() {
      guard case .file(let id)? = new.names[name], let content = old.contents[id],
        new.contents[id] == nil
      else { continue }
      let bytes = survivor(content, random)
      new.contents[id] = Content(current: bytes, durable: bytes)
    }
    new.durableNames = new.names
    return SimulatedDisk(new, sectorBytes: sectorBytes, onSync: onSync)
  }

  private func survivor(_ content: Content, _ random: SeededRandomSource) -> [UInt8] {
    let keepsSize = random.nextUInt64() % 2 == 0
    let size = keepsSize ? content.durable.count : content.current.count
    var bytes = content.durable
    bytes.resize(to: size)
    for sector in content.dirty.ranges.joined() where random.nextUInt64() % 2 == 0 {
      let start = sector * sectorBytes
      let end = min(start + sectorBytes, size, content.current.count)
      if start < end { bytes.copy(start..<end, of: content.current) }
    }
    return bytes
  }

  /// The disk as the next process finds it if this one is killed now: what was written is there,
  /// synced or not. This one goes on.
  public func afterKill() -> SimulatedDisk {
    let old = state.withLock { $0 }
    var new = State(contents: old.contents, names: old.names, nextID: old.nextID)
    new.durableNames = old.durableNames
    new.pendingNames = old.pendingNames
    return SimulatedDisk(new, sectorBytes: sectorBytes, onSync: onSync)
  }

  /// Before anything uses the disk.
  func moveNames(from old: String, to new: String) {
    func moved<Value>(_ names: [String: Value]) -> [String: Value] {
      Dictionary(
        names.map { path, value in
          ("\(path)/".hasPrefix("\(old)/") ? new + path.dropFirst(old.utf8.count) : path, value)
        }, uniquingKeysWith: { first, _ in first })
    }
    state.withLock { state in
      state.names = moved(state.names)
      state.durableNames = moved(state.durableNames)
      state.pendingNames = state.pendingNames.map(moved)
    }
  }

  /// The bytes of all files that have a name.
  static func used(_ state: State) -> Int {
    state.names.values.reduce(0) { sum, entry in
      guard case .file(let id) = entry else { return sum }
      return sum + (state.contents[id]?.current.count ?? 0)
    }
  }

  // MARK: Steps

  static func apply(_ change: NameChange, to names: inout [String: Entry]) {
    for (path, entry) in change { names[path] = entry }
  }

  func failure(_ operation: String, _ path: String, _ errno: Int32 = 5) -> FileFailure {
    FileFailure(operation: operation, path: path, errno: errno, reason: "simulated")
  }

  /// Runs `body` on the state, unless the disk is dead or the operation is to fail. `body` returns
  /// nil where there is nothing to work on.
  func perform<T: Sendable>(
    _ operation: String, _ path: String, isStep: Bool, _ body: (inout State) -> T?
  ) throws(FileFailure) -> T {
    if operation == "sync" { onSync() }
    let (result, errno) = state.withLock { state -> (T?, Int32) in
      if let errno = Self.fault(operation, isStep: isStep, &state) {
        state.failures += 1
        return (nil, errno)
      }
      return (body(&state), 2)
    }
    guard let result else { throw failure(operation, path, errno) }
    return result
  }

  /// A change of the state that always finds what it works on.
  func step(_ operation: String, _ path: String, _ body: (inout State) -> Void)
    throws(FileFailure)
  {
    let _: Bool = try perform(operation, path, isStep: true) { state in
      body(&state)
      return true
    }
  }

  /// The error number that the operation is to fail with, or nil.
  private static func fault(_ operation: String, isStep: Bool, _ state: inout State) -> Int32? {
    if isStep, state.lastStep == state.steps { state.isDead = true }
    if state.isDead { return 5 }
    if isStep {
      state.steps += 1
      if state.fullSteps.contains(state.steps - 1) { return 28 }
    }
    return state.failing[operation]
  }

  func change(_ change: NameChange, in state: inout State) {
    Self.apply(change, to: &state.names)
    state.pendingNames.append(change)
  }
}
