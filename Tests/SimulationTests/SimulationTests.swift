import Effects
import Glibc
import StackEngine
import Testing

/// Seeded runs over the whole emulator.
///
/// `LEAT_SIMULATION_SEEDS` says how many seeds are run (20 by default), `LEAT_SIMULATION_SEED` the
/// one to run alone. A failure names its seed and the shortest beginning of its steps that fails.
@Suite(.serialized) struct SimulationTests {
  private static let steps = 60

  static let seeds: [UInt64] = {
    if let one = setting("LEAT_SIMULATION_SEED") { return [UInt64(one)] }
    return (0..<(setting("LEAT_SIMULATION_SEEDS") ?? 20)).map { UInt64($0) + 1 }
  }()

  private static func setting(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }
  }

  @Test(arguments: seeds) func nothingAcknowledgedIsLost(_ seed: UInt64) async throws {
    let path = "/tmp/leat-simulation-\(LiveRandomSource().uuid())"
    let lock = try DataDirectory.open(path, command: "test", effects: .live())
    let steps = Step.list(seed: seed, count: Self.steps)
    if let failure = await Self.failure(seed, steps, lock) {
      Issue.record("\(await Self.shortest(seed, steps, lock) ?? failure)")
    }
    withExtendedLifetime(lock) {}
    try LiveFileSystem().remove(path)
  }

  /// The failure of the shortest beginning that fails; nil where none fails again.
  private static func shortest(_ seed: UInt64, _ steps: [Step], _ lock: DataDirectory) async
    -> String?
  {
    for count in 0...steps.count {
      let beginning = Array(steps.prefix(count))
      if let failure = await failure(seed, beginning, lock) { return failure }
    }
    return nil
  }

  private static func failure(_ seed: UInt64, _ steps: [Step], _ lock: DataDirectory) async
    -> String?
  {
    do {
      try await Simulation(seed: seed, lock: lock).run(steps)
      return nil
    } catch {
      let list = steps.map { "  \($0)" }.joined(separator: "\n")
      return "seed \(seed), \(steps.count) steps: \(error)\n\(list)"
    }
  }

  @Test func theSameSeedGivesTheSameSteps() {
    #expect(Step.list(seed: 3, count: 40) == Step.list(seed: 3, count: 40))
    #expect(Step.list(seed: 3, count: 10) == Array(Step.list(seed: 3, count: 40).prefix(10)))
    #expect(Step.list(seed: 3, count: 40) != Step.list(seed: 4, count: 40))
  }
}
