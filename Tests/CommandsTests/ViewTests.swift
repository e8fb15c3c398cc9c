import AWSModel
import Effects
import Foundation
import PropertyTree
import ResourceModel
import StackModel
import Testing

@testable import Commands

/// Output of commands, byte for byte, with and without colour. `UPDATE_GOLDEN=1` re-records.
@Suite struct ViewTests {
  static let environment = StackEnvironment(
    scope: .standard, stackName: "shop",
    stackID: "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1")

  static func resource(
    _ id: LogicalID, _ type: ResourceType, _ physicalID: String, _ properties: PropertyValue = [:]
  ) -> ResourceState {
    ResourceState(
      logicalID: id, type: type,
      identity: ResourceIdentity(physicalID: physicalID, reference: .string(physicalID)),
      properties: properties, dependsOn: [], status: .createComplete,
      updatedAt: Timestamp(milliseconds: 1_700_000_000_000))
  }

  static func change(
    _ action: ChangeAction, before: ResourceState?, after: ResourceState?,
    _ properties: [PropertyChange] = [], losses: [String] = []
  ) -> ResourceChange {
    let some = after ?? before
    return ResourceChange(
      logicalID: some?.logicalID ?? "", type: some?.type ?? "", action: action, before: before,
      after: after, properties: properties, losses: losses)
  }

  static let stream = resource("Orders", "AWS::Kinesis::Stream", "shop-Orders-1")
  static let bucket = resource("Landing", "AWS::S3::Bucket", "shop-landing-1")

  static let creation: Plan = {
    var plan = Plan(
      kind: .create, environment: environment, templateBody: "",
      parameters: [ParameterValue(name: "Password", value: "correct-horse", isSecret: true)],
      changes: [
        change(.create, before: nil, after: stream), change(.create, before: nil, after: bucket),
      ],
      outputs: [
        OutputChange(
          key: "Bucket", before: nil, after: StackOutput(key: "Bucket", value: "shop-landing-1")),
        OutputChange(
          key: "Login", before: nil, after: StackOutput(key: "Login", value: "u:correct-horse")),
      ])
    plan.assets = [Asset(bucket: "leat-assets", key: "0a1b.zip", size: 10, path: "functions/clean")]
    return plan
  }()

  static let update: Plan = {
    let renamed = resource("Landing", "AWS::S3::Bucket", "shop-landing-2")
    var nested = change(
      .update, before: resource("Child", "AWS::CloudFormation::Stack", "shop-Child-1"),
      after: resource("Child", "AWS::CloudFormation::Stack", "shop-Child-1"))
    nested.nestedPlan = Plan(
      kind: .update, environment: environment, templateBody: "",
      changes: [change(.create, before: nil, after: stream)])
    let queue = resource("Reader", "AWS::Logs::LogGroup", "lines")
    var moved = change(.move, before: queue, after: queue)
    moved.previousLogicalID = "Writer"
    return Plan(
      kind: .update, environment: environment, templateBody: "",
      changes: [
        change(
          .update, before: stream, after: stream,
          [
            PropertyChange(
              path: "ShardCount", before: 1, after: 2, requiresReplacement: false,
              location: "t.yaml:7:19"),
            PropertyChange(
              path: "Tags", before: nil, after: .list([["Key": "a", "Value": "b"]]),
              requiresReplacement: false),
          ]),
        change(
          .replace, before: bucket, after: renamed,
          [
            PropertyChange(
              path: "BucketName", before: "shop-landing-1", after: "shop-landing-2",
              requiresReplacement: true, location: "t.yaml:11:19")
          ], losses: ["3 objects (1.2 KB)"]),
        nested,
        change(.delete, before: resource("Old", "AWS::Logs::LogGroup", "old"), after: nil),
        change(.retain, before: resource("Kept", "AWS::S3::Bucket", "kept"), after: nil),
        moved, change(.import, before: nil, after: resource("Found", "AWS::S3::Bucket", "found")),
        change(.keep, before: stream, after: stream),
      ],
      outputs: [
        OutputChange(
          key: "Bucket", before: StackOutput(key: "Bucket", value: "shop-landing-1"),
          after: StackOutput(key: "Bucket", value: "shop-landing-2")),
        OutputChange(key: "Gone", before: StackOutput(key: "Gone", value: "x"), after: nil),
      ])
  }()

  static let state: StackState = {
    var state = StackState(
      environment: environment, status: .updateComplete, templateBody: "",
      parameters: [
        ParameterValue(name: "Prefix", value: "in/"),
        ParameterValue(name: "Password", value: "correct-horse", isSecret: true),
      ],
      resources: [stream, bucket],
      outputs: [
        StackOutput(key: "BucketName", value: "shop-landing-1"),
        StackOutput(key: "Stream", value: "shop-Orders-1"),
      ], createdAt: Timestamp(milliseconds: 1_700_000_000_000))
    state.updatedAt = Timestamp(milliseconds: 1_700_000_100_000)
    return state
  }()

  static let events: [StackEvent] = [
    ("shop", "CREATE_IN_PROGRESS", "User Initiated"), ("Orders", "CREATE_COMPLETE", nil),
    ("Landing", "CREATE_FAILED", "The bucket exists (BucketAlreadyExists)"),
    ("shop", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Landing]. "),
  ].enumerated().map { index, event in
    StackEvent(
      id: "\(index)", stackID: environment.stackID, stackName: "shop", logicalID: event.0,
      physicalID: event.0, type: event.0 == "shop" ? "AWS::CloudFormation::Stack" : "AWS::T::X",
      status: event.1, reason: event.2,
      timestamp: Timestamp(milliseconds: 1_700_000_000_000 + Int64(index) * 1000))
  }

  private static func document(_ plan: Plan) -> PropertyValue {
    PlanDocument(plan, diagnostics: []).tree
  }

  static let views: [(name: String, render: @Sendable (Terminal) -> [String])] = [
    ("plan-create", { PlanView(terminal: $0).lines(creation) }),
    ("plan-update", { PlanView(terminal: $0).lines(update) }),
    (
      "plan-empty",
      {
        var plan = update
        plan.changes = [change(.keep, before: stream, after: stream)]
        plan.outputs = []
        return PlanView(terminal: $0).lines(plan)
      }
    ),
    (
      "plan-create-verbose",
      {
        var view = PlanView(terminal: $0)
        view.isVerbose = true
        return view.lines(PlanSamples.creation)
      }
    ),
    ("plan-policy", { PlanView(terminal: $0).lines(PlanSamples.policy) }),
    ("plan-markdown", { _ in PlanMarkdown().lines([update, PlanSamples.creation]) }),
    ("plan-markdown-policy", { _ in PlanMarkdown().lines([PlanSamples.policy]) }),
    (
      "graph-mermaid",
      { _ in GraphText.mermaid(ResourceGraph([PlanSamples.connected], showsPlan: true)) }
    ),
    (
      "graph-template",
      { _ in GraphText.mermaid(ResourceGraph([PlanSamples.connected], showsPlan: false)) }
    ),
    (
      "graph-dot",
      { _ in GraphText.dot(ResourceGraph([PlanSamples.connected, creation], showsPlan: true)) }
    ),
    (
      "graph-svg",
      { _ in GraphPicture(ResourceGraph([PlanSamples.connected], showsPlan: true)).lines }
    ),
    (
      "graph-json",
      { _ in [JSONWriter.pretty(ResourceGraph([PlanSamples.connected], showsPlan: true).document)] }
    ),
    ("plan-create-json", { _ in [JSONWriter.pretty(document(creation))] }),
    ("plan-update-json", { _ in [JSONWriter.pretty(document(update))] }),
    ("drift", { DriftView(terminal: $0).lines(DriftSamples.report) }),
    ("drift-none", { DriftView(terminal: $0).lines(DriftSamples.none) }),
    (
      "drift-json",
      { _ in [JSONWriter.pretty(DriftDocument(report: DriftSamples.report).tree)] }
    ),
    ("plan-drift", { PlanView(terminal: $0).lines(DriftSamples.told) }),
    ("plan-drift-none", { PlanView(terminal: $0).lines(DriftSamples.untouched) }),
    ("plan-drift-only", { PlanView(terminal: $0).lines(DriftSamples.only) }),
    ("plan-drift-reverted", { PlanView(terminal: $0).lines(DriftSamples.reverted) }),
    ("plan-drift-adopted", { PlanView(terminal: $0).lines(DriftSamples.adopted) }),
    ("plan-drift-json", { _ in [JSONWriter.pretty(document(DriftSamples.told))] }),
    ("plan-drift-markdown", { _ in PlanMarkdown().lines([DriftSamples.told]) }),
    ("deploy-events", { { view in events.map { view.line($0) } }(EventView(terminal: $0)) }),
    ("history", { HistoryView(terminal: $0).lines(HistorySamples.records) }),
    ("history-none", { HistoryView(terminal: $0).lines([DeploymentRecord]()) }),
    ("history-one", { HistoryView(terminal: $0).lines(HistorySamples.records[1]) }),
    (
      "history-json",
      { _ in [JSONWriter.pretty(.list(HistorySamples.records.map(HistoryView.document)))] }
    ),
    (
      "diff",
      { RequestDifference(HistorySamples.records[0], HistorySamples.records[1]).lines($0) }
    ),
    ("outputs", { OutputView(terminal: $0).lines(state.outputs) }),
    ("outputs-none", { OutputView(terminal: $0).lines([]) }),
    ("list", { _ in StackListView().lines([state, state]) }),
    ("list-none", { _ in StackListView().lines([]) }),
    ("show", { StackView(terminal: $0).lines(state, history: nil) }),
    ("show-events", { StackView(terminal: $0).lines(state, history: events) }),
  ]

  @Test(arguments: views.indices, [false, true])
  func aViewRendersAsItsGoldenSays(_ index: Int, _ isColoured: Bool) throws {
    let view = Self.views[index]
    let terminal = Terminal(
      isColoured: isColoured, isInteractive: false, width: 100, write: { _ in },
      writeError: { _ in })
    let text = view.render(terminal).joined(separator: "\n") + "\n"
    #expect(!text.contains("correct-horse"))
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/views")
    let file = folder.appending(path: "\(view.name)\(isColoured ? ".colour" : "").txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(text == (try String(contentsOf: file, encoding: .utf8)))
  }
}
