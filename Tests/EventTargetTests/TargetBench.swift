import AWSModel
import Effects
import ServiceKit
import ServiceTesting
import Synchronization

/// A target in memory that fails as the test says.
final class FakeTarget: EventTarget {
  struct Delivery: Sendable, Hashable {
    var arn: String
    var bodies: [String]
    var attributes: [[String: String]]
  }

  private struct State {
    var deliveries: [Delivery] = []
    var attempts = 0
    /// For each further attempt: what it ends in.
    var script: [@Sendable ([TargetEvent]) throws -> [ServiceError?]] = []
  }

  let service: String
  let limits: EventBatchLimits
  private let state = Mutex(State())

  init(
    _ service: String,
    limits: EventBatchLimits = .init(eventsMax: 3, bytesMax: 100, eventBytesMax: 60)
  ) {
    self.service = service
    self.limits = limits
  }

  var deliveries: [Delivery] { state.withLock { $0.deliveries } }
  var bodies: [String] { deliveries.flatMap(\.bodies) }
  var attempts: Int { state.withLock { $0.attempts } }

  /// The next attempts end so; those after them succeed.
  func script(_ steps: [@Sendable ([TargetEvent]) throws -> [ServiceError?]]) {
    state.withLock { $0.script = steps }
  }

  func fail(_ times: Int, _ error: ServiceError) {
    script(Array(repeating: { _ in throw error }, count: times))
  }

  func check(_ arn: ARN) throws(ServiceError) {
    guard arn.resource.hasPrefix("thing/") else {
      throw .validation("\(arn) is not the ARN of a thing.")
    }
  }

  func deliver(_ events: [TargetEvent], to arn: ARN) async throws -> [ServiceError?] {
    let step = state.withLock { state in
      state.attempts += 1
      return state.script.isEmpty ? nil : state.script.removeFirst()
    }
    let outcomes = try step?(events) ?? Array(repeating: nil, count: events.count)
    let taken = zip(events, outcomes).filter { $0.1 == nil }.map(\.0)
    if !taken.isEmpty {
      state.withLock {
        $0.deliveries.append(
          Delivery(
            arn: arn.description, bodies: taken.map { String(decoding: $0.body, as: UTF8.self) },
            attributes: taken.map(\.attributes)))
      }
    }
    return outcomes
  }
}

/// Targets in a world of their own.
final class TargetBench: Sendable {
  static let passing = ServiceError("ThrottlingException", "Rate exceeded")
  static let lasting = ServiceError("ResourceNotFoundException", "gone")

  let database: ServiceDatabase
  let things: FakeTarget
  let graves: FakeTarget
  let targets: EventTargets
  private let world: TestWorld
  private let lines = ReportLines()

  var clock: VirtualClock { world.clock }

  static func arn(_ service: String, _ name: String) -> String {
    "arn:aws:\(service):eu-west-1:111122223333:thing/\(name)"
  }

  init(
    _ world: TestWorld = TestWorld(), things: FakeTarget = FakeTarget("things"),
    graves: FakeTarget = FakeTarget("graves")
  ) throws {
    self.world = world
    self.things = things
    self.graves = graves
    let environment = try world.open(
      EventTargets.formats, report: { [lines] line in lines.add(line) })
    database = environment.database
    targets = EventTargets(environment: environment) {
      [things.service: things, graves.service: graves]
    }
  }

  var reports: [String] { lines.all }

  /// Another process over the same files and the same targets: this one was killed.
  func restarted() throws -> TargetBench {
    let next = world.afterKill()
    try database.close()
    return try TargetBench(next, things: things, graves: graves)
  }

  func end() async throws {
    await targets.stop()
    try database.close()
  }

  func send(
    _ texts: [String], to name: String = "a", from sender: String = "rule",
    policy: DeliveryPolicy = DeliveryPolicy()
  ) async throws {
    try await targets.send(
      texts.map { TargetEvent(id: $0, body: Array($0.utf8), time: clock.now) },
      to: Self.arn("things", name), from: sender, policy: policy)
    await targets.whenIdle()
  }
}
