import Effects
import GRDB
import PropertyTree
import StackContracts
import StackModel
import StackStore
import Testing

@testable import StackEngine

/// Deployments that have ended are kept.
@Suite struct HistoryTests {
  @Test func everyDeploymentIsKeptWithItsEnd() async throws {
    let environment = try TestEnvironment()
    let engine = environment.engine
    try await environment.deploy(DeploymentTests.base)
    await environment.clock.advance(milliseconds: 5000)
    let failing = template(
      """
      "Bucket": {"Type": "Fake::Bucket"},
      "Bad": {"Type": "Fake::Queue", "Properties": {"FailOn": "create"}}
      """)
    try await environment.deploy(failing)
    let removal = try await engine.planDestroy(DestroyRequest(stackName: "shop"))
    var plan = try #require(removal.plan)
    plan.origin = DeploymentOrigin(user: "ada@laptop", command: "leat destroy")
    _ = try await engine.apply(plan) { _ in }
    try await environment.deploy(DeploymentTests.base)
    let records = try await engine.history(ofStack: "shop", in: .standard)
    #expect(records.map(\.number) == [1, 2, 3, 4])
    #expect(records.map(\.kind) == [.create, .update, .delete, .create])
    #expect(
      records.map(\.status) == [
        .createComplete, .updateRollbackComplete, .deleteComplete, .createComplete,
      ])
    #expect(records[1].statusReason?.contains("Bad") == true)
    #expect(records.map(\.isGood) == [true, false, true, true])
    #expect(records[2].origin?.user == "ada@laptop")
    #expect(records[0].templateBody == DeploymentTests.base)
    #expect(records[1].startedAt == records[0].startedAt.adding(seconds: 5))
    #expect(records.allSatisfy { $0.endedAt != nil })
    #expect(records[0].stackID == records[2].stackID && records[0].stackID != records[3].stackID)
    #expect(
      records[1].changes.map { "\($0.action) \($0.logicalID)" }.sorted() == [
        "create Bad", "delete Queue", "delete Role",
      ])
    #expect(try await engine.history(ofStack: "other", in: .standard).isEmpty)
  }

  @Test func whatChangesNothingIsNoDeployment() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(DeploymentTests.base)
    try await environment.deploy(DeploymentTests.base)
    #expect(try await environment.engine.history(ofStack: "shop", in: .standard).count == 1)
  }

  @Test func onlyTheLastOnesAreKept() async throws {
    let environment = try TestEnvironment()
    for number in 0..<(HistoryStore.recordsMax + 3) {
      try await environment.deploy(
        template("\"Queue\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"Size\": \(number)}}"))
    }
    let records = try await environment.engine.history(ofStack: "shop", in: .standard)
    #expect(records.count == HistoryStore.recordsMax)
    #expect(records.first?.number == 4)
  }

  @Test func aSecretLiesSealed() async throws {
    let environment = try TestEnvironment()
    let result = try await environment.engine.plan(environment.request(DeploymentTests.base))
    var plan = try #require(result.plan)
    plan.parameters = [ParameterValue(name: "Password", value: "correct-horse", isSecret: true)]
    _ = try await environment.engine.apply(plan) { _ in }
    let bodies = try environment.database.read { transaction in
      try String.fetchAll(transaction.database, sql: "SELECT body FROM stack_deployment")
    }
    #expect(bodies.count == 1 && !bodies[0].contains("correct-horse"))
    let records = try await environment.engine.history(ofStack: "shop", in: .standard)
    #expect(records.first?.parameters.first?.value == "correct-horse")
    #expect(records.first?.parameters.first?.shownValue == "****")
  }
}
