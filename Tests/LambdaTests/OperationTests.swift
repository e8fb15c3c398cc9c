import AWSModel
import Effects
import PropertyTree
import ServiceKit
import ResourceModel
import StackModel
import Testing

@testable import Lambda

@Suite struct OperationTests {
  private let source = """
    def handler(event, context):
        return {"got": event}
    """

  private func members(_ name: String, _ more: PropertyObject = [:]) -> PropertyObject {
    let zip = Base64.encode(Fixture.archive("index.py", source))
    var members: PropertyObject = [
      "FunctionName": .string(name), "Runtime": "python3.11", "Handler": "index.handler",
      "Role": "arn:aws:iam::111122223333:role/r", "Code": ["ZipFile": .string(zip)],
    ]
    for (key, value) in more { members[key] = value }
    return members
  }

  private func code(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch let error as ServiceError { return "\(error.code) \(error.status)" } catch {
      return "\(error)"
    }
  }

  @Test func aFunctionIsMadeShownChangedAndDeleted() async throws {
    let fixture = try Fixture()
    let made = try await fixture.call("CreateFunction", members("f", ["Tags": ["a": "b"]])).members
    #expect(made["FunctionArn"] == "arn:aws:lambda:eu-west-1:111122223333:function:f")
    #expect(made["Timeout"] == 3 && made["MemorySize"] == 128 && made["State"] == "Active")
    #expect(made["LastModified"] == "2026-11-21T05:00:00.000+0000")
    let target: PropertyObject = ["FunctionName": "f"]
    let shown = try await fixture.call("GetFunction", target).members
    #expect(shown["Configuration"] == made && shown["Tags"] == ["a": "b"])
    let changed = try await fixture.call(
      "UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 9]
    ).members
    #expect(changed["Timeout"] == 9 && changed["RevisionId"] != made["RevisionId"])
    #expect(changed["Handler"] == "index.handler")
    _ = try await fixture.call("DeleteFunction", target)
    #expect(
      await code { _ = try await fixture.call("GetFunction", target) }
        == "ResourceNotFoundException 404")
    // Its code went with it.
    #expect(try fixture.database.read { try CodeStore().hashes($0) }.isEmpty)
    try await fixture.close()
  }

  @Test func refusals() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", members("f"))
    let cases: [(PropertyObject, String)] = [
      (members("f"), "ResourceConflictException 409"),
      (members("g", ["Runtime": "java21"]), "UnsupportedOperation 400"),
      (members("g", ["Runtime": "nodejs99.x"]), "InvalidParameterValueException 400"),
      (members("g", ["Timeout": 901]), "ValidationException 400"),
      (members("g", ["MemorySize": 127]), "ValidationException 400"),
      (members("g", ["Role": "r"]), "ValidationException 400"),
      (members("g/../h"), "ValidationException 400"),
      (members("g", ["Code": ["ZipFile": "AAAA"]]), "InvalidParameterValueException 400"),
      (members("g", ["Code": ["S3Bucket": "bucket", "S3Key": "k"]]), "UnsupportedOperation 400"),
      (
        members("g", ["Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"]]),
        "InvalidParameterValueException 400"
      ),
      (
        members("g", ["Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]]),
        "InvalidParameterValueException 400"
      ),
      (
        members("g", ["SnapStart": ["ApplyOn": "PublishedVersions"]]),
        "InvalidParameterValueException 400"
      ),
      (
        members(
          "g",
          ["DeadLetterConfig": ["TargetArn": "arn:aws:kinesis:eu-west-1:111122223333:stream/s"]]),
        "InvalidParameterValueException 400"
      ),
      (
        members(
          "g",
          [
            "FileSystemConfigs": [
              [
                "Arn":
                  "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/a",
              ]
            ]
          ]),
        "UnsupportedOperation 400"
      ),
      (members("g", ["Nonsense": 1]), "UnsupportedOperation 400"),
      (
        members("g", ["Environment": ["Variables": ["AWS_REGION": "x"]]]),
        "InvalidParameterValueException 400"
      ),
    ]
    for (members, expected) in cases {
      #expect(await code { _ = try await fixture.call("CreateFunction", members) } == expected)
    }
    #expect(try fixture.database.read { try CodeStore().hashes($0) }.count == 1)
    try await fixture.close()
  }

  @Test func invokeAnswersPayloadHeadersAndTail() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", members("f", ["Timeout": 20]))
    let output = try await fixture.call(
      "Invoke", ["FunctionName": "f:$LATEST", "LogType": "Tail"], body: Array("[1]".utf8))
    guard case .bytes(let bytes)? = output.body else { throw ServiceError.unsupported("body") }
    #expect(try JSONReader.read(bytes) == ["got": [1]])
    let headers = Dictionary(output.headers, uniquingKeysWith: { first, _ in first })
    #expect(headers["X-Amz-Executed-Version"] == "$LATEST")
    let tail = try #require(headers["X-Amz-Log-Result"].flatMap(Base64.decode))
    #expect(String(decoding: tail, as: UTF8.self).hasPrefix("START RequestId: "))
    for (target, body, expected) in [
      (["FunctionName": "f"], "{", "InvalidRequestContentException 400"),
      (["FunctionName": "f", "Qualifier": "7"], "", "ResourceNotFoundException 404"),
      (["FunctionName": "none"], "", "ResourceNotFoundException 404"),
      (
        ["FunctionName": "f"], "\"" + String(repeating: "x", count: 6_291_456) + "\"",
        "RequestEntityTooLargeException 413"
      ),
    ] as [(PropertyObject, String, String)] {
      #expect(
        await code { _ = try await fixture.call("Invoke", target, body: Array(body.utf8)) }
          == expected)
    }
    try await fixture.close()
  }

  @Test func listsArePaged() async throws {
    let fixture = try Fixture()
    for name in ["a", "b", "c"] { _ = try await fixture.call("CreateFunction", members(name)) }
    let first = try await fixture.call("ListFunctions", ["MaxItems": 2]).members
    #expect(first["Functions"]?.listValue?.compactMap { $0["FunctionName"] } == ["a", "b"])
    let marker = try #require(first["NextMarker"])
    let second = try await fixture.call("ListFunctions", ["Marker": marker]).members
    #expect(second["Functions"]?.listValue?.compactMap { $0["FunctionName"] } == ["c"])
    #expect(second["NextMarker"] == nil)
    try await fixture.close()
  }

  @Test func policiesAndTags() async throws {
    let fixture = try Fixture()
    _ = try await fixture.call("CreateFunction", members("f"))
    let target: PropertyObject = ["FunctionName": "f"]
    #expect(
      await code { _ = try await fixture.call("GetPolicy", target) }
        == "ResourceNotFoundException 404")
    let permission: PropertyObject = [
      "FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction",
      "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b",
    ]
    _ = try await fixture.call("AddPermission", permission)
    #expect(
      await code { _ = try await fixture.call("AddPermission", permission) }
        == "ResourceConflictException 409")
    let policy = try await fixture.call("GetPolicy", target).members["Policy"]?.stringValue
    let tree = try JSONReader.read(try #require(policy))
    #expect(tree["Statement"]?.listValue?.first?["Principal"] == ["Service": "s3.amazonaws.com"])
    _ = try await fixture.call("RemovePermission", ["FunctionName": "f", "StatementId": "s"])
    let arn: PropertyValue = "arn:aws:lambda:eu-west-1:111122223333:function:f"
    _ = try await fixture.call("TagResource", ["Resource": arn, "Tags": ["k": "v", "l": "w"]])
    _ = try await fixture.call("UntagResource", ["Resource": arn, "TagKeys": ["k"]])
    #expect(try await fixture.call("ListTags", ["Resource": arn]).members == ["Tags": ["l": "w"]])
    try await fixture.close()
  }

  @Test func templatesAreCheckedBeforeAnythingIsMade() async throws {
    let fixture = try Fixture()
    let handler = try #require(fixture.service.resources.first as? FunctionResource)
    func issues(_ more: PropertyObject) -> [String] {
      var properties: PropertyObject = [
        "Runtime": "nodejs20.x", "Handler": "index.handler",
        "Role": "arn:aws:iam::111122223333:role/r", "Code": ["ZipFile": "x"],
      ]
      for (key, value) in more { properties[key] = value }
      return handler.check(.object(properties)).map { "\($0.code.rawValue) \($0.path)" }
    }
    #expect(issues([:]) == [])
    #expect(issues(["Runtime": "nodejs12.x"]) == ["LT3101 Runtime"])
    #expect(issues(["Runtime": "ruby3.3"]).contains("LT3009 Runtime"))
    #expect(issues(["Runtime": "nodejs1"]).contains("LT3007 Runtime"))
    #expect(issues(["Handler": "handler"]) == ["LT3007 Handler"])
    #expect(issues(["Handler": "app.handler"]) == ["LT3007 Handler"])
    #expect(issues(["Timeout": 901]) == ["LT3007 Timeout"])
    #expect(issues(["Code": ["S3Bucket": "b"]]) == ["LT3005 Code"])
    #expect(issues(["PackageType": "Image"]) == ["LT3009 PackageType"])
    try await fixture.close()
  }
}

extension OperationTests {
  @Test func aTemplatesPermissionIsAStatementOfThePolicy() async throws {
    let fixture = try Fixture()
    try await fixture.deploy("f", runtime: "python3.11", "def handler(e, c): pass")
    let handler = try #require(
      fixture.service.resources.first { $0.schema.type == "AWS::Lambda::Permission" })
    let request = ResourceRequest(
      environment: StackEnvironment(scope: fixture.scope, stackName: "s", stackID: "arn"),
      logicalID: "P", physicalID: "s-P-1",
      properties: [
        "Action": "lambda:InvokeFunction", "Principal": "*",
        "FunctionName": "arn:aws:lambda:eu-west-1:111122223333:function:f",
      ], now: fixture.clock.now)
    try await fixture.database.write { try handler.create(request, in: $0) }
    #expect(try fixture.database.read { try handler.exists(request, in: $0) })
    let policy = try await fixture.call("GetPolicy", ["FunctionName": "f"]).members["Policy"]
    let text = try #require(policy?.stringValue)
    #expect(try JSONReader.read(text)["Statement"]?.listValue?.first?["Sid"] == "s-P-1")
    try await fixture.database.write { try handler.delete(request, in: $0) }
    try await fixture.database.write { try handler.delete(request, in: $0) }
    #expect(try fixture.database.read { try !handler.exists(request, in: $0) })
    try await fixture.close()
  }
}
