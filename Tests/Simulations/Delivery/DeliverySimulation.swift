import AWSModel
import Effects
import Emulator
import Firehose
import Kinesis
import PropertyTree
import S3
import ServiceKit
import ServiceTesting

/// Two delivery streams, their source, their bucket, functions and servers that fail, on a simulated
/// disk. Small, so that thousands of seeds can be played: it leaves out stacks and all other
/// services.
final class DeliverySimulation {
  /// Records of one delivery stream.
  struct Puts {
    var acknowledged: Set<Int> = []
    /// Records whose call failed: they may be there.
    var doubtful: Set<Int> = []
  }

  let kinds: [DeliveryKind]
  let outside = OutsideWorld()
  private(set) var world: TestWorld
  private(set) var emulator: Emulator
  private(set) var puts: [Puts]
  /// Records of these went through the emulator before a crash or a failing disk: a server may be
  /// sent them again.
  private(set) var interruptions = 0
  private let random: SeededRandomSource
  private var again: Int?

  init(seed: UInt64) async throws {
    let count = DeliveryKind.allCases.count
    let first = Int(seed % UInt64(count))
    let second = (first + 1 + Int(seed / UInt64(count) % UInt64(count - 1))) % count
    kinds = [first, second].compactMap(DeliveryKind.init(rawValue:))
    puts = kinds.map { _ in Puts() }
    random = SeededRandomSource(seed: seed ^ 0xDE11)
    world = TestWorld(seed: seed)
    emulator = try await Self.open(world, outside)
    try await call("s3", "CreateBucket", ["Bucket": "bucket"])
    if kinds.contains(where: \.hasSource) {
      try await call("kinesis", "CreateStream", ["StreamName": "source", "ShardCount": 2])
    }
    for kind in kinds {
      try await call("firehose", "CreateDeliveryStream", .object(kind.creation))
    }
  }

  private static func open(_ world: TestWorld, _ outside: OutsideWorld) async throws -> Emulator {
    var effects = world.effects
    effects.http = outside
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: world.directory), effects: effects
    ) {
      [
        try S3Service(environment: $0), KinesisService(environment: $0),
        FirehoseService(environment: $0), OutsideService(outside: outside),
      ]
    }
    try await emulator.start()
    return emulator
  }

  @discardableResult
  func call(_ service: String, _ operation: String, _ members: PropertyValue) async throws
    -> PropertyValue
  {
    try await emulator.call(service: service, operation: operation, members: members)
  }

  // MARK: Running

  /// Plays the steps, then lets everything come to rest and counts.
  func run(_ steps: [DeliveryStep]) async throws {
    defer { world.disk.cut() }
    for step in steps {
      let failuresBefore = world.disk.failures
      do {
        try await perform(step)
      } catch let violation as Violation {
        throw violation
      } catch {
        let isExcused = world.disk.failures > failuresBefore
        try require(isExcused, "\(step) failed though nothing was wrong: \(error)")
      }
      if world.disk.failures > failuresBefore { interruptions += 1 }
      await emulator.environment.recordFlusher.drain()
      if world.disk.isDead { try await recover(losingPower: true) }
    }
    again = nil
    outside.mend()
    try await recover(losingPower: true)
    // Longer than any interval and any wait for another attempt.
    for _ in 0..<3 { await world.clock.advance(milliseconds: 400_000) }
    try await check()
    await emulator.stop()
    try emulator.close()
  }

  private func perform(_ step: DeliveryStep) async throws {
    switch step {
    case .put(let stream, let first, let count): try await put(stream, first..<(first + count))
    case .reshard(let id): try await reshard(by: id)
    case .change(let stream, let form): try await change(kinds[stream], form)
    case .failFunctions(let fault, let count): outside.failFunctions(fault, count: count)
    case .failServers(let fault, let count): outside.failServers(fault, count: count)
    case .advance(let seconds): await world.clock.advance(milliseconds: Int64(seconds) * 1000)
    case .fillDisk(let after, let count): world.disk.fill(after: after, for: count)
    case .losePower(let after, let again):
      world.disk.losePower(after: after)
      self.again = again
    case .kill: try await recover(losingPower: false)
    case .restart:
      await emulator.stop()
      do { try emulator.close() } catch {
        try require(world.disk.failures > 0, "closing failed though nothing was wrong: \(error)")
      }
      try await recover(losingPower: false)
    }
  }

  private func put(_ stream: Int, _ ids: Range<Int>) async throws {
    let kind = kinds[stream]
    // Two delivery streams of one source have all of its records.
    let readers = kinds.indices.filter { $0 == stream || kind.hasSource && kinds[$0].hasSource }
    let records = ids.map { id in
      var record: PropertyObject = [
        "Data": .string(Base64.encode(Array(SimulatedRecord.text(id).utf8)))
      ]
      if kind.hasSource { record["PartitionKey"] = .string(SimulatedRecord.key(id)) }
      return PropertyValue.object(record)
    }
    for reader in readers { puts[reader].doubtful.formUnion(ids) }
    let answer =
      kind.hasSource
      ? try await call(
        "kinesis", "PutRecords", ["StreamName": "source", "Records": .list(records)])
      : try await call(
        "firehose", "PutRecordBatch",
        ["DeliveryStreamName": .string(kind.name), "Records": .list(records)])
    let results = (answer["Records"] ?? answer["RequestResponses"])?.listValue ?? []
    try require(results.count == ids.count, "\(results.count) results for \(ids.count) records")
    for (id, result) in zip(ids, results) where result["ErrorCode"] == nil {
      for reader in readers {
        puts[reader].doubtful.remove(id)
        puts[reader].acknowledged.insert(id)
      }
    }
  }

  private func change(_ kind: DeliveryKind, _ form: Int) async throws {
    let described = try await call(
      "firehose", "DescribeDeliveryStream", ["DeliveryStreamName": .string(kind.name)])
    guard let version = described["DeliveryStreamDescription"]?["VersionId"] else {
      throw Violation("a delivery stream without a version: \(described)")
    }
    var members = kind.change(form: form)
    members["DeliveryStreamName"] = .string(kind.name)
    members["CurrentDeliveryStreamVersionId"] = version
    members["DestinationId"] = "destinationId-000000000001"
    try await call("firehose", "UpdateDestination", .object(members))
  }

  private func reshard(by id: Int) async throws {
    guard kinds.contains(where: \.hasSource) else { return }
    try await StreamResharding(stream: "source").perform(by: id) { [self] in
      try await call("kinesis", $0, $1)
    }
  }

  // MARK: Crashes

  private func recover(losingPower: Bool) async throws {
    interruptions += 1
    var losesPower = losingPower || world.disk.isDead
    var failsAgain = again
    again = nil
    while true {
      world = losesPower ? world.afterPowerLoss(seed: random.nextUInt64()) : world.afterKill()
      if let steps = failsAgain { world.disk.losePower(after: steps) }
      failsAgain = nil
      do {
        emulator = try await Self.open(world, outside)
        return
      } catch {
        guard world.disk.isDead else {
          throw Violation("what a crash has left can't be opened: \(error)")
        }
        losesPower = true
      }
    }
  }
}
