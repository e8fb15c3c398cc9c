import Diagnostics
import Effects
import ResourceModel
import Synchronization
import Testing

@testable import StackEngine

@Suite struct TemplateCompilerTests {
  static let body = """
    AWSTemplateFormatVersion: "2010-09-09"
    Description: two queues
    Parameters:
      Secret: {Type: String, NoEcho: true, AllowedValues: [a, b]}
    Resources:
      One: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
      Two: {Type: AWS::SQS::Queue}
    """

  @Test func outlinesWithoutParameters() throws {
    let (outline, findings) = TemplateCompiler().outline(of: Self.body, file: "t.yaml")
    #expect(findings.isEmpty)
    let found = try #require(outline)
    #expect(found.description == "two queues")
    let secret = SourceSpan(
      file: "t.yaml", start: SourcePosition(line: 4, column: 3),
      end: SourcePosition(line: 4, column: 9))
    #expect(
      found.parameters == [
        .init(
          name: "Secret", type: "String", isSecret: true, allowedValues: ["a", "b"], span: secret)
      ])
    #expect(
      found.resources == [
        .init(logicalID: "One", type: "AWS::SQS::Queue", properties: ["QueueName"]),
        .init(logicalID: "Two", type: "AWS::SQS::Queue", properties: []),
      ])
  }

  @Test func findingsOfBothStagesComeTogether() throws {
    let environment = StackEnvironment(scope: .standard, stackName: "s", stackID: "id")
    let source = TemplateSource(
      body: "Resources:\n  A: {Type: AWS::SQS::Queu}\nOutputs:\n  O: {Value: !Ref B}\n",
      file: "t.yaml", environment: environment)
    let (stack, findings) = TemplateCompiler().resolve(
      source, catalog: try ResourceCatalog([])
    ) { _ in ResourceIdentity(physicalID: "", reference: "") }
    #expect(stack == nil)
    #expect(findings.map(\.code).contains(.unknownType))
    #expect(findings.map(\.code).contains(.unknownReference))
    #expect(findings.allSatisfy { $0.span?.file == "t.yaml" })
  }

  /// The Serverless Application Repository can't be reached: what it has is refused, or left out
  /// where the user wants the rest.
  @Test(arguments: [false, true])
  func publishedApplicationsAreRefusedOrLeftOut(_ allowsUnsupported: Bool) throws {
    let environment = StackEnvironment(scope: .standard, stackName: "s", stackID: "id")
    var source = TemplateSource(
      body: """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          App:
            Type: AWS::Serverless::Application
            Properties:
              Location: {ApplicationId: store, SemanticVersion: 1.0.0}
        Outputs:
          O: {Value: !GetAtt App.Outputs.Topic}
        """,
      file: "t.yaml", environment: environment)
    source.allowsUnsupported = allowsUnsupported
    let provider = NestedStackResource(reference: NestedStackResource.EngineReference())
    let (stack, findings) = TemplateCompiler().resolve(
      source, catalog: try ResourceCatalog([provider])
    ) {
      provider.identity(
        physicalID: $0.logicalID.text, properties: $0.identifying, in: environment)
    }
    #expect((stack != nil) == allowsUnsupported)
    let shown = findings.filter { $0.message.contains("Serverless Application Repository") }
    #expect(shown.map(\.severity) == [allowsUnsupported ? .warning : .error])
    #expect(shown.map { $0.message.contains("`store@1.0.0`") } == [true])
  }

  /// Each look at it takes a nanosecond.
  private final class TickingTimer: RealTimer {
    private let ticks = Atomic<Int64>(0)
    var nanoseconds: Int64 { ticks.wrappingAdd(1, ordering: .relaxed).newValue }
    var epochMilliseconds: Int64 { 0 }
    func after(milliseconds: Int64, _ work: @escaping @Sendable () async -> Void) -> TimerHandle {
      TimerHandle {}
    }
  }

  @Test func stagesInsideOneAnotherAreCountedOnce() async {
    let times: StageTimes? = StageTimes(TickingTimer())
    await times.measure(.plan) {
      times.measure(.resolve, within: .plan) {
        times.measure(.plan, within: .resolve) {}
      }
    }
    // Six looks: five nanoseconds from the first to the last.
    #expect(times?[.plan] == 3)
    #expect(times?[.resolve] == 2)
    #expect(times?[.read] == 0)
  }
}
