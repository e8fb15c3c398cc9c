import AWSModel
import Archives
import Effects
import Emulator
import Kinesis
import Lambda
import PropertyTree
import S3
import ServiceKit
import ServiceTesting

/// A stream that is split and merged, a mapping that is changed, disabled and enabled, a function
/// that fails in every way, on a simulated disk: every record is handed over at least once, in
/// order, and ends as done or in the failure destination.
final class MappingSimulation {
  let kind: MappingKind
  let function: MappedFunction
  private(set) var world: TestWorld
  private(set) var emulator: Emulator
  private var lambda: LambdaService
  private(set) var acknowledged: Set<Int> = []
  /// Records whose call failed: they may be there.
  private(set) var doubtful: Set<Int> = []
  /// True after the number of lanes was changed.
  private(set) var changedLanes = false
  private var uuid = ""
  private let random: SeededRandomSource
  private var again: Int?

  init(seed: UInt64) async throws {
    kind = MappingKind(seed: seed)
    function = MappedFunction(kind: kind)
    random = SeededRandomSource(seed: seed ^ 0xE5A)
    world = TestWorld(seed: seed)
    (emulator, lambda) = try await Self.open(world, function)
    try await call("s3", "CreateBucket", ["Bucket": "failed"])
    try await call("kinesis", "CreateStream", ["StreamName": "source", "ShardCount": 2])
    var code = ZipWriter()
    code.add("index.py", Array("def handler(event, context): pass".utf8))
    try await call(
      "lambda", "CreateFunction",
      [
        "FunctionName": "function", "Runtime": "python3.12", "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/function",
        "Code": ["ZipFile": .string(Base64.encode(code.finished()))],
      ])
    var members = kind.settings(form: nil)
    members["FunctionName"] = "function"
    members["EventSourceArn"] = "arn:aws:kinesis:us-east-1:000000000000:stream/source"
    members["StartingPosition"] = "TRIM_HORIZON"
    let made = try await call("lambda", "CreateEventSourceMapping", .object(members))
    uuid = made["UUID"]?.stringValue ?? ""
    await settle()
  }

  private static func open(_ world: TestWorld, _ function: MappedFunction) async throws -> (
    Emulator, LambdaService
  ) {
    var limits = LambdaLimits()
    // One after the other, so that a seed gives the same run every time.
    limits.mappingTurnsMax = 1
    var made: LambdaService?
    let emulator = try Emulator(
      EmulatorConfiguration(dataDirectory: world.directory), effects: world.effects
    ) {
      let lambda = try LambdaService(environment: $0, limits: limits, functions: function)
      made = lambda
      return [try S3Service(environment: $0), KinesisService(environment: $0), lambda]
    }
    guard let lambda = made else { throw Violation("there is no Lambda") }
    try await emulator.start()
    return (emulator, lambda)
  }

  @discardableResult
  func call(_ service: String, _ operation: String, _ members: PropertyValue) async throws
    -> PropertyValue
  {
    try await emulator.call(service: service, operation: operation, members: members)
  }

  /// Returns when nothing goes on until somebody does something or time passes.
  private func settle() async {
    await emulator.environment.recordFlusher.drain()
    await lambda.waitUntilIdle()
  }

  // MARK: Running

  func run(_ steps: [MappingStep]) async throws {
    defer { world.disk.cut() }
    for step in steps {
      let failuresBefore = world.disk.failures
      do {
        try await perform(step)
      } catch let violation as Violation {
        throw violation
      } catch {
        try require(
          world.disk.failures > failuresBefore,
          "\(step) failed though nothing was wrong: \(error) (\(kind))")
      }
      await settle()
      if world.disk.isDead { try await recover(losingPower: true) }
    }
    again = nil
    function.mend()
    try await recover(losingPower: true)
    try await call("lambda", "UpdateEventSourceMapping", ["UUID": .string(uuid), "Enabled": true])
    await settle()
    // Longer than any window and any wait for another attempt.
    for _ in 0..<40 {
      await world.clock.advance(milliseconds: 61_000)
      await settle()
    }
    try await check()
    await emulator.stop()
    try emulator.close()
  }

  private func perform(_ step: MappingStep) async throws {
    switch step {
    case .put(let first, let count): try await put(first..<(first + count))
    case .reshard(let id):
      try await StreamResharding(stream: "source").perform(by: id) { [self] in
        try await call("kinesis", $0, $1)
      }
    case .change(let form):
      var members = kind.settings(form: form)
      members["UUID"] = .string(uuid)
      if form >= 4 { changedLanes = true }
      try await call("lambda", "UpdateEventSourceMapping", .object(members))
    case .enable(let isEnabled):
      try await call(
        "lambda", "UpdateEventSourceMapping",
        ["UUID": .string(uuid), "Enabled": .bool(isEnabled)])
    case .failFunctions(let fault, let count): function.fail(fault, count: count)
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

  private func put(_ ids: Range<Int>) async throws {
    let records = ids.map { id in
      PropertyValue.object([
        "Data": .string(Base64.encode(Array(MappingKind.data(id).utf8))),
        "PartitionKey": .string(MappingKind.key(id)),
      ])
    }
    doubtful.formUnion(ids)
    let answer = try await call(
      "kinesis", "PutRecords", ["StreamName": "source", "Records": .list(records)])
    let results = answer["Records"]?.listValue ?? []
    try require(results.count == ids.count, "\(results.count) results for \(ids.count) records")
    for (id, result) in zip(ids, results) where result["ErrorCode"] == nil {
      doubtful.remove(id)
      acknowledged.insert(id)
    }
  }

  private func recover(losingPower: Bool) async throws {
    await settle()
    var losesPower = losingPower || world.disk.isDead
    var failsAgain = again
    again = nil
    while true {
      world = losesPower ? world.afterPowerLoss(seed: random.nextUInt64()) : world.afterKill()
      if let steps = failsAgain { world.disk.losePower(after: steps) }
      failsAgain = nil
      do {
        (emulator, lambda) = try await Self.open(world, function)
        await settle()
        if !world.disk.isDead { return }
      } catch {
        guard world.disk.isDead else {
          throw Violation("what a crash has left can't be opened: \(error)")
        }
      }
      losesPower = true
    }
  }
}
