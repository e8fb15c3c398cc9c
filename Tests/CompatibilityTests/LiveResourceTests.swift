import AWSModel
import Archives
import Effects
import Emulator
import Foundation
import PropertyTree
import ResourceModel
import ServiceKit
import StackModel
import StackPlanning
import Testing

import StackContracts
@testable import StackEngine

/// Every type reads back what a template has made of it, and what was changed behind its back.
@Suite struct LiveResourceTests {
  /// A change through a service's API. `{id}` stands for the physical id.
  struct Change: Sendable {
    var service: String
    var operation: String
    var members: PropertyValue
    /// The place of the drift; nil where the resource is gone.
    var path: String?
  }

  private static let denial: PropertyValue = """
    {"Version": "2012-10-17",
     "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
    """

  static let changes: [LogicalID: Change] = [
    "Afterwards": Change(
      service: "lambda", operation: "UpdateFunctionEventInvokeConfig",
      members: ["FunctionName": "live-function", "MaximumRetryAttempts": 0],
      path: "MaximumRetryAttempts"),
    "Url": Change(
      service: "lambda", operation: "UpdateFunctionUrlConfig",
      members: ["FunctionName": "{id}", "AuthType": "AWS_IAM"], path: "AuthType"),
    "Signing": Change(
      service: "lambda", operation: "UpdateCodeSigningConfig",
      members: ["CodeSigningConfigArn": "{id}", "Description": "theirs"], path: "Description"),
    "Alias": Change(
      service: "lambda", operation: "UpdateAlias",
      members: ["FunctionName": "live-function", "Name": "live", "Description": "then"],
      path: "Description"),
    "Layer": Change(
      service: "lambda", operation: "DeleteLayerVersion",
      members: ["LayerName": "live-layer", "VersionNumber": 1], path: nil),
    // Its layer is gone by then, and goes again.
    "LayerShared": Change(
      service: "lambda", operation: "DeleteLayerVersion",
      members: ["LayerName": "live-layer", "VersionNumber": 1], path: nil),
    "Published": Change(
      service: "lambda", operation: "DeleteFunction", members: ["FunctionName": "{id}"],
      path: nil),
    "Ann": Change(
      service: "iam", operation: "TagUser",
      members: ["UserName": "{id}", "Tags": [["Key": "team", "Value": "other"]]],
      path: "Tags[0].Value"),
    "AnnsKey": Change(
      service: "iam", operation: "UpdateAccessKey",
      members: ["UserName": "live-ann", "AccessKeyId": "{id}", "Status": "Inactive"],
      path: "Status"),
    "Box": Change(
      service: "iam", operation: "RemoveRoleFromInstanceProfile",
      members: ["InstanceProfileName": "{id}", "RoleName": "live-role"], path: "Roles"),
    "Crew": Change(
      service: "iam", operation: "UpdateGroup",
      members: ["GroupName": "{id}", "NewPath": "/other/"], path: "Path"),
    "GroupsPolicy": Change(
      service: "iam", operation: "DeleteGroupPolicy",
      members: ["GroupName": "live-team", "PolicyName": "extra"], path: nil),
    "Joined": Change(
      service: "iam", operation: "RemoveUserFromGroup",
      members: ["GroupName": "live-crew", "UserName": "live-ann"], path: nil),
    "Linked": Change(
      service: "iam", operation: "UpdateRoleDescription",
      members: ["RoleName": "{id}", "Description": "other"], path: "Description"),
    "Provider": Change(
      service: "iam", operation: "AddClientIDToOpenIDConnectProvider",
      members: ["OpenIDConnectProviderArn": "{id}", "ClientID": "second"], path: "ClientIdList"),
    "RolesPolicy": Change(
      service: "iam", operation: "PutRolePolicy",
      members: [
        "RoleName": "live-role", "PolicyName": "extra", "PolicyDocument": denial,
      ], path: "PolicyDocument.Statement[0].Effect"),
    "Team": Change(
      service: "iam", operation: "PutGroupPolicy",
      members: ["GroupName": "{id}", "PolicyName": "own", "PolicyDocument": denial],
      path: "Policies[0].PolicyDocument.Statement[0].Effect"),
    "UsersPolicy": Change(
      service: "iam", operation: "DeleteUserPolicy",
      members: ["UserName": "live-ann", "PolicyName": "extra"], path: nil),
    "Mapping": Change(
      service: "lambda", operation: "UpdateEventSourceMapping",
      members: ["UUID": "{id}", "BatchSize": 7], path: "BatchSize"),
    "Bucket": Change(
      service: "s3", operation: "PutBucketTagging",
      members: [
        "Bucket": "{id}", "Tagging": ["TagSet": [["Key": "team", "Value": "other"]]],
      ], path: "Tags[0].Value"),
    "BucketPolicy": Change(
      service: "s3", operation: "DeleteBucketPolicy", members: ["Bucket": "{id}"], path: nil),
    "Delivery": Change(
      service: "firehose", operation: "TagDeliveryStream",
      members: ["DeliveryStreamName": "{id}", "Tags": [["Key": "more", "Value": "x"]]],
      path: "Tags"),
    "Function": Change(
      service: "lambda", operation: "UpdateFunctionConfiguration",
      members: ["FunctionName": "{id}", "Timeout": 9], path: "Timeout"),
    "Group": Change(
      service: "logs", operation: "PutRetentionPolicy",
      members: ["logGroupName": "{id}", "retentionInDays": 30], path: "RetentionInDays"),
    "Lake": Change(
      service: "glue", operation: "UpdateDatabase",
      members: [
        "Name": "{id}",
        "DatabaseInput": [
          "Name": "live_lake", "Description": "other", "Parameters": ["owner": "data"],
        ],
      ],
      path: "DatabaseInput.Description"),
    "Lines": Change(
      service: "logs", operation: "DeleteLogStream",
      members: ["logGroupName": "{group}", "logStreamName": "{id}"], path: nil),
    "Managed": Change(
      service: "iam", operation: "CreatePolicyVersion",
      members: [
        "PolicyArn": "{id}", "SetAsDefault": true,
        "PolicyDocument":
          """
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
        """,
      ], path: "PolicyDocument.Statement[0].Effect"),
    "Monday": Change(
      service: "glue", operation: "DeletePartition",
      members: [
        "DatabaseName": "live_lake", "TableName": "orders", "PartitionValues": ["2026-11-23"],
      ], path: nil),
    "Orders": Change(
      service: "glue", operation: "UpdateTable",
      members: [
        "DatabaseName": "live_lake",
        "TableInput": [
          "Name": "orders", "TableType": "EXTERNAL_TABLE",
          "Parameters": ["classification": "csv"],
          "PartitionKeys": [["Name": "day", "Type": "string"]],
          "StorageDescriptor": [
            "Location": "s3://live-bucket/orders/",
            "Columns": [["Name": "id", "Type": "bigint", "Comment": "the order"]],
          ],
        ],
      ], path: "TableInput.Parameters.classification"),
    "Permission": Change(
      service: "lambda", operation: "RemovePermission",
      members: ["FunctionName": "live-function", "StatementId": "{id}"], path: nil),
    "Policy": Change(
      service: "iam", operation: "PutRolePolicy",
      members: [
        "RoleName": "live-role", "PolicyName": "read",
        "PolicyDocument":
          """
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
        """,
      ], path: "PolicyDocument.Statement[0].Effect"),
    "Reader": Change(
      service: "kinesis", operation: "DeregisterStreamConsumer", members: ["ConsumerARN": "{id}"],
      path: nil),
    "Role": Change(
      service: "iam", operation: "TagRole",
      members: ["RoleName": "{id}", "Tags": [["Key": "team", "Value": "other"]]],
      path: "Tags[0].Value"),
    "Secret": Change(
      service: "secretsmanager", operation: "UpdateSecret",
      members: ["SecretId": "{id}", "Description": "other"], path: "Description"),
    "SecretPolicy": Change(
      service: "secretsmanager", operation: "DeleteResourcePolicy",
      members: ["SecretId": "{id}"], path: nil),
    "Shared": Change(
      service: "kinesis", operation: "DeleteResourcePolicy", members: ["ResourceARN": "{id}"],
      path: nil),
    "Setting": Change(
      service: "ssm", operation: "PutParameter",
      members: ["Name": "{id}", "Value": "other", "Overwrite": true], path: "Value"),
    "Stream": Change(
      service: "kinesis", operation: "IncreaseStreamRetentionPeriod",
      members: ["StreamName": "{id}", "RetentionPeriodHours": 72], path: "RetentionPeriodHours"),
  ]

  /// There is nothing of it but the stack's record.
  static let unchangeable: Set<LogicalID> = ["Metadata", "Nested"]

  @Test func everyTypeReadsWhatIsThere() async throws {
    try await Self.withEnvironment { local in
      let state = try await Self.deploy(local)
      let declared = local.engine.handlers.values.filter { $0 is any ResourceDefinition }
      #expect(
        Set(declared.map(\.type)).subtracting(state.resources.map(\.type)) == [],
        "each declared type is in the template")
      for resource in state.resources {
        let live = try Self.live(resource, local)
        let handler = try #require(local.engine.handlers[resource.type])
        #expect(live != nil, "\(resource.type)")
        #expect(
          Drift.differences(
            desired: resource.properties, live: live ?? [:], writeOnly: handler.writeOnly) == [],
          "\(resource.type)")
      }
    }
  }

  @Test func aChangeBehindTheStacksBackShows() async throws {
    try await Self.withEnvironment { local in
      let state = try await Self.deploy(local)
      for resource in state.resources where !Self.unchangeable.contains(resource.logicalID) {
        let change = try #require(Self.changes[resource.logicalID], "\(resource.logicalID)")
        try await Self.make(change, resource, local)
        let live = try Self.live(resource, local)
        let handler = try #require(local.engine.handlers[resource.type])
        let found = live.map {
          Drift.differences(
            desired: resource.properties, live: $0, writeOnly: handler.writeOnly)
        }
        #expect(
          found?.map(\.path.description) == change.path.map { [$0] }, "\(resource.logicalID)")
      }
    }
  }

  static func make(
    _ change: Change, _ resource: ResourceState, _ local: LocalEnvironment
  ) async throws {
    _ = try await local.emulator.call(
      service: change.service, operation: change.operation,
      members: Self.filled(change.members, resource))
  }

  private static func filled(_ members: PropertyValue, _ resource: ResourceState) -> PropertyValue {
    guard let object = members.objectValue else { return members }
    return .object(
      PropertyObject(
        object.map { name, value in
          switch value {
          case "{id}": (name, .string(resource.identity.physicalID))
          case "{group}": (name, resource.properties["LogGroupName"] ?? .null)
          default: (name, value)
          }
        }))
  }

  private static func live(_ resource: ResourceState, _ local: LocalEnvironment) throws
    -> PropertyValue?
  {
    let handler = try #require(local.engine.handlers[resource.type])
    let request = ResourceRequest(
      environment: StackEnvironment(scope: .standard, stackName: "live", stackID: "live"),
      logicalID: resource.logicalID, physicalID: resource.identity.physicalID,
      properties: resource.properties, now: local.emulator.environment.effects.clock.now)
    return try local.emulator.environment.database.read {
      try handler.liveProperties(request, in: $0)
    }
  }

  static func deploy(_ local: LocalEnvironment) async throws -> StackState {
    _ = try await local.emulator.call(
      service: "s3", operation: "CreateBucket", members: ["Bucket": "templates"])
    _ = try await local.emulator.call(
      service: "s3", operation: "PutObject",
      members: ["Bucket": "templates", "Key": "inner.yaml"],
      body: BufferedBody(Array(Self.inner.utf8)))
    var layer = ZipWriter()
    layer.add("python/shared.py", Array("VALUE = 1".utf8))
    _ = try await local.emulator.call(
      service: "s3", operation: "PutObject",
      members: ["Bucket": "templates", "Key": "layer.zip"],
      body: BufferedBody(layer.finished()))
    let result = try await local.engine.plan(
      DeployRequest(
        stackName: "live", templateBody: Self.template, templateFile: "live.yaml",
        capabilities: ["CAPABILITY_NAMED_IAM"]))
    let plan = try #require(result.plan, "\(result.diagnostics.map(\.message))")
    let state = try await local.engine.apply(plan) { _ in }
    #expect(state.status == .createComplete, "\(state.statusReason ?? "")")
    return state
  }

  static func withEnvironment(_ body: (LocalEnvironment) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "leat-live-\(UUID())")
      .path()
    let local = try await LocalEnvironment.open(
      folder, storage: folder, command: "test", effects: .live())
    try await body(local)
    try await local.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  private static let inner = """
    Parameters: { Size: { Type: String } }
    Resources:
      Inner: { Type: "AWS::Kinesis::Stream", Properties: { ShardCount: !Ref Size } }
    """
}
