import PropertyTree
import ResourceModel
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Deployments that fail and are left half done, and rollbacks that somebody asks for.
@Suite struct HaltTests {
  static func swap(_ kind: String, _ more: String = "") -> String {
    template(
      """
      "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "\(kind)"}},
      "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}}\(more)
      """)
  }

  static let bad =
    ", \"Bad\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"create\"}, "
    + "\"DependsOn\": [\"User\"]}"

  @Test func aFailedCreationKeepsWhatSucceeded() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let state = try await environment.deploy(Self.swap("a", Self.bad), choosing: .keep, log)
    #expect(state.status == .createFailed)
    #expect(state.statusReason == "The following resource(s) failed to create: [Bad]. ")
    #expect(state.resources.map(\.logicalID) == ["Swap", "User"])
    #expect(state.resources.allSatisfy { $0.status == .createComplete })
    #expect(log.all.suffix(2) == ["Bad CREATE_FAILED", "shop CREATE_FAILED"])
    #expect(state.settings?.disablesRollback == true)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try await environment.engine.recover().isEmpty, "nobody carries it on unasked")

    let swap = state.resource("Swap")?.identity
    let next = try await environment.deploy(Self.swap("a"))
    #expect(next.status == .updateComplete)
    #expect(next.environment.stackID == state.environment.stackID)
    #expect(next.resource("Swap")?.identity == swap)
    #expect(next.settings?.disablesRollback == false)
    await #expect(throws: StackFailure.self, "there is nothing to take back any more") {
      try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) { _ in }
    }
  }

  @Test func aFailedCreationIsTakenBackWhenThatIsAskedFor() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(Self.swap("a", Self.bad), choosing: .keep)
    let log = EventLog()
    let state = try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) {
      log.add($0)
    }
    #expect(state.status == .rollbackComplete)
    #expect(
      log.all == [
        "shop ROLLBACK_IN_PROGRESS", "User DELETE_IN_PROGRESS", "User DELETE_COMPLETE",
        "Swap DELETE_IN_PROGRESS", "Swap DELETE_COMPLETE", "shop ROLLBACK_COMPLETE",
      ])
    #expect(try environment.held().isEmpty)
    let history = try await environment.engine.history(ofStack: "shop", in: .standard)
    #expect(history.map(\.status) == [.rollbackComplete])
  }

  @Test func aFailedUpdateKeepsBothHalvesOfAReplacement() async throws {
    let environment = try TestEnvironment()
    let first = try await environment.deploy(Self.swap("a"))
    let held = try environment.held()
    let stopped = try await environment.deploy(Self.swap("b", Self.bad), choosing: .keep)
    #expect(stopped.status == .updateFailed)
    #expect(stopped.templateBody == first.templateBody, "the last good one is what it was")
    #expect(stopped.resources.map(\.logicalID) == ["Swap", "User", "Swap#0"])
    #expect(try environment.held() == (try await environment.recorded()))

    let back = try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) { _ in }
    #expect(back.status == .updateRollbackComplete)
    #expect(try environment.held() == held)
    #expect(back.resources.map(\.identity) == first.resources.map(\.identity))
  }

  @Test func anUpdateThatWasStoppedGoesOn() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(Self.swap("a"))
    let stopped = try await environment.deploy(Self.swap("b", Self.bad), choosing: .keep)
    let planned = try await environment.engine.plan(environment.request(Self.swap("b")))
    let plan = try #require(planned.plan)
    #expect(planned.diagnostics.map(\.severity) == [.note])
    #expect(plan.changes.map(\.action) == [.keep, .keep, .delete])
    #expect(!plan.isEmpty)
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .updateComplete)
    #expect(state.resource("Swap")?.identity == stopped.resource("Swap")?.identity)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try environment.held().count == 2)
  }

  /// The second deployment fails and is to be rolled back: so is the first, which it went on from.
  @Test(arguments: [true, false])
  func goingOnAndFailingTakesAllBack(_ isUpdate: Bool) async throws {
    let environment = try TestEnvironment()
    if isUpdate { try await environment.deploy(Self.swap("a")) }
    let held = try environment.held()
    try await environment.deploy(Self.swap("b", Self.bad), choosing: .keep)
    let more = ", \"More\": {\"Type\": \"Fake::Queue\"}"
    let log = EventLog()
    let state = try await environment.deploy(
      Self.swap("c", more + Self.bad), choosing: .rollback, log)
    #expect(state.status == (isUpdate ? .updateRollbackComplete : .rollbackComplete))
    #expect(log.all.last == "shop \(state.status.rawValue)")
    #expect(try environment.held() == held)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try await environment.engine.recover().isEmpty)
  }

  @Test func twoStoppedDeploymentsAreTakenBackTogether() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(Self.swap("a"))
    let held = try environment.held()
    try await environment.deploy(Self.swap("b", Self.bad), choosing: .keep)
    try await environment.deploy(Self.swap("c", Self.bad), choosing: .keep)
    #expect(try environment.held() == (try await environment.recorded()))
    let state = try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) { _ in }
    #expect(state.status == .updateRollbackComplete)
    #expect(try environment.held() == held)
  }

  @Test func aFailedUpdateOfAResourceLeavesItAsItWas() async throws {
    let environment = try TestEnvironment()
    func body(_ size: Int, _ fails: String) -> String {
      template(
        """
        "A": {"Type": "Fake::Queue", "Properties": {"Size": \(size)}},
        "B": {"Type": "Fake::Queue",
          "Properties": {"Size": \(size), "FailOn": "\(fails)", "X": {"Ref": "A"}}}
        """)
    }
    try await environment.deploy(body(1, "no"))
    let stopped = try await environment.deploy(body(2, "update"), choosing: .keep)
    #expect(stopped.status == .updateFailed)
    #expect(stopped.resource("A")?.properties["Size"] == 2)
    #expect(stopped.resource("B")?.properties["Size"] == 1)
    #expect(stopped.resource("B")?.status == .updateFailed)
    #expect(stopped.resource("B")?.statusReason == "this resource fails on update (Injected)")
    #expect(try environment.held() == (try await environment.recorded()))
    let back = try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) { _ in }
    #expect(back.status == .updateRollbackComplete)
    #expect(back.resources.map { $0.properties["Size"] } == [1, 1])
    #expect(back.resources.map(\.status) == [.updateComplete, .createComplete])
    let unchanged = try await environment.deploy(body(2, "update"), choosing: .keep)
    #expect(unchanged.status == .updateFailed)
    let next = try await environment.deploy(body(2, "no"))
    #expect(next.status == .updateComplete)
    #expect(next.resources.allSatisfy { $0.status == .updateComplete })
  }

  @Test func aStoppedStackCanBeDeleted() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(Self.swap("a"))
    try await environment.deploy(Self.swap("b", Self.bad), choosing: .keep)
    let destroy = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
    let state = try await environment.engine.apply(try #require(destroy.plan)) { _ in }
    #expect(state.status == .deleteComplete)
    #expect(try environment.held().isEmpty)
  }

  @Test func aFailedCreationIsDeletedWhereThatIsChosen() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let state = try await environment.deploy(Self.swap("a", Self.bad), choosing: .delete, log)
    #expect(state.status == .deleteComplete)
    #expect(state.deletedAt != nil)
    #expect(Array(log.all.drop { $0 != "Bad CREATE_FAILED" })[1] == "shop DELETE_IN_PROGRESS")
    #expect(try environment.held().isEmpty)
    #expect(try await environment.engine.stack(named: "shop", in: .standard) == nil)
  }

  @Test func whatRetainsIsDeletedWhereThatIsChosen() async throws {
    let environment = try TestEnvironment()
    let body = Self.swap("a", Self.bad).replacing(
      "\"Kind\": \"a\"}", with: "\"Kind\": \"a\"}, \"DeletionPolicy\": \"Retain\"")
    var plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    #expect(try await environment.engine.apply(plan) { _ in }.status == .rollbackComplete)
    #expect(try environment.held().count == 1)
    plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    plan.choose { $0.retainsExceptOnCreate = true }
    #expect(try await environment.engine.apply(plan) { _ in }.status == .rollbackComplete)
    #expect(try environment.held().count == 1)
  }

  @Test func aDeletionCanBeForced() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(
      template(
        """
        "Base": {"Type": "Fake::Queue"},
        "Stuck": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Base"}, "FailOn": "delete"}}
        """))
    let destroy = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
    var plan = try #require(destroy.plan)
    plan.choose { $0.forcesDeletion = true }
    let log = EventLog()
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(state.status == .deleteComplete)
    #expect(
      log.all == [
        "shop DELETE_IN_PROGRESS", "Stuck DELETE_IN_PROGRESS", "Stuck DELETE_SKIPPED",
        "Base DELETE_IN_PROGRESS", "Base DELETE_COMPLETE", "shop DELETE_COMPLETE",
      ])
    #expect(try environment.held().count == 1)
  }

  // MARK: Rollbacks that fail

  /// Updates a queue that can't be brought back, since somebody else changes it meanwhile.
  private func stuck(_ environment: TestEnvironment) async throws -> StackState {
    let name = "\"Properties\": {\"Name\": \"q\", \"Size\":"
    try await environment.deploy(template("\"Q\": {\"Type\": \"Fake::Queue\", \(name) 1}}"))
    let slow =
      "\"Slow\": {\"Type\": \"Fake::Task\", \"DependsOn\": [\"Q\"], \"Properties\": {\"Delay\": 1000, "
      + "\"FailOn\": \"work\"}}"
    let body = template("\"Q\": {\"Type\": \"Fake::Queue\", \(name) 2}}, \(slow)")
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    let applied = Task { try await environment.engine.apply(plan) { _ in } }
    await environment.tasks.reach(1)
    try await environment.holdQueue("q", ["Size": 7])
    await environment.clock.advance(milliseconds: 1000)
    return try await applied.value
  }

  @Test func aFailedRollbackIsTriedAgain() async throws {
    let environment = try TestEnvironment()
    #expect(try await stuck(environment).status == .updateRollbackFailed)
    let again = try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) { _ in }
    #expect(again.status == .updateRollbackFailed, "nothing has changed")
    try await environment.holdQueue("q", ["Size": 2])
    let log = EventLog()
    let state = try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) {
      log.add($0)
    }
    #expect(state.status == .updateRollbackComplete)
    #expect(log.all.prefix(2) == ["shop UPDATE_ROLLBACK_IN_PROGRESS", "Q UPDATE_IN_PROGRESS"])
    #expect(state.resources.map { $0.properties["Size"] } == [1])
    #expect(try environment.held() == (try await environment.recorded()))
  }

  @Test func resourcesCanBeSkipped() async throws {
    let environment = try TestEnvironment()
    #expect(try await stuck(environment).status == .updateRollbackFailed)
    let other = RollbackChoice(.stuck, skipping: ["Slow"])
    await #expect(throws: StackFailure.self) {
      let request = RollbackRequest(stackName: "shop", choice: other)
      _ = try await environment.engine.rollBack(request) { _ in }
    }
    let choice = RollbackChoice(.stuck, skipping: ["Q"])
    let state = try await environment.engine.rollBack(
      RollbackRequest(stackName: "shop", choice: choice)
    ) { _ in }
    #expect(state.status == .updateRollbackComplete)
    #expect(state.resource("Q")?.status == .updateComplete)
    #expect(state.resource("Q")?.properties["Size"] == 2, "the record tells what it was made")
  }

  @Test func aDeploymentForgetsARollbackThatFailed() async throws {
    let environment = try TestEnvironment()
    _ = try await stuck(environment)
    try await environment.holdQueue("q", ["Size": 2])
    let state = try await environment.deploy(
      template(
        "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Name\": \"q\", \"Size\": 3}}"))
    #expect(state.status == .updateComplete)
    await #expect(throws: StackFailure.self) {
      try await environment.engine.rollBack(RollbackRequest(stackName: "shop")) { _ in }
    }
  }

  // MARK: Cancelling

  @Test(arguments: [FailureChoice.keep, .rollback])
  func anUpdateUnderWayIsCancelled(_ choice: FailureChoice) async throws {
    let environment = try TestEnvironment()
    let first = try await environment.deploy(Self.swap("a"))
    let held = try environment.held()
    let slow = ", \"Slow\": {\"Type\": \"Fake::Task\", \"Properties\": {\"Delay\": 60000}}"
    let log = EventLog()
    var plan = try #require(
      try await environment.engine.plan(environment.request(Self.swap("b", slow))).plan)
    plan.choose { $0.onFailure = choice }
    let chosen = plan
    let applied = Task { try await environment.engine.apply(chosen) { log.add($0) } }
    await environment.tasks.reach(1)
    try await environment.engine.cancelUpdate(of: first.environment)
    let state = try await applied.value
    #expect(state.status == .updateRollbackComplete)
    #expect(try environment.held() == held)
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.contains {
        $0.status == "UPDATE_ROLLBACK_IN_PROGRESS" && $0.reason == "User Initiated"
      })
    #expect(
      events.contains {
        $0.logicalID == "Slow" && $0.status == "CREATE_FAILED"
          && $0.reason == "Resource creation cancelled"
      })
    let refused = await #expect(throws: StackFailure.self) {
      try await environment.engine.cancelUpdate(of: first.environment)
    }
    #expect(refused?.message == "CancelUpdateStack cannot be called from current stack status")
  }
}

extension TestEnvironment {
  /// Deploys with a choice about failures.
  @discardableResult
  func deploy(_ body: String, choosing choice: FailureChoice, _ log: EventLog = EventLog())
    async throws -> StackState
  {
    guard var plan = try await engine.plan(request(body)).plan else { throw NoPlan(text: body) }
    plan.choose { $0.onFailure = choice }
    return try await engine.apply(plan) { log.add($0) }
  }
}
