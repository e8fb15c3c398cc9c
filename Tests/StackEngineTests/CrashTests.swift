import Effects
import PropertyTree
import ResourceModel
import ServiceTesting
import StackContracts
import StackModel
import Synchronization
import Testing

@testable import StackEngine

/// Ends the engine at every journal boundary: at each, the disk is copied as a loss of power would
/// leave it, and a new engine opens the copy.
@Suite struct CrashTests {
  enum Scenario: String, CaseIterable, Sendable {
    case create, failingCreate, update, failingUpdate, destroy
    case move, failingMove, takeIn, failingTakeIn
    // The same with resources whose steps wait.
    case createTasks, failingCreateTasks, updateTasks, failingUpdateTasks, lateFailingUpdateTasks
    case destroyTasks
    // The same in a nested stack, whose resources wait.
    case createNested, failingCreateNested, updateNested, failingUpdateNested,
      innerFailingUpdateNested
    case destroyNested

    var isCreation: Bool { ["create", "failingCreate"].contains { rawValue.hasPrefix($0) } }

    /// The template that the stack is deployed with at the beginning.
    var base: String {
      rawValue.hasSuffix("Nested")
        ? CrashTests.nesting("first")
        : rawValue.hasSuffix("Tasks") ? CrashTests.withTasks(CrashTests.first) : CrashTests.first
    }
  }

  static let first = template(
    """
    "Base": {"Type": "Fake::Bucket"},
    "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "a", "X": {"Ref": "Base"}}},
    "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}},
    "Gone": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}}
    """)

  static let second = template(
    """
    "Base": {"Type": "Fake::Bucket"},
    "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "b", "X": {"Ref": "Base"}}},
    "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}},
    "New": {"Type": "Fake::Queue"}
    """)

  static func withBad(_ body: String) -> String {
    let bad =
      "\"Bad\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"create\"}, \"DependsOn\": [\"User\"]}"
    return body.replacing("}, \"Outputs\"", with: ", \(bad)}, \"Outputs\"")
  }

  static func withNew(_ body: String) -> String {
    body.replacing("}, \"Outputs\"", with: ", \"New\": {\"Type\": \"Fake::Queue\"}}, \"Outputs\"")
  }

  static let moves = ["Reader": "User"]

  /// `User` under another logical ID.
  static func moved(_ body: String) -> String { body.replacing("\"User\"", with: "\"Reader\"") }

  /// With a queue that exists and belongs to no stack.
  static func takingIn(_ body: String) -> String {
    let found = "\"Found\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Name\": \"found\"}}"
    return body.replacing("}, \"Outputs\"", with: ", \(found)}, \"Outputs\"")
  }

  /// The queues become tasks, whose steps wait.
  static func withTasks(_ body: String) -> String {
    body.replacing("\"Fake::Queue\"", with: "\"Fake::Task\"")
  }

  /// The failure is one of work.
  static func withLateBad(_ body: String) -> String {
    withTasks(withBad(body)).replacing("\"FailOn\": \"create\"", with: "\"FailOn\": \"work\"")
  }

  /// The failure comes while a task beside may wait.
  static func withEarlyBad(_ body: String) -> String {
    let bad =
      "\"Bad\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"create\", \"X\": {\"Ref\": \"Swap\"}}}"
    return withTasks(body).replacing("}, \"Outputs\"", with: ", \(bad)}, \"Outputs\"")
  }

  /// A stack around one of another template, with something that depends on it.
  static func nesting(_ key: String) -> String {
    template(
      """
      "Base": {"Type": "Fake::Bucket"}, \(FakeTemplates.nested("Inner", key)),
      "User": {"Type": "Fake::Queue", "DependsOn": ["Inner"]}
      """)
  }

  /// Runs a scenario to its end and returns the stack's status then.
  static func run(_ scenario: Scenario, in environment: TestEnvironment) async throws -> StackStatus
  {
    switch scenario {
    case .create: return try await environment.deploy(first).status
    case .failingCreate: return try await environment.deploy(withBad(first)).status
    case .update: return try await environment.deploy(second).status
    case .failingUpdate: return try await environment.deploy(withBad(second)).status
    case .move: return try await environment.deploy(withNew(moved(first)), moves: moves).status
    case .failingMove:
      return try await environment.deploy(moved(withBad(first)), moves: moves).status
    case .takeIn:
      return try await environment.deploy(
        withNew(takingIn(first)), imports: ["Found": "found"]
      ).status
    case .failingTakeIn:
      return try await environment.deploy(
        withBad(takingIn(first)), imports: ["Found": "found"]
      ).status
    case .createTasks: return try await environment.deploy(withTasks(first)).status
    case .failingCreateTasks: return try await environment.deploy(withLateBad(first)).status
    case .updateTasks: return try await environment.deploy(withTasks(second)).status
    case .failingUpdateTasks: return try await environment.deploy(withEarlyBad(second)).status
    case .lateFailingUpdateTasks: return try await environment.deploy(withLateBad(second)).status
    case .createNested: return try await environment.deploy(nesting("first")).status
    case .failingCreateNested: return try await environment.deploy(nesting("bad")).status
    case .updateNested: return try await environment.deploy(nesting("second")).status
    case .failingUpdateNested:
      return try await environment.deploy(withBad(nesting("second"))).status
    case .innerFailingUpdateNested: return try await environment.deploy(nesting("bad")).status
    case .destroy, .destroyTasks, .destroyNested:
      let result = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
      let plan = try #require(result.plan)
      return try await environment.engine.apply(plan) { _ in }.status
    }
  }

  static func logicalIDs(in environment: TestEnvironment) async throws -> Set<LogicalID> {
    Set(try await environment.engine.stacks(in: .standard).flatMap(\.resources).map(\.logicalID))
  }

  /// Keeps the world as a loss of power would leave it at each crash point after it is armed.
  final class Snapshots: Sendable {
    struct State {
      var world: TestWorld?
      var copies: [(point: String, world: TestWorld)] = []
    }
    let state = Mutex(State())

    func arm(_ world: TestWorld?) { state.withLock { $0.world = world } }

    var copies: [(point: String, world: TestWorld)] { state.withLock { $0.copies } }

    func take(_ point: String) {
      guard point.hasPrefix("journal:"), !point.contains("look") else { return }
      state.withLock { state in
        guard let world = state.world else { return }
        state.copies.append((point, world.copyAfterPowerLoss(seed: UInt64(state.copies.count))))
      }
    }
  }

  @Test(arguments: Scenario.allCases, [1, 64])
  func everyKillPointEndsConsistent(_ scenario: Scenario, _ stepsPerBatch: Int) async throws {
    let snapshots = Snapshots()
    let environment = try TestEnvironment(
      TestWorld(crashPoint: { snapshots.take($0) }), stepsPerBatch: stepsPerBatch)
    if !scenario.isCreation { try await environment.deploy(scenario.base) }
    let isTakingIn = [.takeIn, .failingTakeIn].contains(scenario)
    if isTakingIn { try await environment.holdQueue("found") }
    let before = try await environment.engine.stack(named: "shop", in: .standard)
    snapshots.arm(environment.world)
    let final = try await Self.run(scenario, in: environment)
    snapshots.arm(nil)
    let outcome = try environment.held()
    let ids = try await Self.logicalIDs(in: environment)
    #expect(snapshots.copies.count > 9)

    var recoveries = 0
    for (point, copy) in snapshots.copies {
      let revived = try TestEnvironment(copy)
      let report = try await revived.engine.recover()
      recoveries += report.count
      let recorded = try await revived.recorded()
      // A resource to be imported is there all the time, and the stack's only from the commit on.
      let stray = isTakingIn ? try revived.held().filter { $0.physicalID == "found" } : []
      #expect(try revived.held() == recorded.union(stray), "after \(point)")
      let state = try await revived.engine.stack(named: "shop", in: .standard)
      if report.isEmpty {
        // Either nothing of it had become durable, or all had.
        let status = state?.status
        #expect(
          state == before || status == final || (final == .deleteComplete && state == nil),
          "after \(point)")
      } else {
        #expect((state?.status ?? .deleteComplete) == final, "after \(point)")
        #expect(try revived.held() == outcome, "after \(point)")
        #expect(try await Self.logicalIDs(in: revived) == ids, "after \(point)")
      }
      #expect(try await revived.engine.recover().isEmpty, "recovery leaves nothing to recover")
      let history = try await revived.engine.history(ofStack: "shop", in: .standard)
      #expect(history.allSatisfy { $0.endedAt != nil }, "after \(point)")
      #expect(history.last?.status == (state?.status ?? history.last?.status), "after \(point)")
      try revived.database.close()
    }
    #expect(recoveries > 0, "some kills fall between the first commit and the last")
    try environment.database.close()
  }

  @Test func aCrashDuringRecoveryIsRecoveredFrom() async throws {
    let snapshots = Snapshots()
    let environment = try TestEnvironment(
      TestWorld(crashPoint: { snapshots.take($0) }), stepsPerBatch: 1)
    try await environment.deploy(Self.first)
    let held = try environment.held()
    snapshots.arm(environment.world)
    #expect(try await Self.run(.failingUpdate, in: environment) == .updateRollbackComplete)
    snapshots.arm(nil)
    // The first crash as the rollback begins, the second at every point of the recovery.
    let turn = try #require(
      snapshots.copies.first { $0.point == "journal:forward/Bad:committed" })
    let inner = Snapshots()
    let revived = try TestEnvironment(
      turn.world.copyAfterPowerLoss(seed: 1, crashPoint: { inner.take($0) }), stepsPerBatch: 1)
    inner.arm(revived.world)
    #expect(try await revived.engine.recover().count == 1)
    inner.arm(nil)
    #expect(inner.copies.count > 9)
    for (point, copy) in inner.copies {
      let again = try TestEnvironment(copy)
      _ = try await again.engine.recover()
      #expect(try again.held() == held, "after \(point)")
      #expect(try again.held() == (try await again.recorded()), "after \(point)")
      try again.database.close()
    }
    try revived.database.close()
    try environment.database.close()
  }
}
