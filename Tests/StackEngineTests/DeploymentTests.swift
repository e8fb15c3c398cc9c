import Diagnostics
import PropertyTree
import StackContracts
import StackModel
import Testing

@testable import StackEngine

@Suite struct DeploymentTests {
  static let base = template(
    """
    "Bucket": {"Type": "Fake::Bucket"},
    "Role": {"Type": "Fake::Role"},
    "Queue": {"Type": "Fake::Queue", "Properties": {"Size": 1, "Target": {"Ref": "Bucket"}}}
    """, outputs: "\"Name\": {\"Ref\": \"Queue\"}")

  @Test func creationEmitsCloudFormationsEvents() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let planned = try await environment.engine.plan(environment.request(Self.base))
    let plan = try #require(planned.plan)
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(state.status == .createComplete)
    #expect(
      log.all == [
        "shop CREATE_IN_PROGRESS", "Bucket CREATE_IN_PROGRESS", "Bucket CREATE_COMPLETE",
        "Role CREATE_IN_PROGRESS", "Role CREATE_COMPLETE", "Queue CREATE_IN_PROGRESS",
        "Queue CREATE_COMPLETE", "shop CREATE_COMPLETE",
      ])
    #expect(state.outputs.map(\.value) == [state.resource("Queue")?.identity.physicalID])
    #expect(state.environment == plan.environment)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try environment.held().count == 3)
    let stored = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(stored.map { "\($0.logicalID) \($0.status)" } == log.all)
    let again = try await environment.engine.plan(environment.request(Self.base))
    #expect(again.plan?.isEmpty == true, "what is deployed needs nothing")
  }

  @Test func failedCreationLeavesNothing() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let body = template(
      """
      "A": {"Type": "Fake::Queue"},
      "B": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "A"}, "FailOn": "create"}},
      "C": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "B"}}}
      """)
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(state.status == .rollbackComplete)
    #expect(state.statusReason?.contains("failed to create: [B]") == true)
    #expect(
      log.all == [
        "shop CREATE_IN_PROGRESS", "A CREATE_IN_PROGRESS", "A CREATE_COMPLETE",
        "B CREATE_IN_PROGRESS", "B CREATE_FAILED", "shop ROLLBACK_IN_PROGRESS",
        "A DELETE_IN_PROGRESS", "A DELETE_COMPLETE", "shop ROLLBACK_COMPLETE",
      ])
    #expect(try environment.held().isEmpty)
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.first { $0.status == "CREATE_FAILED" }?.reason
        == "this resource fails on create (Injected)")
    // A person deploys again, without deleting first.
    let second = try await environment.deploy(Self.base)
    #expect(second.status == .createComplete)
    #expect(second.environment.stackID != state.environment.stackID)
    #expect(try await environment.engine.stacks(in: .standard).count == 1)
  }

  @Test func updateDeletesLast() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(
      template(
        """
        "Keep": {"Type": "Fake::Queue"},
        "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "a"}},
        "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}},
        "Gone": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}}
        """))
    let log = EventLog()
    let body = template(
      """
      "Keep": {"Type": "Fake::Queue"},
      "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "b"}},
      "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}},
      "New": {"Type": "Fake::Queue"}
      """)
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    #expect(plan.changes.map(\.action) == [.keep, .replace, .update, .create, .delete])
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(state.status == .updateComplete)
    #expect(
      log.all == [
        "shop UPDATE_IN_PROGRESS", "Swap UPDATE_IN_PROGRESS", "Swap UPDATE_COMPLETE",
        "User UPDATE_IN_PROGRESS", "User UPDATE_COMPLETE", "New CREATE_IN_PROGRESS",
        "New CREATE_COMPLETE", "shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Gone DELETE_IN_PROGRESS", "Gone DELETE_COMPLETE", "Swap DELETE_IN_PROGRESS",
        "Swap DELETE_COMPLETE", "shop UPDATE_COMPLETE",
      ])
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(
      state.resource("User")?.properties["X"] == state.resource("Swap")?.identity.reference)
  }

  @Test func failedUpdateRestoresAll() async throws {
    let environment = try TestEnvironment()
    let before = try await environment.deploy(
      template(
        """
        "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "a"}},
        "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}},
        "Gone": {"Type": "Fake::Queue"}
        """))
    let held = try environment.held()
    let log = EventLog()
    let body = template(
      """
      "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "b"}},
      "User": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Swap"}}},
      "New": {"Type": "Fake::Queue"},
      "Bad": {"Type": "Fake::Queue", "Properties": {"FailOn": "create"}, "DependsOn": ["New"]}
      """)
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(state.status == .updateRollbackComplete)
    #expect(
      Array(log.all.drop { $0 != "Bad CREATE_FAILED" }) == [
        "Bad CREATE_FAILED", "shop UPDATE_ROLLBACK_IN_PROGRESS", "User UPDATE_IN_PROGRESS",
        "User UPDATE_COMPLETE", "Swap UPDATE_IN_PROGRESS", "Swap UPDATE_COMPLETE",
        "shop UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "New DELETE_IN_PROGRESS",
        "New DELETE_COMPLETE", "Swap DELETE_IN_PROGRESS", "Swap DELETE_COMPLETE",
        "shop UPDATE_ROLLBACK_COMPLETE",
      ])
    #expect(try environment.held() == held)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(state.templateBody == before.templateBody)
    #expect(
      Set(state.resources.map(\.identity)) == Set(before.resources.map(\.identity)))
  }

  @Test func aRollbackThatFailsKeepsBothHalvesOnRecord() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(
      template("\"Swap\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Kind\": \"a\"}}"))
    // The new half can't be deleted again.
    let body = template(
      """
      "Swap": {"Type": "Fake::Queue", "Properties": {"Kind": "b", "FailOn": "delete"}},
      "Bad": {"Type": "Fake::Queue", "Properties": {"FailOn": "create"}}
      """)
    let state = try await environment.deploy(body)
    #expect(state.status == .updateRollbackFailed)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try environment.held().count == 2)
  }

  @Test func whatCannotBeDeletedBlocksWhatItNeeds() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(
      template(
        """
        "Base": {"Type": "Fake::Queue"},
        "Stuck": {"Type": "Fake::Queue", "Properties": {"X": {"Ref": "Base"}, "FailOn": "delete"}},
        "Free": {"Type": "Fake::Queue"}
        """))
    let destroy = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
    let state = try await environment.engine.apply(try #require(destroy.plan)) { _ in }
    #expect(state.status == .deleteFailed)
    #expect(Set(state.resources.map(\.logicalID)) == ["Base", "Stuck"])
    #expect(state.resource("Stuck")?.status == .deleteFailed)
    #expect(try environment.held() == (try await environment.recorded()))
    let refused = try await environment.engine.plan(environment.request(Self.base))
    #expect(refused.diagnostics.map(\.code) == [.stackNotUpdatable])
  }

  @Test func destroyingLeavesNothing() async throws {
    let environment = try TestEnvironment()
    let created = try await environment.deploy(Self.base)
    let destroy = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
    let log = EventLog()
    let state = try await environment.engine.apply(try #require(destroy.plan)) { log.add($0) }
    #expect(state.status == .deleteComplete)
    #expect(state.deletedAt != nil)
    #expect(
      log.all.filter { $0.hasSuffix("DELETE_COMPLETE") } == [
        "Queue DELETE_COMPLETE", "Role DELETE_COMPLETE", "Bucket DELETE_COMPLETE",
        "shop DELETE_COMPLETE",
      ])
    #expect(try environment.held().isEmpty)
    #expect(try await environment.engine.stack(named: "shop", in: .standard) == nil)
    let again = try await environment.deploy(Self.base)
    #expect(again.environment.stackID != created.environment.stackID)
  }

  @Test func bucketsWithObjectsAreNamedBeforehand() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(
      template(
        """
        "One": {"Type": "Fake::Bucket", "Properties": {"Objects": 3}},
        "Two": {"Type": "Fake::Bucket", "Properties": {"Objects": 4}},
        "Three": {"Type": "Fake::Bucket", "Properties": {"Objects": 5}, "DeletionPolicy": "Retain"}
        """))
    let refused = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
    #expect(refused.plan == nil)
    #expect(refused.diagnostics.map(\.code) == [.bucketNotEmpty, .bucketNotEmpty])
    let allowed = try await environment.engine.planDestroy(
      DestroyRequest(stackName: "shop", discardsContents: true))
    let plan = try #require(allowed.plan)
    #expect(plan.changes.map(\.losses) == [[], ["4 objects"], ["3 objects"]])
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .deleteComplete)
    #expect(try environment.held().map(\.properties["Objects"]) == [5], "the retained one stays")
  }

  @Test func aRetainedNameIsNotTakenAgain() async throws {
    let environment = try TestEnvironment()
    let body = template("\"B\": {\"Type\": \"Fake::Bucket\", \"DeletionPolicy\": \"Retain\"}")
    let first = try await environment.deploy(body)
    let destroy = try await environment.engine.planDestroy(DestroyRequest(stackName: "shop"))
    _ = try await environment.engine.apply(try #require(destroy.plan)) { _ in }
    let second = try await environment.deploy(body)
    #expect(second.status == .createComplete)
    #expect(
      second.resource("B")?.identity.physicalID != first.resource("B")?.identity.physicalID)
    #expect(try environment.held().count == 2)
  }

  @Test func aStalePlanIsRefused() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(Self.base)
    let resized = Self.base.replacing("\"Size\": 1", with: "\"Size\": 2")
    let first = try #require(try await environment.engine.plan(environment.request(resized)).plan)
    let second = try #require(try await environment.engine.plan(environment.request(resized)).plan)
    _ = try await environment.engine.apply(first) { _ in }
    await #expect(throws: StackFailure.self) {
      _ = try await environment.engine.apply(second) { _ in }
    }
    let creation = try #require(
      try await environment.engine.plan(environment.request(Self.base, name: "other")).plan)
    _ = try await environment.engine.apply(creation) { _ in }
    await #expect(throws: StackFailure.self) {
      _ = try await environment.engine.apply(creation) { _ in }
    }
    #expect(try environment.held() == (try await environment.recorded()))
  }

  @Test func refusals() async throws {
    let environment = try TestEnvironment()
    let unnamed = try await environment.engine.plan(environment.request(Self.base, name: "1x"))
    #expect(unnamed.diagnostics.map(\.code) == [.invalidName])
    try await environment.deploy(Self.base)
    let unknown = try await environment.engine.planDestroy(DestroyRequest(stackName: "shup"))
    #expect(unknown.diagnostics.map(\.code) == [.unknownStack])
    #expect(unknown.diagnostics.first?.hint == "did you mean `shop`?")
  }

  @Test func previousParametersStay() async throws {
    let environment = try TestEnvironment()
    let body = template(
      "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Size\": {\"Param\": \"Size\"}}}")
    try await environment.deploy(body, parameters: ["Size": "7"])
    var request = environment.request(body)
    request.previousParameters = ["Size"]
    let planned = try await environment.engine.plan(request)
    #expect(planned.plan?.isEmpty == true)
  }
}
