import ArgumentParser
import Glibc
import Simulations

/// Plays seeds of a simulation until all are through, and tells each that fails.
@main struct Runner: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leat-simulate",
    abstract: "Play seeded runs of the emulator on a disk that fails.",
    discussion: """
      Every run is the same for the same seed and build. A failure names its seed and the shortest
      beginning of its steps that fails; the exit code is 1 then.

      leat-simulate deliveries --seeds 5000
      leat-simulate emulator --first 17 --seeds 1
      """)

  @Argument(help: "emulator, deliveries or mappings.") var kind: SeededRun
  @Option(help: "How many seeds.") var seeds = 100
  @Option(help: "The first seed.") var first: UInt64 = 1
  @Option(help: "How many at a time.") var jobs = 2
  @Option(help: "Minutes after which no further seed begins: fewer are played on a slow machine.")
  var within: Int?

  func validate() throws {
    if let within, within < 1 { throw ValidationError("--within is 1 or more") }
    if seeds < 1 || jobs < 1 { throw ValidationError("--seeds and --jobs are 1 or more") }
  }

  func run() async throws {
    let kind = kind
    var next = first
    let end = first + UInt64(seeds)
    var played = 0
    var failed = 0
    let deadline = within.map { ContinuousClock.now + .seconds($0 * 60) }
    try await withThrowingTaskGroup(of: String?.self) { group in
      func start() {
        guard next < end, deadline.map({ ContinuousClock.now < $0 }) ?? true else { return }
        let seed = next
        next += 1
        group.addTask { try await kind.failure(seed: seed) }
      }
      for _ in 0..<jobs { start() }
      while let failure = try await group.next() {
        played += 1
        if let failure {
          failed += 1
          print(failure)
        }
        if played % 500 == 0 { print("\(kind.rawValue): \(played) of \(seeds) seeds") }
        // Into a file, too, as it happens.
        fflush(nil)
        start()
      }
    }
    let rest = played < seeds ? " of \(seeds): the time is over" : ""
    print("\(kind.rawValue): \(played) seeds\(rest), \(failed) failed")
    if failed > 0 { throw ExitCode.failure }
  }
}

extension SeededRun: ExpressibleByArgument {}
