import AWSModel
import CloudFormationAPI
import PropertyTree
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// Exports and imports of stacks that are carried out after others have moved.
@Suite struct CrossStackTests {
  private static func exporter(_ value: String = "one", as name: String? = "shared") -> String {
    let export = name.map { ", \"Export\": {\"Name\": \"\($0)\"}" } ?? ""
    return template(
      "\"Q\": {\"Type\": \"Fake::Queue\"}", outputs: "\"Out\": {\"Value\": \"\(value)\"\(export)}")
  }

  private static let importer = template(
    """
    "Q": {"Type": "Fake::Queue", "Properties": {"Size": {"Fn::ImportValue": "shared"}}}
    """)
  private static let plain = template("\"Q\": {\"Type\": \"Fake::Queue\"}")

  private func world() throws -> TestEnvironment {
    try TestEnvironment(compiler: TemplateCompiler())
  }

  private func plan(_ body: String, _ name: String, in environment: TestEnvironment) async throws
    -> Plan
  {
    let result = try await environment.engine.plan(environment.request(body, name: name))
    return try #require(result.plan, "\(result.diagnostics)")
  }

  /// The message with which a plan is refused; nil where it is carried out.
  private func refusal(_ plan: Plan, in environment: TestEnvironment) async throws -> String? {
    do {
      _ = try await environment.engine.apply(plan) { _ in }
      return nil
    } catch let failure as StackFailure {
      return failure.message
    }
  }

  @Test func deleteStackKeepsAnExportThatIsInUse() async throws {
    let client = try CloudFormationTests.Client(compiler: TemplateCompiler())
    try await client.environment.deploy(Self.exporter(), name: "prod")
    try await client.environment.deploy(Self.importer, name: "cons")
    let fault = try await client.fault("DeleteStack", ["StackName": "prod"])
    #expect(
      fault
        == ServiceError(
          "ValidationError", "Export shared cannot be deleted as it is in use by cons"))
    #expect(try await client.status("prod") == "CREATE_COMPLETE")
    try await client.callAndWait("DeleteStack", ["StackName": "cons"])
    try await client.callAndWait("DeleteStack", ["StackName": "prod"])
    #expect(try await client.call("DescribeStacks", [:])["Stacks"] == [])
  }

  /// Plans that were made before another stack imported the export.
  @Test(arguments: [
    (nil, "deleted"), (exporter("two"), "updated"), (exporter(as: nil), "deleted"),
    (exporter(as: "other"), "deleted"), (plain, "deleted"),
  ])
  func aKeptPlanSparesAnExportImportedMeanwhile(_ body: String?, _ verb: String) async throws {
    let environment = try world()
    let before = try await environment.deploy(Self.exporter(), name: "prod")
    let kept: Plan
    if let body {
      kept = try await plan(body, "prod", in: environment)
    } else {
      kept = try #require(
        try await environment.engine.planDestroy(DestroyRequest(stackName: "prod")).plan)
    }
    try await environment.deploy(Self.importer, name: "cons")
    let message = try await refusal(kept, in: environment)
    #expect(message == "Export shared cannot be \(verb) as it is in use by cons")
    #expect(try await environment.engine.stack(named: "prod", in: .standard) == before)
  }

  @Test func aKeptPlanDoesNotImportWhatChangedOrWent() async throws {
    let environment = try world()
    try await environment.deploy(Self.exporter(), name: "prod")
    let kept = try await plan(Self.importer, "cons", in: environment)
    try await environment.deploy(Self.exporter("two"), name: "prod")
    #expect(
      try await refusal(kept, in: environment)
        == "The value of the export shared changed since the plan.")
    try await environment.deploy(Self.plain, name: "prod")
    #expect(try await refusal(kept, in: environment) == "No export named shared found.")
    #expect(try await environment.engine.stack(named: "cons", in: .standard) == nil)
    try await environment.deploy(Self.exporter(), name: "prod")
    #expect(try await refusal(kept, in: environment) == nil)
  }

  @Test func ofTwoChangeSetsThatExportOneNameOneIsExecuted() async throws {
    let client = try CloudFormationTests.Client(compiler: TemplateCompiler())
    for name in ["a", "b"] {
      try await client.call(
        "CreateChangeSet",
        [
          "StackName": .string(name), "ChangeSetName": "first", "ChangeSetType": "CREATE",
          "TemplateBody": .string(Self.exporter()),
        ])
    }
    try await client.callAndWait("ExecuteChangeSet", ["StackName": "a", "ChangeSetName": "first"])
    let fault = try await client.fault(
      "ExecuteChangeSet", ["StackName": "b", "ChangeSetName": "first"])
    #expect(
      fault
        == ServiceError(
          "ValidationError", "Export with name shared is already exported by stack a"))
    #expect(try await client.status("a") == "CREATE_COMPLETE")
    #expect(try await client.status("b") == "REVIEW_IN_PROGRESS")
  }

  /// The other stack moves while this one waits: the commit looks again.
  @Test func anUpdateTurnsBackWhenItsImportGoesWhileItWaits() async throws {
    let environment = try world()
    try await environment.deploy(Self.exporter(), name: "prod")
    try await environment.deploy(Self.plain, name: "cons")
    let waiting = template(
      """
      "Q": {"Type": "Fake::Queue"},
      "Job": {"Type": "Fake::Task",
        "Properties": {"Delay": 1000, "Size": {"Fn::ImportValue": "shared"}}}
      """)
    let update = try await plan(waiting, "cons", in: environment)
    let applied = Task { try await environment.engine.apply(update) { _ in } }
    await environment.tasks.reach(1)
    let gone = try #require(
      try await environment.engine.planDestroy(DestroyRequest(stackName: "prod")).plan)
    #expect(try await refusal(gone, in: environment) == nil)
    await environment.clock.advance(milliseconds: 1000)
    let after = try await applied.value
    #expect(after.status == .updateRollbackComplete)
    #expect(after.resources.map(\.logicalID) == ["Q"])
    let events = try await environment.engine.events(ofStack: "cons", in: .standard)
    #expect(events.contains { $0.reason == "No export named shared found." })
    #expect(try environment.held() == (try await environment.recorded()))
  }

  @Test func ofTwoCreationsAtOnceThatExportOneNameOneTurnsBack() async throws {
    let environment = try world()
    let waiting = template(
      "\"Job\": {\"Type\": \"Fake::Task\", \"Properties\": {\"Delay\": 1000}}",
      outputs: "\"Out\": {\"Value\": \"late\", \"Export\": {\"Name\": \"shared\"}}")
    let late = try await plan(waiting, "late", in: environment)
    let applied = Task { try await environment.engine.apply(late) { _ in } }
    await environment.tasks.reach(1)
    try await environment.deploy(Self.exporter(), name: "early")
    await environment.clock.advance(milliseconds: 1000)
    let state = try await applied.value
    #expect(state.status == .rollbackComplete)
    #expect(state.statusReason == "Export with name shared is already exported by stack early")
    #expect(state.resources.isEmpty)
  }
}
