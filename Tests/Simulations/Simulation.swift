import AWSModel
import Diagnostics
import Effects
import PropertyTree
import ServiceKit
import ServiceTesting
import StackContracts
import StackEngine
import StackModel

/// The whole emulator on a simulated disk: steps, faults, crashes, and what must hold after them.
/// One step runs at a time, so that the same seed plays the same way.
final class Simulation {
  private(set) var world: TestWorld
  private(set) var local: LocalEnvironment
  var expected = Expectations()
  private let lock: DataDirectory
  private let random: SeededRandomSource
  /// The power failure that waits for its step, and the one that follows it.
  private var again: Int?

  /// - Parameter lock: any directory that the caller holds: the simulated disk has no locks.
  init(seed: UInt64, lock: DataDirectory) async throws {
    self.lock = lock
    random = SeededRandomSource(seed: seed ^ 0x5EED)
    world = TestWorld(seed: seed)
    local = try await Self.open(world, lock)
    try await prepare()
  }

  private static func open(_ world: TestWorld, _ lock: DataDirectory) async throws
    -> LocalEnvironment
  {
    let local = try await LocalEnvironment.open(
      lock, storage: world.directory, isDurable: true, effects: world.effects,
      compiler: .reading(world.effects.files), report: { _ in })
    try await local.emulator.start()
    return local
  }

  /// Makes the resources that the steps work with; acknowledged before the first of them.
  private func prepare() async throws {
    try await call("kinesis", "CreateStream", ["StreamName": "stream", "ShardCount": 2])
    try await call("s3", "CreateBucket", ["Bucket": "bucket"])
    try await call(
      "s3", "PutBucketVersioning",
      ["Bucket": "bucket", "VersioningConfiguration": ["Status": "Enabled"]])
    try await call(
      "firehose", "CreateDeliveryStream",
      [
        "DeliveryStreamName": "delivery",
        "ExtendedS3DestinationConfiguration": [
          "RoleARN": "arn:aws:iam::000000000000:role/delivery",
          "BucketARN": "arn:aws:s3:::bucket", "Prefix": "in/",
          "BufferingHints": ["SizeInMBs": 1, "IntervalInSeconds": 60],
        ],
      ])
    try await call(
      "secretsmanager", "CreateSecret", ["Name": "secret", "SecretString": .string(Self.text(-1))])
    expected.secret.acknowledge(-1)
  }

  @discardableResult
  func call(_ service: String, _ operation: String, _ members: PropertyValue, body: [UInt8] = [])
    async throws -> PropertyValue
  {
    try await local.emulator.call(
      service: service, operation: operation, members: members, body: BufferedBody(body))
  }

  static func text(_ id: Int) -> String { "value \(id)" }

  static func id(ofText text: String?) -> Int? {
    text.flatMap { $0.hasPrefix("value ") ? Int($0.dropFirst(6)) : nil }
  }

  // MARK: Running

  /// Runs the steps, then lets everything come to rest and looks at it for the last time.
  func run(_ steps: [Step]) async throws {
    defer { world.disk.cut() }
    for step in steps {
      let failuresBefore = world.disk.failures
      do {
        try await perform(step)
      } catch let violation as Violation {
        throw violation
      } catch {
        let isExcused = world.disk.failures > failuresBefore || isUnsettled(step)
        try require(isExcused, "\(step) failed though nothing was wrong: \(error)")
        doubt(step)
      }
      await local.emulator.environment.recordFlusher.drain()
      if world.disk.isDead { try await recover(losingPower: true) }
    }
    // A call that waited for its step and did not come, does not come any more.
    again = nil
    try await recover(losingPower: true)
    for _ in 0..<3 { await world.clock.advance(milliseconds: 200_000) }
    try await check(isFinal: true)
    try await local.close()
  }

  private func isUnsettled(_ step: Step) -> Bool {
    switch step {
    case .deploy(let stack, _), .destroy(let stack): expected.unsettled.contains(stack)
    default: false
    }
  }

  private func perform(_ step: Step) async throws {
    switch step {
    case .advance(let seconds): await world.clock.advance(milliseconds: Int64(seconds) * 1000)
    case .fillDisk(let after, let count): world.disk.fill(after: after, for: count)
    case .losePower(let after, let again):
      world.disk.losePower(after: after)
      self.again = again
    case .kill: try await recover(losingPower: false)
    case .restart:
      try await close()
      try await recover(losingPower: false)
    default:
      try await act(step)
      acknowledge(step)
    }
  }

  private func close() async throws {
    let failuresBefore = world.disk.failures
    do { try await local.close() } catch {
      // The failing disk may stand in the way of closing, too; what is on it counts.
      let isExcused = world.disk.failures > failuresBefore
      try require(isExcused, "closing failed though nothing was wrong: \(error)")
    }
  }

  private func act(_ step: Step) async throws {
    switch step {
    case .putRecord(let id):
      try await call(
        "kinesis", "PutRecord",
        [
          "StreamName": "stream", "PartitionKey": .string("key \(id % 7)"),
          "Data": .string(Base64.encode(Array(Self.text(id).utf8))),
        ])
    case .reshard(let id): try await reshard(by: id)
    case .register(let consumer): try await register(consumer)
    case .deregister(let consumer): try await deregister(consumer)
    case .putObject(let key, let id, let bytes):
      try await call(
        "s3", "PutObject", ["Bucket": "bucket", "Key": .string("k\(key)")],
        body: Self.object(id, bytes: bytes))
    case .deleteObject(let key):
      try await call("s3", "DeleteObject", ["Bucket": "bucket", "Key": .string("k\(key)")])
    case .deliver(let id):
      try await call(
        "firehose", "PutRecord",
        [
          "DeliveryStreamName": "delivery",
          "Record": ["Data": .string(Base64.encode(Array("\(Self.text(id))\n".utf8)))],
        ])
    case .putSecret(let id):
      try await call(
        "secretsmanager", "PutSecretValue",
        ["SecretId": "secret", "SecretString": .string(Self.text(id))])
    case .putParameter(let id):
      try await call(
        "ssm", "PutParameter",
        [
          "Name": "parameter", "Type": "SecureString", "Overwrite": true,
          "Value": .string(Self.text(id)),
        ])
    case .deploy(let stack, let form): try await deploy(stack, form)
    case .destroy(let stack): try await destroy(stack)
    default: break
    }
  }

  /// Bytes that tell whose they are and whether all of them are there.
  static func object(_ id: Int, bytes: Int) -> [UInt8] {
    let head = Array("value \(id)/\(bytes)/".utf8)
    return head
      + [UInt8](unsafeUninitializedCapacity: bytes) { target, written in
        // A plain loop: many of these are made, without optimization.
        while written < bytes {
          target[written] = UInt8(truncatingIfNeeded: (written &* 31) ^ (written >> 8) &+ id)
          written += 1
        }
      }
  }

  /// In these only a deletion is possible.
  private static let stuck: Set<StackStatus> = [
    .rollbackComplete, .rollbackFailed, .createFailed, .deleteFailed, .updateRollbackFailed,
    .updateFailed,
  ]

  private func deploy(_ stack: Int, _ form: Int) async throws {
    let name = SimulatedStack.name(stack)
    if let state = try await local.engine.stack(named: name, in: .standard),
      Self.stuck.contains(state.status)
    {
      try await destroy(stack)
      expected.stacks[stack, default: .init()].acknowledge(nil)
    }
    let result = try await local.engine.plan(SimulatedStack.request(stack, form: form))
    guard let plan = result.plan else {
      throw Unplannable(diagnostics: result.diagnostics)
    }
    let state = try await local.engine.apply(plan) { _ in }
    let isComplete = [.createComplete, .updateComplete].contains(state.status)
    // A step that met the full disk is rolled back, which is an answer too.
    if !isComplete { throw RolledBack(status: state.status) }
  }

  private func destroy(_ stack: Int) async throws {
    guard
      try await local.engine.stack(named: SimulatedStack.name(stack), in: .standard) != nil
    else { return }
    let result = try await local.engine.planDestroy(
      DestroyRequest(stackName: SimulatedStack.name(stack), discardsContents: true))
    guard let plan = result.plan else {
      throw Unplannable(diagnostics: result.diagnostics)
    }
    let state = try await local.engine.apply(plan) { _ in }
    if state.status != .deleteComplete { throw RolledBack(status: state.status) }
  }

  private struct RolledBack: Error { var status: StackStatus }
  private struct Unplannable: Error { var diagnostics: [Diagnostic] }

  // MARK: What is known of a step's outcome

  private func acknowledge(_ step: Step) {
    switch step {
    case .putRecord(let id): expected.records.acknowledged.append(id)
    case .register(let consumer): expected.consumers[consumer, default: .init()].acknowledge(1)
    case .deregister(let consumer):
      expected.consumers[consumer, default: .init()].acknowledge(nil)
    case .deliver(let id): expected.deliveries.acknowledged.append(id)
    case .putObject(let key, let id, _): expected.objects[key, default: .init()].acknowledge(id)
    case .deleteObject(let key): expected.objects[key, default: .init()].acknowledge(nil)
    case .putSecret(let id): expected.secret.acknowledge(id)
    case .putParameter(let id): expected.parameter.acknowledge(id)
    case .deploy(let stack, let form): expected.stacks[stack, default: .init()].acknowledge(form)
    case .destroy(let stack): expected.stacks[stack, default: .init()].acknowledge(nil)
    default: break
    }
  }

  private func doubt(_ step: Step) {
    switch step {
    case .putRecord(let id): expected.records.doubtful.insert(id)
    case .register(let consumer): expected.consumers[consumer, default: .init()].doubt(1)
    case .deregister(let consumer): expected.consumers[consumer, default: .init()].doubt(nil)
    case .deliver(let id): expected.deliveries.doubtful.insert(id)
    case .putObject(let key, let id, _): expected.objects[key, default: .init()].doubt(id)
    case .deleteObject(let key): expected.objects[key, default: .init()].doubt(nil)
    case .putSecret(let id): expected.secret.doubt(id)
    case .putParameter(let id): expected.parameter.doubt(id)
    case .deploy(let stack, let form):
      expected.stacks[stack, default: .init()].doubt(form)
      expected.unsettled.insert(stack)
    case .destroy(let stack):
      expected.stacks[stack, default: .init()].doubt(nil)
      expected.unsettled.insert(stack)
    default: break
    }
  }

  // MARK: Crashes

  /// Memory goes; the disk's content is opened and looked at. A failing disk on the
  /// way is another crash.
  private func recover(losingPower: Bool) async throws {
    var losesPower = losingPower || world.disk.isDead
    var failsAgain = again
    again = nil
    while true {
      world =
        losesPower ? world.afterPowerLoss(seed: random.nextUInt64()) : world.afterKill()
      if let steps = failsAgain { world.disk.losePower(after: steps) }
      failsAgain = nil
      do {
        local = try await Self.open(world, lock)
        try await check(isFinal: false)
        return
      } catch {
        guard world.disk.isDead else { throw Self.violation(error) }
        losesPower = true
      }
    }
  }

  private static func violation(_ error: any Error) -> Violation {
    (error as? Violation) ?? Violation("what a crash has left can't be opened: \(error)")
  }
}
