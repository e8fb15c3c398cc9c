import AWSModel
import Dispatch
import Effects
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit

/// Readers that wait instead of asking again.
@Suite struct RecordLogWaitingTests {
  private static let start = RecordLogTests.start

  /// Counts how often it was woken.
  private final class Sleeper: Sendable {
    private let count = Mutex(0)
    var wakes: Int { count.withLock { $0 } }
    func wake() { count.withLock { $0 += 1 } }
  }

  private static func sleeper(at index: UInt64, of log: RecordLog) -> (Sleeper, TimerHandle) {
    let sleeper = Sleeper()
    return (sleeper, log.whenReadable(at: index) { sleeper.wake() })
  }

  @Test func aReaderIsWokenOnceByTheRecordItWaitsFor() async throws {
    let log = RecordLogTests.log(on: SimulatedDisk(sectorBytes: 64))
    let (first, _) = Self.sleeper(at: 0, of: log)
    let (third, _) = Self.sleeper(at: 2, of: log)
    let (gone, handle) = Self.sleeper(at: 0, of: log)
    handle.cancel()
    try await log.append(RecordLogTests.batch("a", "b"), at: Self.start)
    await log.flusher.drain()
    #expect((first.wakes, third.wakes, gone.wakes) == (1, 0, 0))
    try await log.append(RecordLogTests.batch("c"), at: Self.start)
    await log.flusher.drain()
    #expect((first.wakes, third.wakes) == (1, 1))
    let (late, _) = Self.sleeper(at: 1, of: log)
    #expect(late.wakes == 1, "what is there already is not waited for")
  }

  @Test func theEndOfALogWakes() async throws {
    for end in ["seal", "delete"] {
      let log = RecordLogTests.log(on: SimulatedDisk(sectorBytes: 64))
      try await log.append(RecordLogTests.batch("a"), at: Self.start)
      let (sleeper, _) = Self.sleeper(at: 1, of: log)
      #expect(sleeper.wakes == 0)
      if end == "seal" { log.seal() } else { log.delete() }
      #expect(sleeper.wakes == 1, "\(end)")
      #expect(Self.sleeper(at: 1, of: log).0.wakes == 1, "\(end)")
    }
  }

  /// A log that is sealed while records are on their way ends behind them, or before them when they
  /// are lost: a reader sleeps until one of both is known.
  @Test func aSealedLogEndsWhenItsLastRecordsAreSettled() async throws {
    for isFull in [false, true] {
      let disk = SimulatedDisk(sectorBytes: 64)
      let log = RecordLogTests.log(on: disk)
      try await log.append(RecordLogTests.batch("a"), at: Self.start)
      let (sleeper, _) = Self.sleeper(at: 1, of: log)
      if isFull { disk.fill(after: 0, for: 100) }
      // Holds the flusher until the log is sealed.
      let gate = DispatchGate()
      log.flusher.perform { gate.wait() }
      let appended = Task { try await log.append(RecordLogTests.batch("b"), at: Self.start) }
      while log.state.withLock({ $0.nextIndex }) == 1 { await Task.yield() }
      log.seal()
      #expect(sleeper.wakes == 0, "what is on its way may still come")
      gate.open()
      let result = await appended.result
      await log.flusher.drain()
      #expect(sleeper.wakes == 1)
      #expect((try? result.get()) == nil ? isFull : !isFull)
      #expect(try log.isFinished(at: isFull ? 1 : 2))
    }
  }
}

/// Holds a thread until it is opened.
private final class DispatchGate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  func wait() { semaphore.wait() }
  func open() { semaphore.signal() }
}
