import PropertyTree
import ResourceModel
import StackModel
import Testing

@testable import StackEngine

/// Values that a step tells, in templates.
@Suite struct DeferredValueTests {
  private static func body(size: Int, says: String) -> String {
    """
    Resources:
      Job: {Type: Fake::Task, Properties: {Size: \(size), Says: \(says)}}
      Plain: {Type: Fake::Queue, Properties: {Size: !GetAtt Job.Answer}}
      Named: {Type: Fake::Queue, Properties: {Size: !Ref Job}}
      Joined: {Type: Fake::Queue, Properties: {Size: !Join ["-", [a, !GetAtt Job.Answer, b]]}}
      Written: {Type: Fake::Queue, Properties: {Size: !Sub "<${Job.Answer}>"}}
      Selected: {Type: Fake::Queue, Properties: {Size: !Select [1, !Split [" ", !GetAtt Job.Answer]]}}
      Listed: {Type: Fake::Queue, Properties: {Size: !Split [" ", !Sub "x ${Job.Answer}"]}}
      Rejoined: {Type: Fake::Queue, Properties: {Size: !Join ["+", !Split [" ", !GetAtt Job.Answer]]}}
      Encoded: {Type: Fake::Queue, Properties: {Size: {Fn::Base64: !GetAtt Job.Answer}}}
      Beside: {Type: Fake::Queue}
    Outputs:
      Answer: {Value: !Sub "${Job.Answer}!"}
    """
  }

  private static let values: [String: PropertyValue] = [
    "Plain": "one two", "Joined": "a-one two-b", "Written": "<one two>", "Selected": "two",
    "Listed": ["x", "one", "two"], "Rejoined": "one+two", "Encoded": "b25lIHR3bw==",
  ]

  @Test func functionsOfDeferredValuesAreComputedAtTheirStep() async throws {
    let environment = try TestEnvironment(compiler: TemplateCompiler())
    let body = Self.body(size: 1, says: "one two")
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    #expect(
      plan.changes.filter { $0.after?.properties.containsDeferred == true }.count == 8)
    let written = plan.changes.first { $0.logicalID == "Written" }?.after
    #expect(written?.properties["Size"]?.showingDeferred == "<(known after apply: Job.Answer)>")
    #expect(
      plan.outputs.first?.after?.value.showingDeferred == "(known after apply: Job.Answer)!")
    let state = try await environment.engine.apply(plan) { _ in }
    #expect(state.status == .createComplete)
    for (id, value) in Self.values {
      #expect(state.resource(LogicalID(id))?.properties["Size"] == value, "\(id)")
    }
    #expect(
      state.resource("Named")?.properties["Size"]
        == state.resource("Job").map { .string($0.identity.physicalID) })
    #expect(state.outputs.map(\.value) == ["one two!"])
    #expect(try environment.held() == (try await environment.recorded()))
    let again = try await environment.engine.plan(environment.request(body))
    #expect(again.plan?.isEmpty == true, "what is deployed is compared by its values")
  }

  @Test func whatComesOutAsItWasIsNotTouched() async throws {
    let environment = try TestEnvironment(compiler: TemplateCompiler())
    try await environment.deploy(Self.body(size: 1, says: "one two"))
    let log = EventLog()
    let body = Self.body(size: 2, says: "one two")
    let plan = try #require(try await environment.engine.plan(environment.request(body)).plan)
    #expect(plan.count(of: .update) == 9)
    #expect(plan.count(of: .keep) == 1)
    let state = try await environment.engine.apply(plan) { log.add($0) }
    #expect(
      log.all == [
        "shop UPDATE_IN_PROGRESS", "Job UPDATE_IN_PROGRESS", "Job UPDATE_COMPLETE",
        "shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "shop UPDATE_COMPLETE",
      ])
    #expect(state.resource("Plain")?.status == .createComplete)
    let changed = try await environment.deploy(Self.body(size: 2, says: "three four"))
    #expect(changed.resource("Selected")?.properties["Size"] == "four")
    #expect(changed.resource("Selected")?.status == .updateComplete)
    #expect(changed.outputs.map(\.value) == ["three four!"])
    #expect(try environment.held() == (try await environment.recorded()))
  }

  @Test func aFailedUpdateGoesBackToTheOldValues() async throws {
    let environment = try TestEnvironment(compiler: TemplateCompiler())
    try await environment.deploy(Self.body(size: 1, says: "one two"))
    let held = try environment.held()
    let body = Self.body(size: 1, says: "three four").replacing(
      "Beside: {Type: Fake::Queue}",
      with:
        "Beside: {Type: Fake::Queue, Properties: {FailOn: update}, DependsOn: [Encoded, Listed]}")
    let state = try await environment.deploy(body)
    #expect(state.status == .updateRollbackComplete)
    #expect(try environment.held() == held)
    #expect(try environment.held() == (try await environment.recorded()))
    #expect(state.outputs.map(\.value) == ["one two!"])
  }

  @Test func whatIsNotToldFailsItsStep() async throws {
    let environment = try TestEnvironment(compiler: TemplateCompiler())
    let body = """
      Resources:
        Job: {Type: Fake::Task}
        User: {Type: Fake::Queue, Properties: {Size: !GetAtt Job.Nothing}}
      """
    #expect(try await environment.deploy(body).status == .rollbackComplete)
    let events = try await environment.engine.events(ofStack: "shop", in: .standard)
    #expect(
      events.first { $0.status == "CREATE_FAILED" }?.reason == "Job has told no attribute Nothing")
    let output = """
      Resources:
        Job: {Type: Fake::Task}
      Outputs:
        Answer: {Value: !GetAtt Job.Nothing}
      """
    #expect(try await environment.deploy(output).status == .rollbackComplete)
    #expect(try environment.held().isEmpty)
  }

  @Test func noTemplateWritesDeferredValues() async throws {
    let environment = try TestEnvironment(compiler: TemplateCompiler())
    let result = try await environment.engine.plan(
      environment.request(
        """
        Resources:
          Queue: {Type: Fake::Queue, Properties: {Size: "{{resolve:deferred:W10=}}"}}
        """))
    #expect(result.plan == nil)
    #expect(result.diagnostics.map(\.code) == [.malformedIntrinsic])
  }
}
