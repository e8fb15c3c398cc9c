import AWSModel
import Dispatch
import Effects
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct RecordLogTests {
  static let start = Timestamp(milliseconds: 1_000_000)

  static func log(
    on disk: SimulatedDisk, segmentBytes: Int64 = 4096,
    crashPoint: @escaping @Sendable (String) -> Void = { _ in },
    onFault: @escaping @Sendable (DiskFault) -> Void = { _ in }
  ) -> RecordLog {
    var options = RecordLog.Options()
    options.segmentBytesFirst = segmentBytes
    options.segmentBytesMax = segmentBytes
    return RecordLog(
      directory: "/log",
      effects: Effects(
        clock: VirtualClock(startingAt: start), random: SeededRandomSource(seed: 1), files: disk,
        processes: NoProcesses(), crashPoint: crashPoint),
      flusher: RecordFlusher(), options: options, report: { onFault($0.fault) })
  }

  static func batch(_ texts: String...) -> RecordBatch {
    var batch = RecordBatch()
    for text in texts { batch.append(Array(text.utf8)) }
    return batch
  }

  static func contents(_ log: RecordLog, from start: UInt64 = 0) throws -> [String] {
    var found: [String] = []
    var expected: UInt64?
    try log.read(from: start) { index, _, payload in
      #expect(expected == nil || index == expected)
      expected = index + 1
      found.append(String(decoding: payload, as: UTF8.self))
      return true
    }
    return found
  }

  @Test func recordsComeBackInOrderAndAfterReopening() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk)
    #expect(disk.paths.isEmpty)
    let first = try await log.append(Self.batch("a", "", "c"), at: Self.start)
    let second = try await log.append(Self.batch("d"), at: Self.start.adding(seconds: -5))
    #expect(first.firstIndex == 0 && second.firstIndex == 3)
    #expect(second.timestamp == Self.start, "timestamps never run backwards")
    #expect(try Self.contents(log) == ["a", "", "c", "d"])
    #expect(try Self.contents(log, from: 2) == ["c", "d"])
    let reopened = Self.log(on: disk)
    #expect(try Self.contents(reopened) == ["a", "", "c", "d"])
    #expect(try await reopened.append(Self.batch("e"), at: Self.start).firstIndex == 4)
    #expect(try Self.contents(Self.log(on: disk)) == ["a", "", "c", "d", "e"])
  }

  @Test func recordsSpanSegmentsAndMayBeLargerThanOne() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 512)
    let texts = (0..<40).map { "\($0)-" + String(repeating: "x", count: $0 * 53) }
    for text in texts { try await log.append(Self.batch(text), at: Self.start) }
    #expect(disk.paths.count > 5)
    #expect(try Self.contents(log) == texts)
    #expect(
      try Self.contents(Self.log(on: disk, segmentBytes: 512), from: 17) == Array(texts[17...]))
  }

  /// Crashes between write and sync, at any round, on any mixture of sectors: what was
  /// acknowledged is there once, and nothing comes back to life later.
  @Test(arguments: 0..<60) func crashesLoseNothingAcknowledged(_ seed: Int) async throws {
    struct Crash { var disk: SimulatedDisk; var acknowledged: Int }
    let random = SeededRandomSource(seed: UInt64(seed))
    let crash = Mutex<Crash?>(nil)
    let acknowledged = Mutex(0)
    let rounds = Mutex(0)
    let fatal = Int(random.nextUInt64() % 12) + 1
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 1024) { name in
      guard name == "records.written" else { return }
      let round = rounds.withLock { count in
        count += 1
        return count
      }
      if round == fatal {
        let survivor = disk.afterPowerLoss(seed: UInt64(seed))
        crash.withLock {
          $0 = Crash(disk: survivor, acknowledged: acknowledged.withLock { $0 })
        }
      }
    }
    var sent: [String] = []
    for number in 0..<12 {
      var batch = RecordBatch()
      for part in 0...(random.nextUInt64() % 4) {
        let text = "\(number).\(part) " + random.text(Int(random.nextUInt64() % 200), from: "abc")
        sent.append(text)
        batch.append(Array(text.utf8))
      }
      try await log.append(batch, at: Self.start)
      acknowledged.withLock { $0 = sent.count }
    }
    let found = try #require(crash.withLock { $0 })
    let survivor = Self.log(on: found.disk, segmentBytes: 1024)
    let kept = try Self.contents(survivor)
    #expect(kept.count >= found.acknowledged)
    #expect(kept == Array(sent.prefix(kept.count)))
    // Records of the same length as the torn ones: remains behind them must not be taken up.
    try await survivor.append(Self.batch(sent[min(kept.count, sent.count - 1)]), at: Self.start)
    let again = Self.log(
      on: found.disk.afterPowerLoss(seed: UInt64(seed) + 1000), segmentBytes: 1024)
    #expect(try Self.contents(again).count == kept.count + 1)
  }

  @Test func manyAppendersShareSyncs() async throws {
    let gate = DispatchSemaphore(value: 0)
    let isFirst = Mutex(true)
    let disk = SimulatedDisk(
      sectorBytes: 64,
      onSync: {
        let waits = isFirst.withLock { first in
          defer { first = false }
          return first
        }
        if waits { gate.wait() }
      })
    let log = Self.log(on: disk, segmentBytes: 1 << 20)
    let done = AsyncStream.makeStream(of: UInt64.self)
    for number in 0..<200 {
      log.append(Self.batch("r\(number)"), at: Self.start) { result in
        if case .success(let receipt) = result { done.continuation.yield(receipt.firstIndex) }
      }
    }
    gate.signal()
    var indices: Set<UInt64> = []
    for await index in done.stream {
      indices.insert(index)
      if indices.count == 200 { break }
    }
    #expect(indices == Set(0..<200))
    #expect(disk.syncs <= 2 + 1, "\(disk.syncs) syncs for 200 appends")
    #expect(try Self.contents(log).count == 200)
  }

  @Test func concurrentAppendersEachFindTheirRecord() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 2048)
    let receipts = try await withThrowingTaskGroup(of: [(UInt64, String)].self) { group in
      for worker in 0..<8 {
        group.addTask {
          var mine: [(UInt64, String)] = []
          for number in 0..<50 {
            let text = "\(worker)/\(number)"
            mine.append((try await log.append(Self.batch(text), at: Self.start).firstIndex, text))
          }
          return mine
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let all = try Self.contents(Self.log(on: disk, segmentBytes: 2048))
    #expect(all.count == 400)
    for (index, text) in receipts { #expect(all[Int(index)] == text) }
  }

  /// A disk that was full for a moment is no reason to refuse records until the next start.
  @Test(arguments: ["mkdir", "open", "preallocate", "syncDirectory", "write", "sync"])
  func aFirstSegmentThatCouldNotBeMadeIsMadeLater(_ operation: String) async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk)
    disk.fail(operation, true)
    await #expect(throws: ServiceError.self) {
      try await log.append(Self.batch("lost", "lost too"), at: Self.start)
    }
    disk.fail(operation, false)
    #expect(try await log.append(Self.batch("kept"), at: Self.start).firstIndex == 0)
    #expect(try Self.contents(log) == ["kept"])
    #expect(try Self.contents(Self.log(on: disk)) == ["kept"])
  }

  @Test(arguments: ["write", "sync"]) func failuresAreToldAndLeaveNoGap(_ operation: String)
    async throws
  {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk)
    try await log.append(Self.batch("kept"), at: Self.start)
    disk.fail(operation, true)
    await #expect(throws: ServiceError.self) {
      try await log.append(Self.batch("lost", "lost too"), at: Self.start)
    }
    disk.fail(operation, false)
    #expect(try Self.contents(log) == ["kept"])
    #expect(try await log.append(Self.batch("after"), at: Self.start).firstIndex == 1)
    #expect(try Self.contents(log) == ["kept", "after"])
    #expect(try Self.contents(Self.log(on: disk)) == ["kept", "after"])
  }

  /// The disk fills up while a segment is made or written, and is freed again: the failure is told,
  /// and the very next append goes through.
  @Test(arguments: [0, 100, 3000, 4200, 6000]) func aFullDiskDoesNotOutlastItself(_ room: Int)
    async throws
  {
    let disk = SimulatedDisk(sectorBytes: 64)
    let faults = Mutex<[DiskFault]>([])
    let log = Self.log(on: disk, onFault: { fault in faults.withLock { $0.append(fault) } })
    var kept: [String] = []
    let large = String(repeating: "x", count: 3000)
    if room > 4096 {
      try await log.append(Self.batch(large), at: Self.start)
      kept.append(large)
    }
    disk.limit(to: room)
    for _ in 0..<3 {
      let error = try await #require(throws: ServiceError.self) {
        try await log.append(Self.batch(large), at: Self.start)
      }
      #expect(error.diskFault == .full && error.status == 507, "\(error)")
      #expect(error.message.contains("LT5101"))
      #expect(try Self.contents(log) == kept)
    }
    #expect(faults.withLock { $0 } == [.full, .full, .full])
    disk.limit(to: nil)
    let receipt = try await log.append(Self.batch("after"), at: Self.start)
    #expect(receipt.firstIndex == UInt64(kept.count))
    kept.append("after")
    #expect(try Self.contents(log) == kept)
    #expect(try Self.contents(Self.log(on: disk)) == kept)
  }

  /// Segments are made whole where there is room; where there is not, a record that fits is taken.
  @Test func aRecordThatFitsIsTakenThoughAWholeSegmentIsNot() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk)
    disk.limit(to: 3500)
    let texts = (0..<4).map { "\($0)" + String(repeating: "x", count: 600) }
    for text in texts { try await log.append(Self.batch(text), at: Self.start) }
    #expect(try Self.contents(log) == texts)
    await #expect(throws: ServiceError.self) {
      try await log.append(Self.batch(String(repeating: "y", count: 1200)), at: Self.start)
    }
    #expect(try Self.contents(Self.log(on: disk)) == texts)
  }

  /// The same over and over, with a crash at the end: what was acknowledged is there once.
  @Test(arguments: 0..<40) func diskThatFillsAndEmptiesLosesNothingAcknowledged(_ seed: Int)
    async throws
  {
    let random = SeededRandomSource(seed: UInt64(seed))
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 1024)
    var acknowledged: [String] = []
    for number in 0..<60 {
      let isTight = random.nextUInt64() % 2 == 0
      disk.limit(to: isTight ? Int(random.nextUInt64() % 20_000) : nil)
      let text = "\(number) " + random.text(Int(random.nextUInt64() % 700), from: "abc")
      do throws(ServiceError) {
        try await log.append(Self.batch(text), at: Self.start)
        acknowledged.append(text)
      } catch {
        #expect(isTight && error.diskFault == .full)
      }
    }
    #expect(acknowledged.count > 10)
    #expect(try Self.contents(log) == acknowledged)
    let survivor = Self.log(on: disk.afterPowerLoss(seed: UInt64(seed)), segmentBytes: 1024)
    #expect(try Self.contents(survivor) == acknowledged)
  }

  @Test func trimDropsWholeSegmentsAndKeepsIndices() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 256)
    for number in 0..<30 {
      try await log.append(
        Self.batch("record \(number) " + String(repeating: "y", count: 60)),
        at: Self.start.adding(seconds: number))
    }
    let segments = disk.paths.count
    try log.trim(before: 10)
    let first = try log.firstIndex()
    #expect(first > 0 && first <= 10 && disk.paths.count < segments)
    try log.trim(olderThan: Self.start.adding(seconds: 1000))
    // The last segment goes between two rounds.
    await log.flusher.drain()
    #expect(disk.paths.count == 1)
    #expect(try log.endIndex() == 30)
    let reopened = Self.log(on: disk, segmentBytes: 256)
    #expect(try reopened.endIndex() == 30)
    #expect(try await reopened.append(Self.batch("next"), at: Self.start).firstIndex == 30)
  }

  /// Every crash on the way leaves the index, and none of the records that are of no use.
  @Test(arguments: 0..<12) func aLogOfOldRecordsGivesItsRoomBack(_ steps: Int) async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 256)
    for number in 0..<5 {
      try await log.append(Self.batch("record \(number)"), at: Self.start.adding(seconds: number))
    }
    try log.trim(olderThan: Self.start.adding(seconds: 3))
    await log.flusher.drain()
    #expect(try Self.contents(log).count >= 2, "the last record is young enough")
    if steps < 8 { disk.losePower(after: steps) }
    do { try log.trim(olderThan: Self.start.adding(seconds: 4)) } catch {
      #expect(disk.isDead)
    }
    await log.flusher.drain()
    if !disk.isDead {
      #expect(try log.firstIndex() == 5 && log.endIndex() == 5)
      #expect(try disk.paths.count == 1 && disk.size("/log/00000000000000000005.log") == 0)
    }
    let reopened = Self.log(on: disk.afterPowerLoss(seed: UInt64(steps)), segmentBytes: 256)
    #expect(try reopened.endIndex() == 5)
    #expect(try await reopened.append(Self.batch("next"), at: Self.start).firstIndex == 5)
    #expect(try Self.contents(reopened).last == "next")
  }

  /// Wherever the disk is full on the way, later records are found again.
  @Test(arguments: 0..<8) func aLogThatCouldNotGiveItsRoomBackTakesRecords(_ step: Int) async throws
  {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 256)
    try await log.append(Self.batch("old"), at: Self.start)
    disk.fill(after: step, for: 1)
    do { try log.trim(olderThan: Self.start) } catch { #expect(disk.failures > 0) }
    await log.flusher.drain()
    disk.fill(after: 0, for: 0)
    #expect(try await log.append(Self.batch("next"), at: Self.start).firstIndex == 1)
    for seed in 0..<4 {
      let reopened = Self.log(on: disk.afterPowerLoss(seed: UInt64(seed)), segmentBytes: 256)
      #expect(try Self.contents(reopened).last == "next")
    }
    try log.trim(olderThan: Self.start.adding(seconds: 1))
    await log.flusher.drain()
    #expect(disk.paths.count == 1)
  }

  @Test func momentsFindRecords() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 512)
    for number in 0..<50 {
      try await log.append(Self.batch("n\(number)"), at: Self.start.adding(seconds: number * 2))
    }
    for reader in [log, Self.log(on: disk, segmentBytes: 512)] {
      for second in -1...101 {
        let expected = UInt64(min(50, max(0, (second + 1) / 2)))
        let found = try reader.index(atOrAfter: Self.start.adding(seconds: second))
        #expect(found == expected, "second \(second)")
      }
    }
  }

  @Test func damageInASealedSegmentIsToldNotSkipped() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk, segmentBytes: 256)
    for number in 0..<9 {
      try await log.append(Self.batch("record number \(number)"), at: Self.start)
    }
    let first = try #require(disk.paths.first)
    disk.corrupt(first, at: 30)
    let error = try #require(throws: ServiceError.self) {
      try Self.contents(Self.log(on: disk, segmentBytes: 256))
    }
    #expect(error.status == 500 && error.message.contains("damaged"))
  }

  @Test func deletionAnswersWaitersAndRemovesFiles() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = Self.log(on: disk)
    try await log.append(Self.batch("a"), at: Self.start)
    await withCheckedContinuation { done in log.delete { _ in done.resume() } }
    #expect(disk.paths.isEmpty)
    let error = await #expect(throws: ServiceError.self) {
      try await log.append(Self.batch("b"), at: Self.start)
    }
    #expect(error?.code == "ResourceNotFoundException")
  }

  @Test func sealedLogsFinish() async throws {
    let log = Self.log(on: SimulatedDisk(sectorBytes: 64))
    try await log.append(Self.batch("a"), at: Self.start)
    #expect(try !log.isFinished(at: 1))
    log.seal()
    #expect(try log.isFinished(at: 1) && !log.isFinished(at: 0))
    let error = await #expect(throws: ServiceError.self) {
      try await log.append(Self.batch("b"), at: Self.start)
    }
    #expect(error == RecordLog.sealed)
  }
}
