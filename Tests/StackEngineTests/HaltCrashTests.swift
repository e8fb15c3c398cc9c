import ResourceModel
import ServiceTesting
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Kills at every journal boundary of deployments that are left half done, and of what follows them.
@Suite struct HaltCrashTests {
  enum Scenario: String, CaseIterable, Sendable {
    case stopCreate, stopUpdate, stopUpdateTasks, stopUpdateNested, stopInnerUpdateNested
    case goOn, goOnNested, goOnAndFail, goOnAndFailNested
    case takeBackCreate, takeBackUpdate, takeBackTasks, takeBackNested
    case continueSkipping, deleteOnFailure, force

    /// Deploys what the scenario begins from.
    func prepare(_ environment: TestEnvironment) async throws {
      let crash = CrashTests.self
      switch self {
      case .stopCreate, .deleteOnFailure: break
      case .takeBackCreate:
        try await environment.deploy(crash.withBad(crash.first), choosing: .keep)
      case .stopUpdate: try await environment.deploy(crash.first)
      case .stopUpdateTasks: try await environment.deploy(crash.withTasks(crash.first))
      case .stopUpdateNested, .stopInnerUpdateNested:
        try await environment.deploy(crash.nesting("first"))
      case .goOn, .goOnAndFail, .takeBackUpdate:
        try await environment.deploy(crash.first)
        try await environment.deploy(crash.withBad(crash.second), choosing: .keep)
      case .takeBackTasks:
        try await environment.deploy(crash.withTasks(crash.first))
        try await environment.deploy(crash.withLateBad(crash.second), choosing: .keep)
      case .goOnNested, .takeBackNested, .goOnAndFailNested:
        try await environment.deploy(crash.nesting("first"))
        try await environment.deploy(crash.withBad(crash.nesting("second")), choosing: .keep)
      case .continueSkipping:
        try await environment.deploy(Self.unrevertable(1, isFailing: false))
        try await environment.deploy(Self.unrevertable(2, isFailing: true))
      case .force:
        let queue =
          "\"Stuck\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"delete\"}}"
        try await environment.deploy(template("\"Base\": {\"Type\": \"Fake::Queue\"}, \(queue)"))
      }
    }

    func run(_ environment: TestEnvironment) async throws -> StackStatus {
      let crash = CrashTests.self
      switch self {
      case .stopCreate:
        return try await environment.deploy(crash.withBad(crash.first), choosing: .keep).status
      case .deleteOnFailure:
        return try await environment.deploy(crash.withBad(crash.first), choosing: .delete).status
      case .stopUpdate:
        return try await environment.deploy(crash.withBad(crash.second), choosing: .keep).status
      case .stopUpdateTasks:
        return try await environment.deploy(crash.withLateBad(crash.second), choosing: .keep)
          .status
      case .stopUpdateNested:
        return try await environment.deploy(
          crash.withBad(crash.nesting("second")), choosing: .keep
        ).status
      case .stopInnerUpdateNested:
        return try await environment.deploy(crash.nesting("bad"), choosing: .keep).status
      case .goOn: return try await environment.deploy(crash.second).status
      case .goOnNested: return try await environment.deploy(crash.nesting("second")).status
      case .goOnAndFail: return try await environment.deploy(crash.withBad(crash.first)).status
      case .goOnAndFailNested:
        return try await environment.deploy(crash.nesting("bad")).status
      case .takeBackCreate, .takeBackUpdate, .takeBackTasks, .takeBackNested:
        let request = RollbackRequest(stackName: "shop")
        return try await environment.engine.rollBack(request) { _ in }.status
      case .continueSkipping:
        let request = RollbackRequest(
          stackName: "shop", choice: RollbackChoice(.stuck, skipping: ["Q"]))
        return try await environment.engine.rollBack(request) { _ in }.status
      case .force:
        var plan = try #require(
          try await environment.engine.planDestroy(DestroyRequest(stackName: "shop")).plan)
        plan.choose { $0.forcesDeletion = true }
        return try await environment.engine.apply(plan) { _ in }.status
      }
    }

    var end: StackStatus {
      switch self {
      case .stopCreate: .createFailed
      case .stopUpdate, .stopUpdateTasks, .stopUpdateNested, .stopInnerUpdateNested: .updateFailed
      case .goOn, .goOnNested: .updateComplete
      case .goOnAndFail, .goOnAndFailNested, .takeBackUpdate, .takeBackTasks, .takeBackNested,
        .continueSkipping:
        .updateRollbackComplete
      case .takeBackCreate: .rollbackComplete
      case .deleteOnFailure, .force: .deleteComplete
      }
    }

    /// A queue whose old form can't be written again, and a failure beside it.
    private static func unrevertable(_ size: Int, isFailing: Bool) -> String {
      let fails = size == 1 ? ", \"FailOn\": \"update\"" : ""
      let queue =
        "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Size\": \(size)\(fails)}}, "
        + "\"Swap\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Kind\": \"k\(size)\"}}"
      return isFailing
        ? CrashTests.withBad(template(queue)).replacing("User", with: "Q") : template(queue)
    }
  }

  @Test(arguments: Scenario.allCases, [1, 64])
  func everyKillPointEndsConsistent(_ scenario: Scenario, _ stepsPerBatch: Int) async throws {
    let snapshots = CrashTests.Snapshots()
    let environment = try TestEnvironment(
      TestWorld(crashPoint: { snapshots.take($0) }), stepsPerBatch: stepsPerBatch)
    try await scenario.prepare(environment)
    let before = try await environment.engine.stack(named: "shop", in: .standard)
    let abandoned = scenario == .force ? 1 : 0
    snapshots.arm(environment.world)
    let final = try await scenario.run(environment)
    snapshots.arm(nil)
    #expect(final == scenario.end)
    let outcome = try environment.held()
    let ids = try await CrashTests.logicalIDs(in: environment)
    #expect(snapshots.copies.count > 5)

    var recoveries = 0
    for (point, copy) in snapshots.copies {
      let revived = try TestEnvironment(copy)
      let report = try await revived.engine.recover()
      recoveries += report.count
      let (held, recorded) = (try revived.held(), try await revived.recorded())
      #expect(
        held == recorded || held.subtracting(recorded).count == abandoned, "after \(point)")
      let state = try await revived.engine.stack(named: "shop", in: .standard)
      let status = state?.status ?? .deleteComplete
      if report.isEmpty {
        // Either nothing of it had become durable, or all had.
        #expect(state == before || status == final, "after \(point)")
      } else {
        #expect(status == final, "after \(point)")
        #expect(held == outcome, "after \(point)")
        #expect(try await CrashTests.logicalIDs(in: revived) == ids, "after \(point)")
      }
      #expect(try await revived.engine.recover().isEmpty, "recovery leaves nothing to recover")
      if status.isHalfDone {
        let request = RollbackRequest(stackName: "shop")
        let taken = try await revived.engine.rollBack(request) { _ in }
        #expect(
          [.rollbackComplete, .updateRollbackComplete].contains(taken.status), "after \(point)")
        #expect(try revived.held() == (try await revived.recorded()), "after \(point)")
      }
      try revived.database.close()
    }
    #expect(recoveries > 0, "some kills fall between the first commit and the last")
    try environment.database.close()
  }

  /// From the moment that the cancellation is durable, nothing waits any more.
  @Test func aCancellationSurvives() async throws {
    let snapshots = CrashTests.Snapshots()
    let environment = try TestEnvironment(
      TestWorld(crashPoint: { snapshots.take($0) }), stepsPerBatch: 1)
    let first = try await environment.deploy(CrashTests.first)
    let held = try environment.held()
    let slow = "\"Slow\": {\"Type\": \"Fake::Task\", \"Properties\": {\"Delay\": 60000}}"
    let body = CrashTests.second.replacing("}, \"Outputs\"", with: ", \(slow)}, \"Outputs\"")
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    let applied = Task { try await environment.engine.apply(plan) { _ in } }
    await environment.tasks.reach(1)
    snapshots.arm(environment.world)
    try await environment.engine.cancelUpdate(of: first.environment)
    #expect(try await applied.value.status == .updateRollbackComplete)
    snapshots.arm(nil)
    let after = Array(snapshots.copies.drop { $0.point != "journal:cancel:committed" })
    #expect(after.count > 5)
    for (point, copy) in after {
      let revived = try TestEnvironment(copy)
      _ = try await revived.engine.recover()
      #expect(try revived.held() == held, "after \(point)")
      #expect(try revived.held() == (try await revived.recorded()), "after \(point)")
      try revived.database.close()
    }
    try environment.database.close()
  }
}
