import Glibc
import Testing

/// Seeded runs of deliveries: every record that was acknowledged comes to exactly one end.
///
/// `LEAT_DELIVERY_SEEDS` says how many seeds are run (200 by default), `LEAT_DELIVERY_SEED` the one
/// to run alone. A failure names its seed and the shortest beginning of its steps that fails.
@Suite struct DeliverySimulationTests {
  private static let steps = 30
  private static let seedsInRun = 100

  static let runs: [ClosedRange<UInt64>] = {
    if let one = setting("LEAT_DELIVERY_SEED") { return [UInt64(one)...UInt64(one)] }
    let count = setting("LEAT_DELIVERY_SEEDS") ?? 200
    return stride(from: 0, to: count, by: seedsInRun).map {
      UInt64($0 + 1)...UInt64(min($0 + seedsInRun, count))
    }
  }()

  private static func setting(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }
  }

  @Test(arguments: runs) func everyRecordComesToOneEnd(_ seeds: ClosedRange<UInt64>) async {
    for seed in seeds {
      let steps = DeliveryStep.list(seed: seed, count: Self.steps)
      guard let failure = await Self.failure(seed, steps) else { continue }
      Issue.record("\(await Self.shortest(seed, steps) ?? failure)")
    }
  }

  /// The failure of the shortest beginning that fails; nil where none fails again.
  private static func shortest(_ seed: UInt64, _ steps: [DeliveryStep]) async -> String? {
    for count in 0...steps.count {
      if let failure = await failure(seed, Array(steps.prefix(count))) { return failure }
    }
    return nil
  }

  private static func failure(_ seed: UInt64, _ steps: [DeliveryStep]) async -> String? {
    do {
      try await DeliverySimulation(seed: seed).run(steps)
      return nil
    } catch {
      let list = steps.map { "  \($0)" }.joined(separator: "\n")
      return "seed \(seed), \(steps.count) steps: \(error)\n\(list)"
    }
  }
}
