import AWSModel
import PropertyTree
import ServiceKit

/// The end of each record.
extension MappingSimulation {
  func check() async throws {
    let failed = try await failures()
    let done = function.done
    let handed = function.handedOver
    let known = acknowledged.union(doubtful)
    let seen = Set(handed.map(\.id))
    let strange = seen.union(failed.keys).subtracting(known)
    try require(strange.isEmpty, "records that nobody has put: \(strange.sorted()) (\(kind))")
    for id in seen.union(failed.keys) where kind.isFiltered(id) {
      throw Violation("record \(id) went past the filter (\(kind))")
    }
    for id in acknowledged.sorted() where !kind.isFiltered(id) {
      try require(seen.contains(id), "record \(id) was never handed over (\(kind))")
      try require(
        done.contains(id) || failed[id] != nil,
        "record \(id) is neither done nor in the failure destination (\(kind))")
    }
    for (id, count) in failed {
      try require(count == 1, "record \(id) is \(count) times in the destination (\(kind))")
    }
    for id in seen where kind.isPoison(id) {
      try require(!done.contains(id), "record \(id) is done, though it always fails (\(kind))")
    }
    try checkOrder(handed)
    let staged = try world.effects.files.list("\(world.directory)/s3/staging")
    try require(staged.isEmpty, "staged files are left over: \(staged)")
  }

  /// The first time that each record is handed over: in order for each key, through splits and
  /// merges; and of a mapping that never had lanes, in order for each shard.
  private func checkOrder(_ handed: [MappedFunction.HandOver]) throws {
    var seen: Set<Int> = []
    let first = handed.filter { seen.insert($0.id).inserted }
    for (key, some) in Dictionary(grouping: first, by: { MappingKind.key($0.id) }) {
      let ids = some.map(\.id)
      try require(ids == ids.sorted(), "records of \(key) out of order: \(ids) (\(kind))")
    }
    guard kind.lanes == 1, !changedLanes else { return }
    for (shard, some) in Dictionary(grouping: first, by: \.shard) {
      let numbers = some.map(\.sequence)
      try require(
        numbers == numbers.sorted(),
        "records of \(shard) out of order: \(some.map(\.id)) (\(kind))")
    }
  }

  /// Counts of each record in the failure destination.
  private func failures() async throws -> [Int: Int] {
    guard let source = emulator.capabilities[.storedObjects] else {
      throw Violation("no service has objects")
    }
    var counts: [Int: Int] = [:]
    var start: PropertyValue?
    repeat {
      var members: PropertyObject = ["Bucket": "failed"]
      members["ContinuationToken"] = start
      let page = try await call("s3", "ListObjectsV2", .object(members))
      for key in (page["Contents"]?.listValue ?? []).compactMap({ $0["Key"]?.stringValue }) {
        let bytes = try emulator.environment.database.read { transaction in
          try source.object(
            ObjectReference(bucket: "failed", key: key), bytesMax: 1 << 24, scope: .standard,
            in: transaction)
        }
        guard let payload = try JSONReader.read(bytes)["payload"]?.stringValue else {
          throw Violation("a failure without its event: \(key)")
        }
        for record in try JSONReader.read(payload)["Records"]?.listValue ?? [] {
          counts[try MappedFunction.id(record), default: 0] += 1
        }
      }
      start = page["NextContinuationToken"]
    } while start != nil
    return counts
  }
}
