import Effects
import PropertyTree
import ResourceModel
import StackModel
import Testing

@testable import StackEngine

/// Steps whose work runs outside of a transaction.
@Suite struct WaitTests {
  /// An apply that goes on beside the test.
  private func apply(_ body: String, in environment: TestEnvironment, _ log: EventLog = EventLog())
    async throws -> Task<StackState, any Error>
  {
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    return Task { try await environment.engine.apply(plan) { log.add($0) } }
  }

  @Test func waitsRunSideBySide() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let body = template(
      """
      "A": {"Type": "Fake::Task", "Properties": {"Delay": 1000}},
      "B": {"Type": "Fake::Task", "Properties": {"Delay": 1000}},
      "After": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "A"}}},
      "Beside": {"Type": "Fake::Queue"}
      """)
    let started = environment.clock.now
    let applied = try await apply(body, in: environment, log)
    await environment.tasks.reach(2)
    #expect(
      log.all == [
        "shop CREATE_IN_PROGRESS", "A CREATE_IN_PROGRESS", "B CREATE_IN_PROGRESS",
        "Beside CREATE_IN_PROGRESS", "Beside CREATE_COMPLETE",
      ])
    let seen = try #require(try await environment.engine.stack(named: "shop", in: .standard))
    #expect(seen.status == .createInProgress)
    #expect(seen.resource("A")?.status == .createInProgress)
    await environment.clock.advance(milliseconds: 1000)
    let state = try await applied.value
    #expect(state.status == .createComplete)
    #expect(log.all.last == "shop CREATE_COMPLETE")
    let (a, after) = (
      log.all.firstIndex(of: "A CREATE_COMPLETE"),
      log.all.firstIndex(of: "After CREATE_IN_PROGRESS")
    )
    #expect(try #require(a) < #require(after))
    #expect(state.resource("A")?.identity.attributes["Answer"] == "answer of A")
    #expect(environment.clock.now == started.adding(milliseconds: 1000))
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try await environment.engine.recover().isEmpty)
  }

  @Test(arguments: ["work", "finish"])
  func aFailedWaitIsTakenBack(_ point: String) async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let body = template(
      """
      "Base": {"Type": "Fake::Bucket"},
      "Job": {"Type": "Fake::Task", "Properties": {"FailOn": "\(point)", "X": {"Ref": "Base"}}}
      """)
    let state = try await apply(body, in: environment, log).value
    #expect(state.status == .rollbackComplete)
    #expect(
      log.all == [
        "shop CREATE_IN_PROGRESS", "Base CREATE_IN_PROGRESS", "Base CREATE_COMPLETE",
        "Job CREATE_IN_PROGRESS", "Job CREATE_FAILED", "shop ROLLBACK_IN_PROGRESS",
        "Job DELETE_IN_PROGRESS", "Job DELETE_COMPLETE", "Base DELETE_IN_PROGRESS",
        "Base DELETE_COMPLETE", "shop ROLLBACK_COMPLETE",
      ])
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.first { $0.status == "CREATE_FAILED" }?.reason
        == "this task fails on \(point) (Injected)")
    #expect(environment.tasks.started == ["create Job", "delete Job"])
    #expect(try environment.held().isEmpty)
    #expect(state.resources.isEmpty)
  }

  @Test func aFailureBesideCancelsWaits() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let body = template(
      """
      "Slow": {"Type": "Fake::Task", "Properties": {"Delay": 60000}},
      "Quick": {"Type": "Fake::Task", "Properties": {"Delay": 10}},
      "Bad": {"Type": "Fake::Queue", "Properties": {"FailOn": "create", "X": {"Ref": "Quick"}}}
      """)
    let applied = try await apply(body, in: environment, log)
    await environment.tasks.reach(2)
    await environment.clock.advance(milliseconds: 10)
    let state = try await applied.value
    #expect(state.status == .rollbackComplete)
    #expect(
      Array(log.all.drop { $0 != "Bad CREATE_FAILED" }.prefix(3)) == [
        "Bad CREATE_FAILED", "Slow CREATE_FAILED", "shop ROLLBACK_IN_PROGRESS",
      ])
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.first { $0.logicalID == "Slow" && $0.status == "CREATE_FAILED" }?.reason
        == "Resource creation cancelled")
    #expect(events.contains { $0.reason?.contains("failed to create: [Bad, Slow]") == true })
    #expect(try environment.held().isEmpty)
  }

  @Test func aDeadlineEndsAWait() async throws {
    let environment = try TestEnvironment()
    let body = template(
      "\"Job\": {\"Type\": \"Fake::Task\", \"Properties\": {\"Delay\": 60000, \"Patience\": 500}}")
    let applied = try await apply(body, in: environment)
    await environment.tasks.reach(1)
    await environment.clock.advance(milliseconds: 500)
    #expect(try await applied.value.status == .rollbackComplete)
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.first { $0.status == "CREATE_FAILED" }?.reason
        == "Resource timed out waiting for completion")
  }

  @Test func aFailedUpdateOfATaskIsTakenBack() async throws {
    let environment = try TestEnvironment()
    let body = template(
      "\"Job\": {\"Type\": \"Fake::Task\", \"Properties\": {\"Size\": 1, \"FailOn\": \"no\"}}")
    let before = try await environment.deploy(body)
    let held = try environment.held()
    let bad = body.replacing("\"no\"", with: "\"work\"")
    #expect(try await environment.deploy(bad).status == .updateRollbackComplete)
    #expect(environment.tasks.started == ["create Job", "update Job", "update Job"])
    #expect(try environment.held() == held)
    let after = try await environment.engine.stack(named: "shop", in: .standard)
    #expect(after?.resources.map(\.properties) == before.resources.map(\.properties))
  }

  @Test func aClosedEnvironmentLeavesWaitsToTheNext() async throws {
    let body = template(
      "\"Job\": {\"Type\": \"Fake::Task\", \"Properties\": {\"Delay\": 1000}}")
    let environment = try TestEnvironment()
    let applied = try await apply(body, in: environment)
    await environment.tasks.reach(1)
    applied.cancel()
    await #expect(throws: CancellationError.self) { try await applied.value }
    try environment.database.close()
    let next = try TestEnvironment(environment.world.afterKill())
    let recovery = Task { try await next.engine.recover() }
    await next.tasks.reach(1)
    await next.clock.advance(milliseconds: 1000)
    #expect(try await recovery.value.count == 1)
    #expect(next.tasks.started == ["create Job"])
    let state = try await next.engine.stack(named: "shop", in: .standard)
    #expect(state?.status == .createComplete)
    #expect(state?.resource("Job")?.identity.attributes["Answer"] == "answer of Job")
    try next.database.close()
  }
}
