import AWSModel
import PropertyTree
import ServiceKit
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Changes made outside of a stack: seen, put back, and recorded.
@Suite struct StackDriftTests {
  static let body = template(
    """
    "A": {"Type": "Fake::Queue", "Properties": {"Name": "a", "Size": 1}},
    "B": {"Type": "Fake::Queue", "Properties": {"Name": "b", "Size": 1}},
    "C": {"Type": "Fake::Queue", "Properties": {"Name": "c", "Size": 1}}
    """)

  /// A deployed stack whose `A` has another size and whose `B` is gone.
  private static func drifted() async throws -> TestEnvironment {
    let environment = try TestEnvironment()
    try await environment.deploy(body)
    try await environment.holdQueue("a", ["Size": 9])
    try await environment.removeQueue("b")
    return environment
  }

  private static func plan(
    _ environment: TestEnvironment, _ mode: DriftMode, _ body: String = body
  ) async throws -> Plan {
    var request = environment.request(body)
    request.drift = mode
    return try #require(try await environment.engine.plan(request).plan)
  }

  private static func sizes(_ environment: TestEnvironment) throws -> [String: PropertyValue] {
    Dictionary(
      try environment.held().map { ($0.physicalID, $0.properties["Size"] ?? .null) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test func aReportTellsEachResource() async throws {
    let environment = try await Self.drifted()
    let report = try await environment.engine.drift(ofStack: "shop", in: .standard)
    #expect(report.resources.map(\.status) == [.modified, .deleted, .inSync])
    #expect(
      report.resources[0].differences == [
        PropertyDrift(path: PropertyPath([.key("Size")]), kind: .notEqual, expected: 1, actual: 9)
      ])
    #expect(report.resources[0].actual == ["Name": "a", "Size": 9])
    #expect(report.resources[1].expected == nil)
    let api = ControlAPI(operations: environment.engine, clock: environment.clock, version: "1")
    let remote = RemoteStackOperations(transport: ControlTests.Loopback(endpoint: api))
    #expect(try await remote.drift(ofStack: "shop", in: .standard) == report)
    let unknown = await #expect(throws: StackFailure.self) {
      try await remote.drift(ofStack: "none", in: .standard)
    }
    #expect(unknown?.code == .unknownStack)
    try environment.database.close()
  }

  @Test func aPlanLooksWhenItIsAsked() async throws {
    let environment = try await Self.drifted()
    let blind = try await Self.plan(environment, .ignored)
    #expect(blind.isEmpty && blind.drift == nil)
    let told = try await Self.plan(environment, .told)
    #expect(told.isEmpty)
    #expect(told.drift?.map(\.name) == ["A", "B"])
    #expect(told.drift?.map(\.status) == [.modified, .deleted])
    try environment.database.close()
  }

  /// The handler refuses an update that starts from anything but what is there.
  @Test func driftIsPutBack() async throws {
    let environment = try await Self.drifted()
    let plan = try await Self.plan(environment, .reverted)
    #expect(plan.changes.map(\.action) == [.update, .keep, .keep])
    #expect(plan.changes[0].properties.map(\.before) == [9])
    #expect(plan.changes[0].properties.map(\.after) == [1])
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .updateComplete)
    #expect(try Self.sizes(environment) == ["a": 1, "c": 1])
    try environment.database.close()
  }

  /// A template that says what is there only changes the record.
  @Test func aTemplateThatSaysWhatIsThereIsRecorded() async throws {
    let environment = try await Self.drifted()
    let body = Self.body.replacing(
      "\"Name\": \"a\", \"Size\": 1", with: "\"Name\": \"a\", \"Size\": 9")
    let plan = try await Self.plan(environment, .reverted, body)
    #expect(plan.changes.map(\.action) == [.adopt, .keep, .keep])
    let held = try environment.held()
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .updateComplete)
    #expect(state.resource("A")?.properties["Size"] == 9)
    #expect(try environment.held() == held)
    try environment.database.close()
  }

  @Test func aRollbackPutsBackWhatWasThere() async throws {
    let environment = try await Self.drifted()
    let body = Self.body.replacing(
      "\"Name\": \"c\", \"Size\": 1",
      with: "\"Name\": \"c\", \"Size\": 2, \"FailOn\": \"update\"")
    let plan = try await Self.plan(environment, .reverted, body)
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .updateRollbackComplete)
    #expect(try Self.sizes(environment) == ["a": 9, "c": 1])
    #expect(state.resource("A")?.properties["Size"] == 1)
    let report = try await environment.engine.drift(ofStack: "shop", in: .standard)
    #expect(report.resources.map(\.status) == [.modified, .deleted, .inSync])
    try environment.database.close()
  }

  @Test(arguments: [true, false])
  func whatChangedSinceThePlanIsRefused(_ adopts: Bool) async throws {
    let environment = try await Self.drifted()
    let plan =
      adopts
      ? try #require(
        try await environment.engine.planAdoption(ofStack: "shop", in: .standard).plan)
      : try await Self.plan(environment, .reverted)
    try await environment.holdQueue("a", ["Size": 10])
    let failure = await #expect(throws: StackFailure.self) {
      try await environment.engine.apply(plan) { _ in }
    }
    #expect(failure?.message.contains("`A` was changed outside of the stack since") == true)
    #expect(try Self.sizes(environment)["a"] == 10)
    try environment.database.close()
  }

  @Test func driftIsRecorded() async throws {
    let environment = try await Self.drifted()
    let plan = try #require(
      try await environment.engine.planAdoption(ofStack: "shop", in: .standard).plan)
    #expect(plan.changes.map(\.action) == [.adopt, .adopt, .keep])
    let held = try environment.held()
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .updateComplete)
    #expect(try environment.held() == held)
    #expect(try await environment.recorded() == held)
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.compactMap(\.reason).filter { $0.contains("outside") || $0.contains("Recorded") } == [
        "Recorded as it is; nothing was changed", "Removed outside of the stack",
      ])
    let history = try await environment.engine.history(ofStack: "shop", in: .standard)
    #expect(history.last?.changes.map(\.action) == [.adopt, .adopt])
    let report = try await environment.engine.drift(ofStack: "shop", in: .standard)
    #expect(report.drifted.isEmpty)
    // The unchanged template is now what differs.
    let next = try await Self.plan(environment, .ignored)
    #expect(next.changes.map(\.action) == [.update, .create, .keep])
    #expect(next.changes[0].properties.map(\.before) == [9])
    let again = try #require(
      try await environment.engine.planAdoption(ofStack: "shop", in: .standard).plan)
    #expect(again.isEmpty)
    try environment.database.close()
  }
}
