import Effects
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct RecordLogVolumeTests {
  @Test func volumesAreThoseOfTheRecordsThatAreThere() async throws {
    let disk = SimulatedDisk(sectorBytes: 64)
    let log = RecordLogTests.log(on: disk, segmentBytes: 40_000)
    #expect(try log.volume(from: 0).records == 0)
    var sizes: [Int64] = []
    for number in 0..<300 {
      let count = number * 37 % 700
      var batch = RecordBatch()
      batch.append([UInt8](repeating: 7, count: count))
      _ = try await log.append(batch, at: RecordLogTests.start.adding(seconds: number))
      sizes.append(Int64(count))
    }
    #expect(disk.paths.count > 2, "several segments")
    func check(_ log: RecordLog, from first: Int) throws {
      for start in [0, 1, 2, 50, 51, 52, 53, 149, 150, 298, 299, 300, 400] {
        let rest = sizes.dropFirst(max(first, start))
        let volume = try log.volume(from: UInt64(start))
        #expect(volume.records == rest.count, "from \(start)")
        #expect(volume.payloadBytes == rest.reduce(0, +), "from \(start)")
      }
    }
    try check(log, from: 0)
    try check(RecordLogTests.log(on: disk, segmentBytes: 40_000), from: 0)
    try log.trim(before: 150)
    let first = Int(try log.firstIndex())
    #expect(first > 0)
    try check(log, from: first)
  }
}
