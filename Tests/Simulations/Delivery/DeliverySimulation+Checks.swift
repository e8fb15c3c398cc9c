import AWSModel
import PropertyTree
import ServiceKit

/// The end of each record.
extension DeliverySimulation {
  func check() async throws {
    for (kind, puts) in zip(kinds, puts) { try await check(kind, puts) }
    let files = world.effects.files
    let staged = try files.list("\(world.directory)/s3/staging")
    try require(staged.isEmpty, "staged files are left over: \(staged)")
  }

  private func check(_ kind: DeliveryKind, _ puts: Puts) async throws {
    let errors = try await ids(inErrorsOf: kind)
    var delivered: [Int: Int] = [:]
    if kind.hasServer {
      delivered = outside.taken(at: kind.url)
      try checkRepetitions(kind, delivered)
    } else {
      for (key, ids) in try await objects(kind.prefix, SimulatedRecord.ids) {
        try checkOrder(ids, of: kind, in: key)
        for id in ids { delivered[id, default: 0] += 1 }
      }
    }
    let dropped = kind.hasFunction ? outside.dropped(by: kind.name) : []
    let known = puts.acknowledged.union(puts.doubtful)
    let strange = Set(delivered.keys).union(errors.keys).subtracting(known)
    try require(strange.isEmpty, "\(kind) has records that nobody has put: \(strange.sorted())")
    for id in known.sorted() {
      try checkEnd(
        of: id, kind, delivered: delivered[id] ?? 0, failed: errors[id] ?? 0,
        wasDropped: dropped.contains(id), isAcknowledged: puts.acknowledged.contains(id))
    }
    if kind.hasBackup {
      var kept: [Int: Int] = [:]
      for (_, ids) in try await objects(kind.backupPrefix, SimulatedRecord.ids) {
        for id in ids { kept[id, default: 0] += 1 }
      }
      try require(
        kept.values.allSatisfy { $0 == 1 }, "\(kind): the backup has records twice: \(kept)")
      let lost = puts.acknowledged.subtracting(kept.keys)
      try require(lost.isEmpty, "\(kind): the backup lacks \(lost.sorted())")
    }
  }

  /// Every record ends in exactly one place.
  private func checkEnd(
    of id: Int, _ kind: DeliveryKind, delivered: Int, failed: Int, wasDropped: Bool,
    isAcknowledged: Bool
  ) throws {
    let places =
      "\(kind): record \(id) is delivered \(delivered) times, in the error output \(failed) times"
    try require(failed <= 1, places)
    if delivered + failed == 0 {
      // A record that never got in has no end.
      try require(wasDropped || !isAcknowledged, places)
      return
    }
    if kind.hasServer {
      // A server that takes records and does not say so has them beside the error output.
      let untold = outside.untold(at: kind.url)[id] ?? 0
      try require(failed == 0 || delivered == untold || delivered <= interruptions, places)
    } else {
      try require(delivered + failed == 1, places)
    }
    guard kind.hasFunction, delivered > 0 else { return }
    try require(
      SimulatedRecord.fate(id) == .delivered, "\(places), though the function did not pass it on")
  }

  /// A server is sent a record again after an answer that did not come, or after a crash.
  private func checkRepetitions(_ kind: DeliveryKind, _ taken: [Int: Int]) throws {
    let untold = outside.untold(at: kind.url)
    for (id, count) in taken {
      try require(
        count <= 1 + (untold[id] ?? 0) + interruptions,
        "\(kind): record \(id) was sent \(count) times without a reason")
    }
  }

  /// Within an object, records of one key stand in the order in which they were put.
  private func checkOrder(_ ids: [Int], of kind: DeliveryKind, in key: String) throws {
    for rest in 0..<3 {
      let some = ids.filter { $0 % 3 == rest }
      try require(some == some.sorted(), "\(kind): \(key) is out of order: \(some)")
    }
  }

  /// Counts of each record in the error output.
  private func ids(inErrorsOf kind: DeliveryKind) async throws -> [Int: Int] {
    let objects = try await objects(kind.errorPrefix) { text in
      try text.split(separator: "\n").flatMap { line in
        let failed = try JSONReader.read(String(line))
        guard let raw = failed["rawData"]?.stringValue, let bytes = Base64.decode(raw) else {
          throw Violation("an error line without its record: \(line)")
        }
        return try SimulatedRecord.ids(String(decoding: bytes, as: UTF8.self))
      }
    }
    var counts: [Int: Int] = [:]
    for (_, ids) in objects { for id in ids { counts[id, default: 0] += 1 } }
    return counts
  }

  private func objects(_ prefix: String, _ read: (String) throws -> [Int]) async throws
    -> [(key: String, ids: [Int])]
  {
    guard let source = emulator.capabilities[.storedObjects] else {
      throw Violation("no service has objects")
    }
    var keys: [String] = []
    var start: PropertyValue?
    repeat {
      var members: PropertyObject = ["Bucket": "bucket", "Prefix": .string(prefix)]
      members["ContinuationToken"] = start
      let page = try await call("s3", "ListObjectsV2", .object(members))
      keys += (page["Contents"]?.listValue ?? []).compactMap { $0["Key"]?.stringValue }
      start = page["NextContinuationToken"]
    } while start != nil
    return try keys.map { key in
      let bytes = try emulator.environment.database.read { transaction in
        try source.object(
          ObjectReference(bucket: "bucket", key: key), bytesMax: 1 << 24, scope: .standard,
          in: transaction)
      }
      return (key, try read(String(decoding: bytes, as: UTF8.self)))
    }
  }
}
