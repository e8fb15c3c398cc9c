import PropertyTree
import ResourceModel
import StackModel
import Testing

@testable import StackEngine

/// Stacks behind resources of other stacks: their steps are steps of the deployment around.
@Suite struct NestedStackTests {
  private func nested(in environment: TestEnvironment) async throws -> StackState? {
    try await environment.engine.stacks(in: .standard).first {
      $0.environment.stackName != "shop"
    }
  }

  private func events(_ environment: TestEnvironment, _ name: String) async throws -> [String] {
    try await environment.engine.events(ofStack: name, in: .standard)
      .map { "\($0.logicalID) \($0.status)" }
  }

  @Test func aNestedStackIsMadeStepByStep() async throws {
    let environment = try TestEnvironment()
    let log = EventLog()
    let body = template(
      FakeTemplates.nested("Inner", "first")
        + ", \"After\": {\"Type\": \"Fake::Queue\", \"DependsOn\": [\"Inner\"]}")
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(state.status == .createComplete)
    #expect(
      log.all == [
        "shop CREATE_IN_PROGRESS", "Inner CREATE_IN_PROGRESS", "Inner CREATE_COMPLETE",
        "After CREATE_IN_PROGRESS", "After CREATE_COMPLETE", "shop CREATE_COMPLETE",
      ])
    let inner = try #require(try await nested(in: environment))
    #expect(inner.status == .createComplete)
    #expect(inner.environment.stackID == state.resource("Inner")?.identity.physicalID)
    let events = try await events(environment, inner.environment.stackName)
    #expect(events.first == "\(inner.environment.stackName) CREATE_IN_PROGRESS")
    #expect(events.last == "\(inner.environment.stackName) CREATE_COMPLETE")
    #expect(events.count == 10)
    #expect(try environment.held() == (try await environment.recorded()))
    let again = try await environment.engine.plan(environment.request(body))
    #expect(again.plan?.isEmpty == true)
  }

  @Test func aFailureInsideTakesBackEverything() async throws {
    let environment = try TestEnvironment()
    let body = template(
      "\"Base\": {\"Type\": \"Fake::Queue\"}, " + FakeTemplates.nested("Inner", "bad"))
    let state = try await environment.deploy(body)
    #expect(state.status == .rollbackComplete)
    #expect(state.statusReason?.contains("failed to create: [Inner]") == true)
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    let reason = events.first { $0.logicalID == "Inner" && $0.status == "CREATE_FAILED" }?.reason
    #expect(reason?.hasPrefix("Embedded stack arn:aws:cloudformation:") == true)
    #expect(reason?.contains("failed to create: [Bad]") == true)
    #expect(try environment.held().isEmpty)
    #expect(try await nested(in: environment) == nil)
  }

  @Test func aFailureBesideTakesANestedUpdateBack() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(template(FakeTemplates.nested("Inner", "first")))
    let before = try #require(try await nested(in: environment))
    let held = try environment.held()
    let bad =
      ", \"Bad\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"create\"}, "
      + "\"DependsOn\": [\"Inner\"]}"
    let state = try await environment.deploy(
      template(FakeTemplates.nested("Inner", "second") + bad))
    #expect(state.status == .updateRollbackComplete)
    let after = try #require(try await nested(in: environment))
    #expect(after.status == .updateRollbackComplete)
    #expect(after.templateBody == before.templateBody)
    #expect(try environment.held() == held)
    let name = after.environment.stackName
    let statuses = try await events(environment, name).filter { $0.hasPrefix(name) }
    #expect(
      statuses.suffix(5).map { $0.dropFirst(name.count + 1) } == [
        "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE",
      ])
  }

  @Test func anUpdateCleansUpWhenAllIsThrough() async throws {
    let environment = try TestEnvironment()
    try await environment.deploy(template(FakeTemplates.nested("Inner", "first")))
    let state = try await environment.deploy(template(FakeTemplates.nested("Inner", "second")))
    #expect(state.status == .updateComplete)
    let inner = try #require(try await nested(in: environment))
    #expect(inner.status == .updateComplete)
    #expect(inner.templateBody == FakeTemplates.bodies["second"])
    #expect(Set(inner.resources.map(\.logicalID)) == ["Base", "Swap", "User", "New"])
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(try environment.held().count == 4)
  }

  @Test func aRemovedStackGoesWithAllInIt() async throws {
    let environment = try TestEnvironment()
    let queue = "\"Queue\": {\"Type\": \"Fake::Queue\"}"
    try await environment.deploy(template("\(queue), " + FakeTemplates.nested("Inner", "first")))
    let name = try #require(try await nested(in: environment)?.environment.stackName)
    #expect(try await environment.deploy(template(queue)).status == .updateComplete)
    #expect(try await nested(in: environment) == nil)
    #expect(try environment.held().count == 1)
    #expect(try await environment.engine.stack(named: name, in: .standard) == nil)
  }

  @Test func deferredValuesGoInAndOut() async throws {
    let environment = try TestEnvironment(compiler: TemplateCompiler())
    let body = """
      Resources:
        Job: {Type: Fake::Task, Properties: {Says: told outside}}
        Inner:
          Type: AWS::CloudFormation::Stack
          Properties:
            TemplateURL: https://s3.amazonaws.com/templates/answer
            Parameters: {Given: !Sub "${Job.Answer}!"}
        Queue: {Type: Fake::Queue, Properties: {Size: !GetAtt Inner.Outputs.Answer}}
      Outputs:
        Both: {Value: !Sub "${Inner.Outputs.Answer}, ${Inner.Outputs.Given}"}
      """
    let state = try await environment.deploy(body)
    #expect(state.status == .createComplete)
    #expect(state.outputs.map(\.value) == ["told inside, told outside!"])
    #expect(state.resource("Queue")?.properties["Size"] == "told inside")
    let inner = try #require(try await nested(in: environment))
    #expect(inner.parameters.map(\.value) == ["told outside!"])
    #expect(inner.resource("Queue")?.properties["Size"] == "told outside!")
    #expect(Set(inner.outputs.map(\.value)) == ["told inside", "told outside!"])
    let again = try await environment.engine.plan(environment.request(body))
    #expect(again.plan?.isEmpty == true)
  }

  @Test func deleteStackTakesNestedStacksAlong() async throws {
    let client = try CloudFormationTests.Client()
    try await client.environment.deploy(template(FakeTemplates.nested("Inner", "first")))
    #expect(try await client.environment.engine.stacks(in: .standard).count == 2)
    try await client.callAndWait("DeleteStack", ["StackName": "shop"])
    // On a busy machine the wait ends before the deletion, which goes on at the next open.
    _ = try await client.environment.engine.recover()
    #expect(try await client.environment.engine.stacks(in: .standard).isEmpty)
    #expect(try client.environment.held().isEmpty)
  }
}
