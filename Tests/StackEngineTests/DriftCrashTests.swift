import PropertyTree
import ServiceTesting
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Ends the engine at every journal boundary of plans that deal with drift.
@Suite struct DriftCrashTests {
  enum Scenario: CaseIterable { case revert, failingRevert, adopt }

  private static let body = template(
    """
    "A": {"Type": "Fake::Queue", "Properties": {"Name": "a", "Size": 1}},
    "T": {"Type": "Fake::Task", "Properties": {"Name": "t", "Size": 1}},
    "C": {"Type": "Fake::Queue", "Properties": {"Name": "c", "Size": 1}, "DependsOn": ["A", "T"]}
    """)

  private static func plan(_ scenario: Scenario, in environment: TestEnvironment) async throws
    -> Plan
  {
    if scenario == .adopt {
      let result = try await environment.engine.planAdoption(ofStack: "shop", in: .standard)
      return try #require(result.plan)
    }
    let failing = body.replacing(
      "\"Name\": \"c\", \"Size\": 1",
      with: "\"Name\": \"c\", \"Size\": 2, \"FailOn\": \"update\"")
    var request = environment.request(scenario == .failingRevert ? failing : body)
    request.drift = .reverted
    return try #require(try await environment.engine.plan(request).plan)
  }

  private static func sizes(_ environment: TestEnvironment) throws -> [String: PropertyValue] {
    Dictionary(
      try environment.held().map { ($0.physicalID, $0.properties["Size"] ?? .null) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test(arguments: Scenario.allCases, [1, 64])
  func everyKillPointEndsConsistent(_ scenario: Scenario, _ stepsPerBatch: Int) async throws {
    let snapshots = CrashTests.Snapshots()
    let environment = try TestEnvironment(
      TestWorld(crashPoint: { snapshots.take($0) }), stepsPerBatch: stepsPerBatch)
    try await environment.deploy(Self.body)
    try await environment.holdQueue("a", ["Size": 9])
    try await environment.holdQueue("t", ["Size": 9], "Fake::Task")
    let plan = try await Self.plan(scenario, in: environment)
    snapshots.arm(environment.world)
    let state = try await environment.engine.apply(plan) { _ in }
    snapshots.arm(nil)
    let (sizes, recorded): (Int64, Int64) =
      switch scenario {
      case .revert: (1, 1)
      case .failingRevert: (9, 1)
      case .adopt: (9, 9)
      }
    #expect(
      state.status == (scenario == .failingRevert ? .updateRollbackComplete : .updateComplete))
    for (point, copy) in snapshots.copies {
      let revived = try TestEnvironment(copy)
      let report = try await revived.engine.recover()
      let found = try Self.sizes(revived)
      let stack = try await revived.engine.stack(named: "shop", in: .standard)
      let isDone = stack?.status == state.status
      #expect(isDone || report.isEmpty, "after \(point)")
      for name in ["a", "t"] {
        #expect(found[name] == .int(isDone ? sizes : 9), "after \(point)")
        let record = stack?.resources.first { $0.identity.physicalID == name }
        #expect(record?.properties["Size"] == .int(isDone ? recorded : 1), "after \(point)")
      }
      #expect(found["c"] == 1, "after \(point)")
      try revived.database.close()
    }
    #expect(snapshots.copies.count > 2)
    try environment.database.close()
  }
}
