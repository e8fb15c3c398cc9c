import AWSModel
import Archives
import Effects
import PropertyTree
import ResourceModel
import ServiceKit
import Testing

@testable import Lambda

@Suite struct VersionTests {
  static let source = """
    import os
    def handler(event, context):
        return [os.environ["AWS_LAMBDA_FUNCTION_VERSION"], context.function_version,
                context.invoked_function_arn, os.environ.get("VALUE")]
    """

  static func members(_ name: String, _ more: PropertyObject = [:]) -> PropertyObject {
    let zip = Base64.encode(Fixture.archive("index.py", source))
    var members: PropertyObject = [
      "FunctionName": .string(name), "Runtime": "python3.11", "Handler": "index.handler",
      "Role": "arn:aws:iam::111122223333:role/r", "Code": ["ZipFile": .string(zip)],
      "Timeout": 20,
    ]
    for (key, value) in more { members[key] = value }
    return members
  }

  static func fault(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch let error as ServiceError { return "\(error.code): \(error.message)" } catch {
      return "\(error)"
    }
  }

  @Test func aVersionStaysAsItWasPublished() async throws {
    let fixture = try Fixture()
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:f"
    let made = try await fixture.call(
      "CreateFunction",
      Self.members("f", ["Publish": true, "Environment": ["Variables": ["VALUE": "one"]]])
    ).members
    #expect(made["Version"] == "1" && made["FunctionArn"] == .string("\(arn):1"))
    let again = try await fixture.call("PublishVersion", ["FunctionName": "f"]).members
    #expect(again["Version"] == "1", "nothing has changed")
    let changed = try await fixture.call(
      "UpdateFunctionConfiguration",
      ["FunctionName": "f", "Environment": ["Variables": ["VALUE": "two"]]]
    ).members
    let hash = try #require(changed["CodeSha256"])
    let second = try await fixture.call(
      "PublishVersion", ["FunctionName": "f", "CodeSha256": hash, "Description": "next"]
    ).members
    #expect(second["Version"] == "2" && second["Description"] == "next")
    for (name, version, value) in [
      ("f", "$LATEST", "two"), ("f:1", "1", "one"), ("f:2", "2", "two"), ("\(arn):1", "1", "one"),
    ] {
      let result = try await fixture.invoke(name)
      let called = name.hasPrefix("arn") ? name : arn + name.dropFirst()
      #expect(
        try result.tree == [.string(version), .string(version), .string(called), .string(value)])
      #expect(result.executedVersion == version)
    }
    let listed = try await fixture.call("ListVersionsByFunction", ["FunctionName": "f"]).members
    #expect(listed["Versions"]?.listValue?.compactMap { $0["Version"] } == ["$LATEST", "1", "2"])
    #expect(
      await Self.fault {
        _ = try await fixture.call("PublishVersion", ["FunctionName": "f", "CodeSha256": "x"])
      }?.hasPrefix("InvalidParameterValueException: CodeSHA256 (x) is different") == true)
    #expect(
      await Self.fault {
        _ = try await fixture.call("PublishVersion", ["FunctionName": "f", "RevisionId": "x"])
      }?.hasPrefix("PreconditionFailedException") == true)
    try await fixture.close()
  }

  @Test func aVersionGoesByItsQualifierAndItsNumberIsNotUsedAgain() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", Self.members("f", ["Publish": true]))
    _ = try await fixture.call(
      "CreateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "1"])
    let target: PropertyObject = ["FunctionName": "f", "Qualifier": "1"]
    #expect(
      await Self.fault { _ = try await fixture.call("DeleteFunction", target) }
        == "ResourceConflictException: Unable to delete version because the following aliases "
        + "reference it: [live]")
    #expect(
      await Self.fault { _ = try await fixture.call("DeleteFunction", ["FunctionName": "f:live"]) }
        == "InvalidParameterValueException: Deletion of aliases is not currently supported.")
    _ = try await fixture.call("DeleteAlias", ["FunctionName": "f", "Name": "live"])
    _ = try await fixture.call("DeleteFunction", target)
    #expect(
      await Self.fault { _ = try await fixture.call("GetFunction", target) }
        == "ResourceNotFoundException: Function not found: "
        + "arn:aws:lambda:eu-west-1:111122223333:function:f:1")
    let next = try await fixture.call("PublishVersion", ["FunctionName": "f"]).members
    #expect(next["Version"] == "2")
    _ = try await fixture.call("DeleteFunction", ["FunctionName": "f"])
    #expect(try fixture.database.read { try CodeStore().hashes($0) }.isEmpty)
    try await fixture.close()
  }

  @Test func anAliasSharesItsCallsByWeight() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", Self.members("f", ["Publish": true]))
    _ = try await fixture.call(
      "UpdateFunctionConfiguration", ["FunctionName": "f", "MemorySize": 256])
    _ = try await fixture.call("PublishVersion", ["FunctionName": "f"])
    let alias = try await fixture.call(
      "CreateAlias",
      [
        "FunctionName": "f", "Name": "live", "FunctionVersion": "1",
        "RoutingConfig": ["AdditionalVersionWeights": ["2": .double(0.5)]],
      ]
    ).members
    #expect(
      alias["AliasArn"] == "arn:aws:lambda:eu-west-1:111122223333:function:f:live")
    var counts: [String: Int] = [:]
    for _ in 0..<24 {
      let version = try await fixture.invoke("f:live").executedVersion
      counts[version, default: 0] += 1
    }
    #expect(counts["1", default: 0] > 3 && counts["2", default: 0] > 3, "\(counts)")
    let shown = try await fixture.call(
      "GetFunctionConfiguration", ["FunctionName": "f", "Qualifier": "live"]
    ).members
    #expect(shown["Version"] == "1" && shown["FunctionArn"] == alias["AliasArn"])
    _ = try await fixture.call(
      "UpdateAlias", ["FunctionName": "f", "Name": "live", "RoutingConfig": [:]])
    #expect(try await fixture.invoke("f:live").executedVersion == "1")
    try await fixture.close()
  }

  @Test func refusalsOfAliases() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", Self.members("f", ["Publish": true]))
    let alias: PropertyObject = ["FunctionName": "f", "Name": "a", "FunctionVersion": "1"]
    _ = try await fixture.call("CreateAlias", alias)
    let cases: [(String, PropertyObject, String)] = [
      ("CreateAlias", [:], "ResourceConflictException: Alias already exists: "),
      (
        "CreateAlias", ["Name": "b", "FunctionVersion": "9"],
        "ResourceNotFoundException: Function not found: "
      ),
      (
        "UpdateAlias", ["RoutingConfig": ["AdditionalVersionWeights": ["1": .double(0.1)]]],
        "InvalidParameterValueException: Invalid function version 1."
      ),
      (
        "UpdateAlias",
        ["RoutingConfig": ["AdditionalVersionWeights": ["2": .double(0.1), "3": .double(0.1)]]],
        "InvalidParameterValueException: Number of items"
      ),
      (
        "UpdateAlias",
        [
          "FunctionVersion": "$LATEST",
          "RoutingConfig": ["AdditionalVersionWeights": ["1": .double(0.1)]],
        ],
        "InvalidParameterValueException: $LATEST is not supported"
      ),
      (
        "UpdateAlias", ["RoutingConfig": ["AdditionalVersionWeights": ["9": .double(0.1)]]],
        "ResourceNotFoundException"
      ),
      ("UpdateAlias", ["RevisionId": "x"], "PreconditionFailedException"),
      ("GetAlias", ["Name": "none"], "ResourceNotFoundException: Cannot find alias arn: "),
    ]
    for (operation, more, expected) in cases {
      var members: PropertyObject =
        operation == "CreateAlias"
        ? alias : ["FunctionName": "f", "Name": "a"]
      for (key, value) in more { members[key] = value }
      let fault = await Self.fault { _ = try await fixture.call(operation, members) }
      #expect(fault?.hasPrefix(expected) == true, "\(operation): \(fault ?? "nothing")")
    }
    try await fixture.close()
  }

  @Test func policiesStandAtQualifiers() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", Self.members("f", ["Publish": true]))
    _ = try await fixture.call(
      "CreateAlias", ["FunctionName": "f", "Name": "a", "FunctionVersion": "1"])
    let permission: PropertyObject = [
      "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com",
    ]
    for qualifier in ["1", "a"] as [PropertyValue] {
      var members = permission
      members["FunctionName"] = "f"
      members["Qualifier"] = qualifier
      _ = try await fixture.call("AddPermission", members)
      let policy = try await fixture.call(
        "GetPolicy", ["FunctionName": "f", "Qualifier": qualifier]
      ).members["Policy"]?.stringValue
      let statement = try JSONReader.read(try #require(policy))["Statement"]?.listValue?.first
      #expect(
        statement?["Resource"]?.stringValue?.hasSuffix(":f:\(qualifier.scalarText ?? "")") == true)
    }
    #expect(
      await Self.fault { _ = try await fixture.call("GetPolicy", ["FunctionName": "f"]) }?
        .hasPrefix("ResourceNotFoundException") == true)
    var latest = permission
    latest["FunctionName"] = "f:$LATEST"
    #expect(
      await Self.fault { _ = try await fixture.call("AddPermission", latest) }
        == "InvalidParameterValueException: We currently do not support adding policies for $LATEST."
    )
    #expect(
      await Self.fault {
        _ = try await fixture.call("GetPolicy", ["FunctionName": "f:a", "Qualifier": "1"])
      }
        == "InvalidParameterValueException: The derived qualifier from the function name does not "
        + "match the specified qualifier.")
    try await fixture.close()
  }
}
