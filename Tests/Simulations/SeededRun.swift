import Effects
import StackEngine

/// The kinds of seeded runs.
package enum SeededRun: String, CaseIterable, Sendable {
  /// The whole emulator with stacks: a second a seed where nothing is optimized.
  case emulator
  /// Streams, delivery streams, functions and servers.
  case deliveries
  /// A stream, an event-source mapping and a function.
  case mappings

  private var stepCount: Int { self == .emulator ? 60 : 30 }

  /// Plays one seed.
  ///
  /// - Returns: nil where everything holds; else the violation with the shortest beginning of the
  ///   seed's steps that leads to it.
  package func failure(seed: UInt64) async throws -> String? {
    switch self {
    case .deliveries:
      return await Self.shortest(seed, DeliveryStep.list(seed: seed, count: stepCount)) { steps in
        try await DeliverySimulation(seed: seed).run(steps)
      }
    case .mappings:
      return await Self.shortest(seed, MappingStep.list(seed: seed, count: stepCount)) { steps in
        try await MappingSimulation(seed: seed).run(steps)
      }
    case .emulator:
      // The simulated disk has no locks: the holder's own stand for them.
      let path = "/tmp/leat-simulation-\(LiveRandomSource().uuid())"
      let lock = try DataDirectory.open(path, command: "test", effects: .live())
      let failure = await Self.shortest(seed, Step.list(seed: seed, count: stepCount)) { steps in
        try await Simulation(seed: seed, lock: lock).run(steps)
      }
      withExtendedLifetime(lock) {}
      try LiveFileSystem().remove(path)
      return failure
    }
  }

  private static func shortest<Step: Sendable & CustomStringConvertible>(
    _ seed: UInt64, _ steps: [Step], _ run: ([Step]) async throws -> Void
  ) async -> String? {
    guard let whole = await failure(seed, steps, run) else { return nil }
    for count in 0..<steps.count {
      if let failure = await failure(seed, Array(steps.prefix(count)), run) { return failure }
    }
    return whole
  }

  private static func failure<Step: Sendable & CustomStringConvertible>(
    _ seed: UInt64, _ steps: [Step], _ run: ([Step]) async throws -> Void
  ) async -> String? {
    do {
      try await run(steps)
      return nil
    } catch {
      let list = steps.map { "  \($0)" }.joined(separator: "\n")
      return "seed \(seed), \(steps.count) steps: \(error)\n\(list)"
    }
  }
}
