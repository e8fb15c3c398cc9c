import AWSModel
import CloudFormationAPI
import PropertyTree
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import Testing

@testable import StackEngine

/// CloudFormation's API at the level of operations, as a client sees its members.
@Suite struct CloudFormationTests {
  struct Client {
    let environment: TestEnvironment
    let service: CloudFormationService
    let operations: [String: AWSModel.Operation]

    init(compiler: any TemplateCompiling = FakeCompiler()) throws {
      environment = try TestEnvironment(compiler: compiler)
      service = CloudFormationService(engine: environment.engine)
      operations = Dictionary(
        uniqueKeysWithValues: service.operations.map { ($0.name, $0) })
    }

    @discardableResult
    func call(_ name: String, _ members: PropertyValue) async throws -> PropertyValue {
      let operation = try #require(operations[name])
      return try await operation.invoke(OperationInput(members: members), RequestContext()).members
    }

    /// Calls and waits until what it began is done.
    @discardableResult
    func callAndWait(_ name: String, _ members: PropertyValue) async throws -> PropertyValue {
      let answer = try await call(name, members)
      await environment.engine.finishOperations()
      return answer
    }

    func fault(_ name: String, _ members: PropertyValue) async throws -> ServiceError? {
      do {
        try await call(name, members)
        return nil
      } catch let fault as ServiceError {
        return fault
      }
    }

    func status(_ name: String = "shop") async throws -> String? {
      let answer = try await call("DescribeStacks", ["StackName": .string(name)])
      return answer["Stacks"]?.listValue?.first?["StackStatus"]?.stringValue
    }
  }

  static let body = template(
    """
    "Q": {"Type": "Fake::Queue", "Properties": {"Size": {"Param": "Size"}}},
    "Role": {"Type": "Fake::Role"}
    """, outputs: "\"Name\": {\"Ref\": \"Q\"}")

  static func request(_ size: String = "1", _ more: PropertyObject = [:]) -> PropertyValue {
    var members: PropertyObject = [
      "StackName": "shop", "TemplateBody": .string(body),
      "Capabilities": ["CAPABILITY_IAM"],
      "Parameters": [["ParameterKey": "Size", "ParameterValue": .string(size)]],
      "Tags": [["Key": "team", "Value": "data"]],
    ]
    for (key, value) in more { members[key] = value }
    return .object(members)
  }

  @Test func aStacksLife() async throws {
    let client = try Client()
    let id = try await client.callAndWait("CreateStack", Self.request())["StackId"]
    let stacks = try await client.call("DescribeStacks", ["StackName": "shop"])["Stacks"]
    let stack = try #require(stacks?.listValue?.first)
    #expect(stack["StackId"] == id)
    #expect(stack["StackStatus"] == "CREATE_COMPLETE")
    #expect(stack["Outputs"]?.listValue?.first?["OutputKey"] == "Name")
    #expect(stack["Parameters"] == [["ParameterKey": "Size", "ParameterValue": "1"]])
    #expect(stack["Tags"] == [["Key": "team", "Value": "data"]])
    #expect(stack["CreationTime"] == "2026-11-21T00:00:00.000Z")
    let taken = try await client.fault("CreateStack", Self.request())
    #expect(taken?.code == "AlreadyExistsException")

    let same = try await client.fault("UpdateStack", Self.request())
    #expect(same == ServiceError("ValidationError", "No updates are to be performed."))
    try await client.callAndWait(
      "UpdateStack",
      [
        "StackName": "shop", "UsePreviousTemplate": "true", "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [["ParameterKey": "Size", "ParameterValue": "2"]],
      ])
    #expect(try await client.status() == "UPDATE_COMPLETE")
    let resource = try await client.call(
      "DescribeStackResource", ["StackName": "shop", "LogicalResourceId": "Q"])
    #expect(resource["StackResourceDetail"]?["ResourceStatus"] == "UPDATE_COMPLETE")

    try await client.callAndWait("DeleteStack", ["StackName": "shop"])
    let gone = try await client.fault("DescribeStacks", ["StackName": "shop"])
    #expect(gone == ServiceError("ValidationError", "Stack with id shop does not exist"))
    #expect(try await client.status(try #require(id?.stringValue)) == "DELETE_COMPLETE")
    try await client.callAndWait("DeleteStack", ["StackName": "shop"])
    let listed = try await client.call(
      "ListStacks", ["StackStatusFilter": ["DELETE_COMPLETE"]])["StackSummaries"]
    #expect(listed?.listValue?.count == 1)
    #expect(try client.environment.held().isEmpty)
  }

  @Test func eventsComeNewestFirstInPages() async throws {
    let client = try Client()
    let queues = (0..<60).map { "\"Q\($0)\": {\"Type\": \"Fake::Queue\"}" }
    try await client.callAndWait(
      "CreateStack",
      ["StackName": "wide", "TemplateBody": .string(template(queues.joined(separator: ",")))])
    let first = try await client.call("DescribeStackEvents", ["StackName": "wide"])
    let events = try #require(first["StackEvents"]?.listValue)
    #expect(events.count == 100)
    #expect(events.first?["ResourceStatus"] == "CREATE_COMPLETE")
    #expect(events.first?["ResourceType"] == "AWS::CloudFormation::Stack")
    let token = try #require(first["NextToken"])
    let second = try await client.call(
      "DescribeStackEvents", ["StackName": "wide", "NextToken": token])
    #expect(second["StackEvents"]?.listValue?.count == 22)
    #expect(second["NextToken"] == nil)
    let ids = (events + (second["StackEvents"]?.listValue ?? [])).map { $0["EventId"] }
    #expect(Set(ids).count == 122)
  }

  /// The requests of `aws cloudformation deploy`.
  @Test func changeSetsCreateAndUpdate() async throws {
    let client = try Client()
    let creation: PropertyObject = ["ChangeSetName": "one", "ChangeSetType": "CREATE"]
    let made = try await client.call("CreateChangeSet", Self.request("1", creation))
    #expect(try await client.status() == "REVIEW_IN_PROGRESS")
    let id = try #require(made["Id"])
    let described = try await client.call("DescribeChangeSet", ["ChangeSetName": id])
    #expect(described["Status"] == "CREATE_COMPLETE")
    #expect(described["ExecutionStatus"] == "AVAILABLE")
    #expect(
      described["Changes"]?.listValue?.map { $0["ResourceChange"]?["Action"] } == ["Add", "Add"])
    try await client.callAndWait(
      "ExecuteChangeSet", ["ChangeSetName": id, "DisableRollback": "false"])
    #expect(try await client.status() == "CREATE_COMPLETE")
    let after = try await client.call(
      "DescribeChangeSet", ["ChangeSetName": "one", "StackName": "shop"])
    #expect(after["ExecutionStatus"] == "EXECUTE_COMPLETE")

    try await client.call("CreateChangeSet", Self.request("1", ["ChangeSetName": "same"]))
    let same = try await client.call(
      "DescribeChangeSet", ["ChangeSetName": "same", "StackName": "shop"])
    #expect(same["Status"] == "FAILED")
    #expect(
      same["StatusReason"]?.stringValue?
        .hasPrefix("The submitted information didn't contain changes.") == true)

    try await client.call("CreateChangeSet", Self.request("2", ["ChangeSetName": "two"]))
    try await client.call("CreateChangeSet", Self.request("3", ["ChangeSetName": "three"]))
    let two = try await client.call(
      "DescribeChangeSet",
      ["ChangeSetName": "two", "StackName": "shop", "IncludePropertyValues": "true"])
    let change = try #require(two["Changes"]?.listValue?.first?["ResourceChange"])
    #expect(change["Action"] == "Modify")
    #expect(change["Replacement"] == "False")
    let target = change["Details"]?.listValue?.first?["Target"]
    #expect(target?["Path"] == "/Properties/Size")
    #expect(target?["BeforeValue"] == "1")
    #expect(target?["AfterValue"] == "2")
    #expect(change["AfterContext"] == "{\"Properties\":{\"Size\":\"2\"}}")
    try await client.callAndWait("ExecuteChangeSet", ["ChangeSetName": "two", "StackName": "shop"])
    #expect(try await client.status() == "UPDATE_COMPLETE")
    let gone = try await client.fault(
      "ExecuteChangeSet", ["ChangeSetName": "three", "StackName": "shop"])
    #expect(gone?.code == "ChangeSetNotFound")
    let left = try await client.call("ListChangeSets", ["StackName": "shop"])["Summaries"]
    #expect(left?.listValue?.map { $0["ChangeSetName"] } == ["one", "two"])
  }

  @Test func refusedTemplatesLeaveNoReviewBehind() async throws {
    let client = try Client()
    let members: PropertyValue = [
      "StackName": "shop", "ChangeSetName": "x", "ChangeSetType": "CREATE",
      "TemplateBody": .string(Self.body),
    ]
    let fault = try await client.fault("CreateChangeSet", members)
    #expect(fault?.code == "InsufficientCapabilitiesException")
    #expect(fault?.message == "Requires capabilities : [CAPABILITY_IAM]")
    #expect(try await client.call("DescribeStacks", [:])["Stacks"] == [])
  }

  @Test func failedStacksAreToldApart() async throws {
    let client = try Client()
    let bad = template(
      "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"create\"}}")
    try await client.callAndWait(
      "CreateStack", ["StackName": "shop", "TemplateBody": .string(bad)])
    #expect(try await client.status() == "ROLLBACK_COMPLETE")
    let update = try await client.fault("UpdateStack", Self.request())
    #expect(update?.code == "ValidationError")
    #expect(
      update?.message.contains("is in ROLLBACK_COMPLETE state and can not be updated") == true)
    #expect(
      try await client.fault("CreateStack", Self.request())?.code == "AlreadyExistsException")
  }

  @Test func stuckResourcesCanBeRetained() async throws {
    let client = try Client()
    let stuck = template(
      "\"Q\": {\"Type\": \"Fake::Queue\", \"Properties\": {\"FailOn\": \"delete\"}}")
    let id = try await client.callAndWait(
      "CreateStack", ["StackName": "shop", "TemplateBody": .string(stuck)])["StackId"]
    try await client.callAndWait("DeleteStack", ["StackName": "shop"])
    #expect(try await client.status() == "DELETE_FAILED")
    try await client.callAndWait("DeleteStack", ["StackName": "shop", "RetainResources": ["Q"]])
    #expect(try await client.status(try #require(id?.stringValue)) == "DELETE_COMPLETE")
    #expect(try client.environment.held().count == 1)
  }

  @Test func aRepeatedTokenCreatesOnce() async throws {
    let client = try Client()
    let request = Self.request("1", ["ClientRequestToken": "t"])
    let first = try await client.callAndWait("CreateStack", request)
    #expect(try await client.callAndWait("CreateStack", request) == first)
    let other = try await client.fault(
      "UpdateStack", Self.request("2", ["ClientRequestToken": "t"]))
    #expect(other?.code == "TokenAlreadyExistsException")
  }

  @Test(
    arguments: [
      ("CreateStack", ["DisableValidation": "true"], "DisableValidation"),
      ("CreateStack", ["NotificationARNs": ["arn:aws:sns:us-east-1:1:t"]], "NotificationARNs"),
      ("UpdateStack", ["NotificationARNs": ["arn:aws:sns:us-east-1:1:t"]], "NotificationARNs"),
      (
        "CreateChangeSet",
        ["ChangeSetName": "x", "RollbackConfiguration": ["RollbackTriggers": [["Arn": "a"]]]],
        "RollbackTriggers"
      ),
      (
        "CreateChangeSet", ["ChangeSetName": "x", "IncludeNestedStacks": "true"],
        "IncludeNestedStacks"
      ),
      (
        "CreateChangeSet", ["ChangeSetName": "x", "ImportExistingResources": "true"],
        "ImportExistingResources"
      ),
    ] as [(String, PropertyObject, String)])
  func unsupportedMembersAreNamed(_ name: String, _ more: PropertyObject, _ member: String)
    async throws
  {
    let client = try Client()
    let fault = try await client.fault(name, Self.request("1", more))
    #expect(fault?.code == "UnsupportedOperation")
    #expect(fault?.message.contains(member) == true)
  }

  @Test func templatesAreGivenBackAndOutlined() async throws {
    let client = try Client()
    try await client.callAndWait("CreateStack", Self.request())
    let got = try await client.call("GetTemplate", ["StackName": "shop"])
    #expect(got["TemplateBody"] == .string(Self.body))
    let summary = try await client.call("GetTemplateSummary", ["StackName": "shop"])
    #expect(summary["ResourceTypes"] == ["Fake::Queue", "Fake::Role"])
    #expect(summary["Capabilities"] == ["CAPABILITY_IAM"])
    let valid = try await client.call("ValidateTemplate", ["TemplateBody": .string(Self.body)])
    #expect(valid["Parameters"]?.listValue?.first?["ParameterKey"] == "Size")
    let broken = try await client.fault("ValidateTemplate", ["TemplateBody": "{"])
    #expect(broken?.code == "ValidationError")
    #expect(broken?.message.contains("LT1001") == true)
  }

  /// `FakeTemplates` is in the bucket.
  @Test func templatesMayBeObjects() async throws {
    let client = try Client()
    let url: PropertyValue = "https://s3.amazonaws.com/templates/%66irst"
    let valid = try await client.call("ValidateTemplate", ["TemplateURL": url])
    #expect(valid["Parameters"] != nil)
    let summary = try await client.call("GetTemplateSummary", ["TemplateURL": url])
    #expect(summary["ResourceTypes"]?.listValue?.isEmpty == false)
    try await client.callAndWait(
      "CreateStack",
      ["StackName": "shop", "TemplateURL": url, "Capabilities": ["CAPABILITY_NAMED_IAM"]])
    #expect(try await client.status() != nil)
    for (bad, word) in [
      ("https://example.com/t.yaml", "is not the address of an object"),
      ("https://s3.amazonaws.com/templates/none", "there is no none"),
      ("https://s3.amazonaws.com/templates/first?x=1", "is not the address of an object"),
    ] {
      let fault = try await client.fault("ValidateTemplate", ["TemplateURL": .string(bad)])
      #expect(fault?.code == "ValidationError")
      #expect(fault?.message.contains(word) == true)
    }
    let both = try await client.fault(
      "ValidateTemplate", ["TemplateURL": url, "TemplateBody": "{}"])
    #expect(both?.code == "ValidationError")
  }

  @Test func aTemplateAddressIsDecodedAndMayNameAVersion() throws {
    let object = try #require(
      TemplateAddress.object(
        "https://b.s3.eu-west-1.amazonaws.com/a%20b%2Bc%2Fd/%C3%BC?versionId=v%2B1"))
    #expect(object.bucket == "b")
    #expect(object.key == "a b+c/d/ü")
    #expect(object.version == "v+1")
    #expect(TemplateAddress.object("http://localhost:4566/b/k%20k")?.key == "k k")
    #expect(TemplateAddress.object("https://s3.amazonaws.com/b/k%2") == nil)
    #expect(TemplateAddress.object("https://s3.amazonaws.com/b/k?versionId=1&x=2") == nil)
  }

  /// Sceptre and CFNgin send what asks for nothing.
  @Test func settingsAreKeptAndShown() async throws {
    let client = try Client()
    try await client.callAndWait(
      "CreateStack",
      Self.request(
        "1",
        [
          "NotificationARNs": [], "RollbackConfiguration": ["RollbackTriggers": []],
          "TimeoutInMinutes": "7", "RoleARN": "arn:aws:iam::000000000000:role/deployer",
          "EnableTerminationProtection": "true",
        ]))
    func stack() async throws -> PropertyValue? {
      try await client.call("DescribeStacks", ["StackName": "shop"])["Stacks"]?.listValue?.first
    }
    let shown = try await stack()
    #expect(shown?["TimeoutInMinutes"]?.scalarText == "7")
    #expect(shown?["RoleARN"] == "arn:aws:iam::000000000000:role/deployer")
    #expect(shown?["EnableTerminationProtection"]?.scalarText == "true")
    try await client.callAndWait("UpdateStack", Self.request("2"))
    #expect(try await stack()?["RoleARN"] == shown?["RoleARN"])

    let fault = try await client.fault("DeleteStack", ["StackName": "shop"])
    #expect(
      fault
        == ServiceError(
          "ValidationError",
          "Stack [shop] cannot be deleted while TerminationProtection is enabled"))
    #expect(try await client.status() == "UPDATE_COMPLETE")
    let destroy = try await client.environment.engine.planDestroy(
      DestroyRequest(stackName: "shop"))
    #expect(destroy.plan == nil)
    try await client.call(
      "UpdateTerminationProtection",
      ["StackName": "shop", "EnableTerminationProtection": "false"])
    try await client.callAndWait("DeleteStack", ["StackName": "shop"])
    #expect(try await client.call("DescribeStacks", [:])["Stacks"] == [])
  }

  @Test func aStackWithoutOutputsShowsNone() async throws {
    let client = try Client()
    let body = template("\"Q\": {\"Type\": \"Fake::Queue\"}")
    try await client.callAndWait(
      "CreateStack", ["StackName": "shop", "TemplateBody": .string(body)])
    let stacks = try await client.call("DescribeStacks", ["StackName": "shop"])["Stacks"]
    #expect(stacks?.listValue?.first?["Outputs"] == nil)
  }
}
