import Effects
import PropertyTree
import ResourceModel
import StackContracts
import StackModel

@testable import Commands

/// Drift for views: a resource of each status, and plans that do something about it.
enum DriftSamples {
  private static func path(_ keys: PropertyPath.Step...) -> PropertyPath { PropertyPath(keys) }

  private static func drift(
    _ resource: ResourceState, _ status: DriftStatus, _ differences: [PropertyDrift] = [],
    name: String? = nil, unchecked: [UncheckedProperty] = [], reason: String? = nil
  ) -> ResourceDrift {
    var drift = ResourceDrift(
      resource, name: name ?? resource.logicalID.text, stackID: ViewTests.environment.stackID,
      status: status, reason: reason)
    drift.differences = differences
    drift.unchecked = unchecked
    return drift
  }

  private static let function = ViewTests.resource(
    "Clean", "AWS::Lambda::Function", "shop-Clean-1")
  private static let group = ViewTests.resource("Lines", "AWS::Logs::LogGroup", "lines")
  private static let inner = ViewTests.resource("Inner", "AWS::Kinesis::Stream", "shop-Inner-1")

  private static let tags = drift(
    ViewTests.bucket, .modified,
    [
      PropertyDrift(
        path: path(.key("Tags"), .index(0), .key("Value")), kind: .notEqual, expected: "data",
        actual: "other"),
      PropertyDrift(
        path: path(.key("Tags"), .index(1)), kind: .add,
        actual: ["Key": "more", "Value": "x"]),
      PropertyDrift(
        path: path(.key("VersioningConfiguration")), kind: .remove,
        expected: ["Status": "Enabled"]),
    ])
  private static let shards = drift(
    ViewTests.stream, .modified,
    [PropertyDrift(path: path(.key("ShardCount")), kind: .notEqual, expected: 1, actual: 4)])
  private static let gone = drift(group, .deleted)

  static let report = DriftReport(
    stackID: ViewTests.environment.stackID, stackName: "shop",
    checkedAt: Timestamp(milliseconds: 1_700_000_000_000),
    resources: [
      shards, tags,
      drift(
        function, .inSync,
        unchecked: [UncheckedProperty(path: "Code.ZipFile", reason: "it can't be read back")]),
      gone, drift(inner, .inSync, name: "Child/Inner"),
      drift(
        ViewTests.resource("Ready", "AWS::CloudFormation::WaitCondition", "ready"), .notChecked,
        reason: "it is nothing but a wait"),
    ])

  static let none: DriftReport = {
    var none = report
    none.resources = [drift(function, .inSync)]
    return none
  }()

  private static func plan(_ changes: [ResourceChange], _ drift: [ResourceDrift]) -> Plan {
    var plan = Plan(
      kind: .update, environment: ViewTests.environment, templateBody: "", changes: changes)
    plan.drift = drift
    return plan
  }

  private static func change(
    _ action: ChangeAction, _ resource: ResourceState, _ properties: [PropertyChange] = [],
    found: PropertyValue? = nil
  ) -> ResourceChange {
    var change = ViewTests.change(
      action, before: resource, after: action == .delete ? nil : resource, properties)
    change.found = found
    return change
  }

  private static let tagChange = PropertyChange(
    path: "Tags[0].Value", before: "data", after: "sales", requiresReplacement: false,
    location: "t.yaml:9:20")

  /// An update that sets one of the drifted properties, and a resource that comes back.
  static let told: Plan = {
    var again = change(.create, group)
    again.wasRemoved = true
    return plan(
      [
        change(.keep, ViewTests.stream), change(.update, ViewTests.bucket, [tagChange]), again,
        change(.keep, function),
      ], [shards, tags, gone])
  }()

  static let untouched = plan([change(.keep, function)], [])
  static let only = plan([change(.keep, ViewTests.stream)], [shards])

  static let reverted = plan(
    [
      change(
        .update, ViewTests.stream,
        [PropertyChange(path: "ShardCount", before: 4, after: 1, requiresReplacement: false)],
        found: ["ShardCount": 4]),
      change(.adopt, ViewTests.bucket, found: ["Tags": []]),
    ], [shards, tags])

  static let adopted: Plan = {
    var removed = change(.adopt, group)
    removed.after = nil
    return plan(
      [
        change(
          .adopt, ViewTests.stream,
          [PropertyChange(path: "ShardCount", before: 1, after: 4, requiresReplacement: false)],
          found: ["ShardCount": 4]), removed,
      ], [shards, gone])
  }()
}
