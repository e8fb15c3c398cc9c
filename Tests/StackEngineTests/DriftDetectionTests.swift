import AWSModel
import CloudFormationAPI
import PropertyTree
import Testing

@testable import StackEngine

/// CloudFormation's detection of drift, as a client sees its members.
@Suite struct DriftDetectionTests {
  private static func drifted() async throws -> CloudFormationTests.Client {
    let client = try CloudFormationTests.Client()
    try await client.callAndWait(
      "CreateStack",
      ["StackName": "shop", "TemplateBody": .string(StackDriftTests.body)])
    try await client.environment.holdQueue("a", ["Size": 9])
    try await client.environment.removeQueue("b")
    return client
  }

  private static func statuses(_ answer: PropertyValue, _ list: String) -> [String] {
    (answer[list]?.listValue ?? []).map { entry in
      let drift = entry["DriftInformation"]?["StackResourceDriftStatus"]
      return (drift ?? entry["StackResourceDriftStatus"])?.stringValue ?? ""
    }
  }

  @Test func aDetectionIsKept() async throws {
    let client = try await Self.drifted()
    let stack: PropertyValue = ["StackName": "shop"]
    let before = try await client.call("ListStackResources", stack)
    #expect(
      Self.statuses(before, "StackResourceSummaries") == Array(repeating: "NOT_CHECKED", count: 3))
    let id = try #require(
      try await client.call("DetectStackDrift", stack)["StackDriftDetectionId"])
    let status = try await client.call(
      "DescribeStackDriftDetectionStatus", ["StackDriftDetectionId": id])
    #expect(status["DetectionStatus"] == "DETECTION_COMPLETE")
    #expect(status["StackDriftStatus"] == "DRIFTED")
    #expect(status["DriftedStackResourceCount"] == 2)
    let after = try await client.call("ListStackResources", stack)
    #expect(
      Self.statuses(after, "StackResourceSummaries") == ["MODIFIED", "DELETED", "IN_SYNC"])
    let described = try await client.call("DescribeStacks", stack)
    let information = described["Stacks"]?.listValue?.first?["DriftInformation"]
    #expect(information?["StackDriftStatus"] == "DRIFTED")
    #expect(information?["LastCheckTimestamp"]?.stringValue?.hasPrefix("2026-11-21T") == true)
    try client.environment.database.close()
  }

  @Test func driftsComeFilteredAndInPages() async throws {
    let client = try await Self.drifted()
    let none = try await client.call("DescribeStackResourceDrifts", ["StackName": "shop"])
    #expect(none["StackResourceDrifts"] == [])
    try await client.call("DetectStackDrift", ["StackName": "shop"])
    let modified = try await client.call(
      "DescribeStackResourceDrifts",
      ["StackName": "shop", "StackResourceDriftStatusFilters": ["MODIFIED"]])
    let drift = try #require(modified["StackResourceDrifts"]?.listValue?.first)
    #expect(drift["ExpectedProperties"] == #"{"Name":"a","Size":1}"#)
    #expect(drift["ActualProperties"] == #"{"Name":"a","Size":9}"#)
    #expect(
      drift["PropertyDifferences"] == [
        [
          "PropertyPath": "/Size", "ExpectedValue": "1", "ActualValue": "9",
          "DifferenceType": "NOT_EQUAL",
        ]
      ])
    var seen: [String] = []
    var token: PropertyValue?
    repeat {
      var members: PropertyObject = ["StackName": "shop", "MaxResults": 2]
      if let token { members["NextToken"] = token }
      let page = try await client.call("DescribeStackResourceDrifts", .object(members))
      seen += Self.statuses(page, "StackResourceDrifts")
      token = page["NextToken"]
    } while token != nil && token != .null
    #expect(seen == ["MODIFIED", "DELETED", "IN_SYNC"])
    try client.environment.database.close()
  }

  @Test func oneResourceIsDetectedByItself() async throws {
    let client = try await Self.drifted()
    let found = try await client.call(
      "DetectStackResourceDrift", ["StackName": "shop", "LogicalResourceId": "C"])
    #expect(found["StackResourceDrift"]?["StackResourceDriftStatus"] == "IN_SYNC")
    let described = try await client.call("DescribeStacks", ["StackName": "shop"])
    // Of a stack that was never checked as a whole, one resource in its place says nothing.
    #expect(
      described["Stacks"]?.listValue?.first?["DriftInformation"]?["StackDriftStatus"]
        == "NOT_CHECKED")
    let part = try await client.call(
      "DetectStackDrift", ["StackName": "shop", "LogicalResourceIds": ["C", "B"]])
    let status = try await client.call(
      "DescribeStackDriftDetectionStatus",
      ["StackDriftDetectionId": part["StackDriftDetectionId"] ?? .null])
    #expect(status["DriftedStackResourceCount"] == 1)
    try client.environment.database.close()
  }

  /// Findings from before a resource was changed by its stack are no news of it.
  @Test func aDeploymentMakesFindingsOld() async throws {
    let client = try await Self.drifted()
    try await client.call("DetectStackDrift", ["StackName": "shop"])
    await client.environment.clock.advance(milliseconds: 1000)
    try await client.callAndWait(
      "UpdateStack",
      [
        "StackName": "shop",
        "TemplateBody": .string(
          StackDriftTests.body.replacing(
            "\"Name\": \"c\", \"Size\": 1", with: "\"Name\": \"c\", \"Size\": 2")),
      ])
    let stacks = try await client.call("DescribeStacks", ["StackName": "shop"])["Stacks"]
    #expect(
      stacks?.listValue?.first?["DriftInformation"]?["StackDriftStatus"] == "NOT_CHECKED")
    let drifts = try await client.call("DescribeStackResourceDrifts", ["StackName": "shop"])
    #expect(Self.statuses(drifts, "StackResourceDrifts") == ["MODIFIED", "DELETED"])
    try client.environment.database.close()
  }

  @Test func aStackThatIsDeletedIsForgottenAtTheNextDetection() async throws {
    let client = try await Self.drifted()
    let old = try await client.call("DetectStackDrift", ["StackName": "shop"])
    try await client.callAndWait("DeleteStack", ["StackName": "shop"])
    let detection: PropertyValue = [
      "StackDriftDetectionId": old["StackDriftDetectionId"] ?? .null
    ]
    #expect(
      try await client.call("DescribeStackDriftDetectionStatus", detection)["StackDriftStatus"]
        == "DRIFTED")
    try await client.callAndWait(
      "CreateStack",
      ["StackName": "shop", "TemplateBody": .string(StackDriftTests.body)])
    try await client.call("DetectStackDrift", ["StackName": "shop"])
    #expect(try await client.fault("DescribeStackDriftDetectionStatus", detection) != nil)
    try client.environment.database.close()
  }

  @Test func refusals() async throws {
    let client = try await Self.drifted()
    func fault(_ name: String, _ members: PropertyValue) async throws -> String? {
      let fault = try await client.fault(name, members)
      #expect(fault?.code == "ValidationError")
      return fault?.message
    }
    #expect(
      try await fault("DetectStackDrift", ["StackName": "none"])
        == "Stack with id none does not exist")
    #expect(
      try await fault("DetectStackDrift", ["StackName": "shop", "LogicalResourceIds": ["Z"]])
        == "Resource Z does not exist for stack shop")
    #expect(
      try await fault("DescribeStackDriftDetectionStatus", ["StackDriftDetectionId": "x"])
        == "Drift detection operation [x] does not exist")
    #expect(
      try await fault("DescribeStackResourceDrifts", ["StackName": "shop", "NextToken": "x"])
        == "NextToken `x` is not valid.")
    try await client.callAndWait(
      "CreateStack",
      [
        "StackName": "failed",
        "TemplateBody": .string(
          template(
            "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"create\"}}")),
      ])
    #expect(
      try await fault("DetectStackDrift", ["StackName": "failed"])?
        .hasSuffix("while it is in [ROLLBACK_COMPLETE] state") == true)
    try client.environment.database.close()
  }

  @Test func aChangeSetPutsDriftBack() async throws {
    let client = try await Self.drifted()
    let members: PropertyObject = [
      "StackName": "shop", "ChangeSetName": "back", "UsePreviousTemplate": true,
      "DeploymentMode": "REVERT_DRIFT",
    ]
    try await client.call("CreateChangeSet", .object(members))
    let described = try await client.call(
      "DescribeChangeSet", ["StackName": "shop", "ChangeSetName": "back"])
    #expect(described["Status"] == "CREATE_COMPLETE")
    #expect(described["DeploymentMode"] == "REVERT_DRIFT")
    let changes = described["Changes"]?.listValue ?? []
    #expect(
      changes.map { $0["ResourceChange"]?["LogicalResourceId"] } == ["A"])
    try await client.callAndWait(
      "ExecuteChangeSet", ["StackName": "shop", "ChangeSetName": "back"])
    #expect(try await client.status() == "UPDATE_COMPLETE")
    let sizes = try client.environment.held().filter { $0.physicalID == "a" }
      .map { $0.properties["Size"] }
    #expect(sizes == [1])
    try client.environment.database.close()
  }
}
