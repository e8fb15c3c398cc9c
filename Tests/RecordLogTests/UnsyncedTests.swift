import AWSModel
import Effects
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit

/// Bytes that a killed process has written and not synced are there for the next one, which builds on
/// them: then they must not go with a loss of power.
@Suite struct UnsyncedTests {
  @Test(arguments: 0..<20) func recordsThatTheNextProcessReadsStay(_ seed: Int) async throws {
    let killed = Mutex<SimulatedDisk?>(nil)
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = RecordLogTests.log(on: disk) { name in
      guard name == "records.written" else { return }
      killed.withLock { $0 = disk.afterKill() }
    }
    let texts = (0..<3).map { "\($0) " + String(repeating: "x", count: 200) }
    for text in texts { try await log.append(RecordLogTests.batch(text), at: RecordLogTests.start) }
    let next = try #require(killed.withLock { $0 })
    #expect(try RecordLogTests.contents(RecordLogTests.log(on: next)) == texts)
    let survivor = RecordLogTests.log(on: next.afterPowerLoss(seed: UInt64(seed)))
    #expect(try RecordLogTests.contents(survivor) == texts)
  }

  private static let table = ModelTable<String>("test.text")

  private static func names(_ environment: ServiceEnvironment) throws -> [String] {
    try environment.database.read { transaction in
      try ["old", "failed"].filter { try table.get($0, in: .standard, transaction) != nil }
    }
  }

  @Test(arguments: 0..<20) func rowsThatTheNextProcessReadsStay(_ seed: Int) async throws {
    let world = TestWorld()
    let first = try world.open([Self.table.format])
    try await first.database.write { try Self.table.put("1", "old", in: .standard, $0) }
    world.disk.fail("sync")
    await #expect(throws: (any Error).self) {
      try await first.database.write { try Self.table.put("2", "failed", in: .standard, $0) }
    }
    let next = world.afterKill()
    let second = try next.open([Self.table.format])
    #expect(try Self.names(second) == ["old", "failed"], "the failed commit is in the file")
    let last = next.copyAfterPowerLoss(seed: UInt64(seed))
    #expect(try Self.names(last.open([Self.table.format])) == ["old", "failed"])
    try second.database.close()
  }
}
