import Effects
import ServiceKit
import Synchronization

/// A spawner for tests that start no program.
public struct NoProcesses: ProcessSpawner {
  public init() {}
  public func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
    throw FileFailure(operation: "spawn", path: command.executable, errno: 1, reason: "not here")
  }
  public func find(_ program: String) -> String? { nil }
}

/// The surroundings of a test's services: a clock that stands still, seeded chance, and a data
/// directory on a simulated disk, or on the real one for tests that start programs.
public final class TestWorld: Sendable {
  /// 2026-11-21T05:00:00Z.
  public static let start = Timestamp(year: 2026, month: 11, day: 21, hour: 5)

  /// 2026-11-21T00:00:00Z.
  public static let midnight = Timestamp(year: 2026, month: 11, day: 21)

  /// The data directory.
  public let directory: String
  public let clock: VirtualClock
  public let effects: Effects
  /// nil in a world on real files.
  private let simulated: SimulatedDisk?
  /// `/simulated/7`, the data directory's parent; empty in a world on real files.
  private let mount: String

  /// A world of its own.
  ///
  /// - Parameter crashPoint: called by the code under test where a crash would be told apart.
  public convenience init(
    seed: UInt64 = 1, at now: Timestamp = TestWorld.start,
    crashPoint: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    let disk = SimulatedDisk()
    self.init(
      disk: disk, mount: SimulatedDatabases.mount(disk), at: now, seed: seed,
      crashPoint: crashPoint)
  }

  private init(
    disk: SimulatedDisk, mount: String, at now: Timestamp, seed: UInt64,
    crashPoint: @escaping @Sendable (String) -> Void
  ) {
    simulated = disk
    self.mount = mount
    directory = "\(mount)/data"
    clock = VirtualClock(startingAt: now)
    effects = Effects(
      clock: clock, random: SeededRandomSource(seed: seed), files: disk, processes: NoProcesses(),
      crashPoint: crashPoint)
  }

  /// A world on the machine's own files, with programs; remove it in the end.
  ///
  /// - Parameter directory: of an earlier world; nil makes a new one below `/tmp`.
  public init(onRealFilesAt directory: String?, at now: Timestamp = TestWorld.start) {
    let random = LiveRandomSource()
    simulated = nil
    mount = ""
    self.directory = directory ?? "/tmp/leat-tests-\(random.uuid())"
    clock = VirtualClock(startingAt: now)
    effects = Effects(
      clock: clock, random: random, files: LiveFileSystem(), processes: LiveProcessSpawner())
  }

  deinit { if isSimulated { SimulatedDatabases.unmount(mount) } }

  public var isSimulated: Bool { simulated != nil }

  /// The disk below everything; there is none in a world on real files.
  public var disk: SimulatedDisk {
    guard let simulated else { preconditionFailure("the world stands on real files") }
    return simulated
  }

  /// Opens the data directory, with an upgraded database.
  public func open(
    _ formats: [StoredFormat], endpoint: String? = nil,
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> ServiceEnvironment {
    try effects.files.createDirectory(directory)
    // A simulated sync costs nothing, a real one would cost the tests' time.
    let environment = ServiceEnvironment(
      effects: effects,
      database: ServiceDatabase(
        path: "\(directory)/leat.db", isDurable: isSimulated, effects: effects),
      dataDirectory: directory, isDurable: isSimulated, endpoint: { endpoint }, report: report)
    try environment.database.open(formats, vault: environment.vault)
    return environment
  }

  /// Removes the data directory of a world on real files.
  public func removeFiles() throws {
    if !isSimulated { try effects.files.remove(directory) }
  }

  // MARK: What comes after a crash

  /// The world of the next process, after this one was killed: everything written is there. What
  /// still runs here fails from now on.
  public func afterKill() -> TestWorld {
    let survivor = disk.afterKill()
    disk.cut()
    return next(on: survivor, seed: effects.random.nextUInt64())
  }

  /// The world of the next process, after the machine lost power: what was synced is there, and of
  /// the rest what chance has left. What still runs here fails from now on.
  public func afterPowerLoss(seed: UInt64) -> TestWorld {
    let survivor = disk.afterPowerLoss(seed: seed)
    disk.cut()
    return next(on: survivor, seed: seed)
  }

  /// The world that a loss of power at this moment would leave; this one goes on.
  public func copyAfterPowerLoss(
    seed: UInt64, crashPoint: @escaping @Sendable (String) -> Void = { _ in }
  ) -> TestWorld {
    next(on: disk.afterPowerLoss(seed: seed), seed: seed, crashPoint: crashPoint)
  }

  private func next(
    on survivor: SimulatedDisk, seed: UInt64,
    crashPoint: @escaping @Sendable (String) -> Void = { _ in }
  ) -> TestWorld {
    let folder = SimulatedDatabases.mount(survivor)
    survivor.moveNames(from: mount, to: folder)
    return TestWorld(
      disk: survivor, mount: folder, at: clock.now,
      // Another process draws other numbers.
      seed: seed ^ effects.random.nextUInt64(), crashPoint: crashPoint)
  }
}

/// Collects lines for the operator.
public final class ReportLines: Sendable {
  private let lines = Mutex<[String]>([])
  public init() {}
  public func add(_ line: String) { lines.withLock { $0.append(line) } }
  public var all: [String] { lines.withLock { $0 } }
}
