import Effects

/// No test here starts a program.
struct NoProcesses: ProcessSpawner {
  func spawn(_ command: ProcessCommand) throws(FileFailure) -> any RunningProcess {
    throw FileFailure(operation: "spawn", path: command.executable, errno: 1, reason: "not here")
  }
  func find(_ program: String) -> String? { nil }
}

/// What a test's services run in: a clock that stands still, seeded chance, and a data directory on
/// a simulated disk.
public final class TestWorld: Sendable {
  /// 2026-11-21T05:00:00Z.
  public static let start = Timestamp(year: 2026, month: 11, day: 21, hour: 5)

  /// The data directory.
  public let directory: String
  public let clock: VirtualClock
  public let effects: Effects
  public let disk: SimulatedDisk
  /// `/simulated/7`, the data directory's parent.
  private let mount: String

  /// A world of its own.
  public convenience init(seed: UInt64 = 1, at now: Timestamp = TestWorld.start) {
    let disk = SimulatedDisk()
    self.init(disk: disk, mount: SimulatedDatabases.mount(disk), at: now, seed: seed)
  }

  private init(disk: SimulatedDisk, mount: String, at now: Timestamp, seed: UInt64) {
    self.disk = disk
    self.mount = mount
    directory = "\(mount)/data"
    clock = VirtualClock(startingAt: now)
    effects = Effects(
      clock: clock, random: SeededRandomSource(seed: seed), files: disk, processes: NoProcesses())
  }

  deinit { SimulatedDatabases.unmount(mount) }

  // MARK: What comes after a crash

  /// The world of the next process, after this one was killed: everything written is there. What
  /// still runs here fails from now on.
  public func afterKill() -> TestWorld {
    next(seed: effects.random.nextUInt64()) { $0.afterKill() }
  }

  /// The world of the next process, after the machine lost power: what was synced is there, and of
  /// the rest what chance has left. What still runs here fails from now on.
  public func afterPowerLoss(seed: UInt64) -> TestWorld {
    next(seed: seed) { $0.afterPowerLoss(seed: seed) }
  }

  private func next(seed: UInt64, _ crash: (SimulatedDisk) -> SimulatedDisk) -> TestWorld {
    let survivor = crash(disk)
    disk.cut()
    let folder = SimulatedDatabases.mount(survivor)
    survivor.moveNames(from: mount, to: folder)
    return TestWorld(
      disk: survivor, mount: folder, at: clock.now,
      // Another process draws other numbers.
      seed: seed ^ effects.random.nextUInt64())
  }
}
