import AWSModel
import PropertyTree
import Testing

/// Managed policies of an account: documents in versions, and the roles that have them.
@Suite struct ManagedPolicyTests {
  private static let arn = "arn:aws:iam::111122223333:policy/team/reads"
  private static let denial = IAMBench.grant.replacing("Allow", with: "Deny")

  private func bench() async throws -> IAMBench {
    let iam = try IAMBench()
    try await iam.call(
      "CreatePolicy",
      [
        "PolicyName": "reads", "Path": "/team/", "PolicyDocument": .string(IAMBench.grant),
        "Description": "reads a bucket", "Tags": [["Key": "k", "Value": "v"]],
      ])
    return iam
  }

  private func policy(_ iam: IAMBench) async throws -> PropertyValue {
    try await iam.call("GetPolicy", ["PolicyArn": .string(Self.arn)])["Policy"] ?? .null
  }

  @Test func aPolicyIsShownAsItWasMade() async throws {
    let iam = try await bench()
    let shown = try await policy(iam)
    #expect(shown["Arn"] == .string(Self.arn) && shown["PolicyName"] == "reads")
    #expect(shown["Path"] == "/team/" && shown["DefaultVersionId"] == "v1")
    #expect(shown["PolicyId"]?.stringValue?.hasPrefix("ANPA") == true)
    #expect(shown["AttachmentCount"] == 0 && shown["IsAttachable"] == true)
    #expect(shown["Description"] == "reads a bucket")
    #expect(shown["Tags"] == [["Key": "k", "Value": "v"]])
    let version = try await iam.call(
      "GetPolicyVersion", ["PolicyArn": .string(Self.arn), "VersionId": "v1"])["PolicyVersion"]
    #expect(version?["IsDefaultVersion"] == true)
    #expect(version?["Document"]?.stringValue?.hasPrefix("%7B%22Version%22") == true)
    let again = try await iam.fault(
      "CreatePolicy", ["PolicyName": "reads", "PolicyDocument": .string(IAMBench.grant)])
    #expect(again.code == "EntityAlreadyExists" && again.status == 409)
    #expect(
      again.message == "A policy called reads already exists. Duplicate names are not allowed.")
    let restarted = try iam.restarted()
    #expect(try await policy(restarted) == shown)
    try restarted.end()
  }

  @Test func fiveVersionsAtMostAndOneCounts() async throws {
    let iam = try await bench()
    func add(_ isDefault: Bool) -> PropertyObject {
      [
        "PolicyArn": .string(Self.arn), "PolicyDocument": .string(Self.denial),
        "SetAsDefault": .bool(isDefault),
      ]
    }
    for number in 2...5 {
      let made = try await iam.call("CreatePolicyVersion", add(number == 3))["PolicyVersion"]
      #expect(made?["VersionId"] == .string("v\(number)"))
      #expect(made?["IsDefaultVersion"] == .bool(number == 3))
    }
    #expect(
      try await iam.pages(
        "ListPolicyVersions", "Versions", "VersionId", limit: 2, ["PolicyArn": .string(Self.arn)])
        == [["v5", "v4"], ["v3", "v2"], ["v1"]])
    let full = try await iam.fault("CreatePolicyVersion", add(false))
    #expect(full.code == "LimitExceeded" && full.status == 409)
    func version(_ id: String) -> PropertyObject {
      ["PolicyArn": .string(Self.arn), "VersionId": .string(id)]
    }
    let counting = try await iam.fault("DeletePolicyVersion", version("v3"))
    #expect(counting.code == "DeleteConflict")
    #expect(counting.message == "Cannot delete the default version of a policy.")
    try await iam.call("DeletePolicyVersion", version("v5"))
    #expect(
      try await iam.call("CreatePolicyVersion", add(false))["PolicyVersion"]?["VersionId"] == "v6",
      "a number is never used again")
    try await iam.call("SetDefaultPolicyVersion", version("v1"))
    #expect(try await policy(iam)["DefaultVersionId"] == "v1")
    for name in ["GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"] {
      #expect(try await iam.fault(name, version("v5")).code == "NoSuchEntity", "\(name)")
    }
    let delete: PropertyObject = ["PolicyArn": .string(Self.arn)]
    #expect(try await iam.fault("DeletePolicy", delete).message.contains("more than one version"))
    for id in ["v2", "v3", "v4", "v6"] { try await iam.call("DeletePolicyVersion", version(id)) }
    try await iam.call("DeletePolicy", delete)
    #expect(try await iam.fault("GetPolicy", delete).code == "NoSuchEntity")
    try iam.end()
  }

  @Test func attachedPoliciesStay() async throws {
    let iam = try await bench()
    try await iam.role("r")
    let pair: PropertyObject = ["RoleName": "r", "PolicyArn": .string(Self.arn)]
    try await iam.call("AttachRolePolicy", pair)
    #expect(
      try await iam.call("ListAttachedRolePolicies", ["RoleName": "r"])["AttachedPolicies"]
        == [["PolicyName": "reads", "PolicyArn": .string(Self.arn)]])
    #expect(try await policy(iam)["AttachmentCount"] == 1)
    let entities = try await iam.call("ListEntitiesForPolicy", ["PolicyArn": .string(Self.arn)])
    #expect(entities["PolicyRoles"]?.listValue?.map { $0["RoleName"] } == ["r"])
    #expect(entities["PolicyUsers"] == [] && entities["PolicyGroups"] == [])
    let held = try await iam.fault("DeletePolicy", ["PolicyArn": .string(Self.arn)])
    #expect(held.code == "DeleteConflict" && held.status == 409)
    #expect(held.message == "Cannot delete a policy attached to entities.")
    try await iam.call("DetachRolePolicy", pair)
    try await iam.call("DeletePolicy", ["PolicyArn": .string(Self.arn)])
    let gone = try await iam.fault("AttachRolePolicy", pair)
    #expect(gone.message == "Policy \(Self.arn) does not exist or is not attachable.")
    try iam.end()
  }

  @Test func listsNarrowDown() async throws {
    let iam = try await bench()
    for name in ["a", "b"] {
      try await iam.call(
        "CreatePolicy",
        ["PolicyName": .string(name), "PolicyDocument": .string(IAMBench.grant)])
    }
    try await iam.role("r")
    try await iam.call("AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(Self.arn)])
    let cases: [(PropertyObject, [String])] = [
      (["Scope": "Local"], ["a", "b", "reads"]), (["PathPrefix": "/team/"], ["reads"]),
      (["OnlyAttached": true], ["reads"]),
      (["Scope": "AWS", "PathPrefix": "/root-task/", "OnlyAttached": true], []),
      (["PolicyUsageFilter": "PermissionsBoundary"], []),
      (["PolicyUsageFilter": "PermissionsPolicy"], ["reads"]),
    ]
    for (input, expected) in cases {
      #expect(
        try await iam.pages("ListPolicies", "Policies", "PolicyName", limit: 10, input)
          == [expected], "\(input)")
    }
    #expect(
      try await iam.pages(
        "ListPolicies", "Policies", "PolicyName", limit: 2, ["Scope": "Local"])
        == [["a", "b"], ["reads"]])
    let all = try await iam.pages("ListPolicies", "Policies", "PolicyName", limit: 500)
    #expect(all[0].prefix(3) == ["a", "b", "reads"] && all.count == 4)
    #expect(all.joined().count == 3 + 1582)
    try iam.end()
  }

  @Test func wrongDocumentsAreRefused() async throws {
    let iam = try await bench()
    let long = IAMBench.grant.replacing("bucket", with: String(repeating: "b", count: 6200))
    for (document, code) in [
      ("{", "MalformedPolicyDocument"), (IAMBench.trust, "MalformedPolicyDocument"),
      (long, "LimitExceeded"),
    ] {
      let made = try await iam.fault(
        "CreatePolicy", ["PolicyName": "p", "PolicyDocument": .string(document)])
      #expect(made.code == code)
      let version = try await iam.fault(
        "CreatePolicyVersion",
        ["PolicyArn": .string(Self.arn), "PolicyDocument": .string(document)])
      #expect(version.code == code)
    }
    try iam.end()
  }

  @Test func tagsComeAndGo() async throws {
    let iam = try await bench()
    try await iam.call(
      "TagPolicy",
      [
        "PolicyArn": .string(Self.arn),
        "Tags": [["Key": "K", "Value": "w"], ["Key": "a", "Value": ""]],
      ])
    let tags = try await iam.call("ListPolicyTags", ["PolicyArn": .string(Self.arn)])["Tags"]
    #expect(tags == [["Key": "K", "Value": "w"], ["Key": "a", "Value": ""]])
    try await iam.call("UntagPolicy", ["PolicyArn": .string(Self.arn), "TagKeys": ["k"]])
    #expect(try await policy(iam)["Tags"] == [["Key": "a", "Value": ""]])
    try iam.end()
  }

  /// ARNs of AWS's own policies → version, start of the document.
  static let own: [(String, String?)] = [
    ("AIDevOpsAgentAccessPolicy", "v11"), ("AdministratorAccess", "v1"),
    ("WorkLinkServiceRolePolicy", "v1"), ("aws-service-role/AutoScalingServiceRolePolicy", "v5"),
    ("service-role/AWSLambdaBasicExecutionRole", "v1"), ("AWSLambdaBasicExecutionRole", nil),
    ("ZZZ", nil), ("AAA", nil), ("A", nil), ("root-task/S3UnlockBucketPolicy", "v1"),
  ]

  @Test(arguments: own.indices) func policiesOfAWSAreFacts(_ index: Int) async throws {
    let (path, version) = Self.own[index]
    let iam = try IAMBench()
    let arn = PropertyValue.string("arn:aws:iam::aws:policy/\(path)")
    if let version {
      let policy = try await iam.call("GetPolicy", ["PolicyArn": arn])["Policy"]
      #expect(policy?["Arn"] == arn && policy?["PolicyId"]?.stringValue?.count == 21)
      let id = try #require(policy?["DefaultVersionId"]?.stringValue)
      #expect(id.hasPrefix("v") && (version == "v5" || id == version))
      let shown = try await iam.call(
        "GetPolicyVersion", ["PolicyArn": arn, "VersionId": .string(id)])
      let document = try #require(shown["PolicyVersion"]?["Document"]?.stringValue)
      #expect(document.hasPrefix("%7B%22Statement%22") || document.hasPrefix("%7B%22Version%22"))
      for (name, more) in [
        ("DeletePolicy", [:]), ("TagPolicy", ["Tags": [["Key": "k", "Value": "v"]]]),
        ("CreatePolicyVersion", ["PolicyDocument": .string(IAMBench.grant)]),
      ] as [(String, PropertyObject)] {
        var input = more
        input["PolicyArn"] = arn
        #expect(try await iam.fault(name, input).code == "AccessDenied", "\(name)")
      }
    } else {
      #expect(try await iam.fault("GetPolicy", ["PolicyArn": arn]).code == "NoSuchEntity")
    }
    try iam.end()
  }
}
