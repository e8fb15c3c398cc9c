import AWSModel
import Effects
import PropertyTree
import Testing

/// Roles: made, shown, listed, changed, removed.
@Suite struct RoleTests {
  @Test func aRoleIsShownAsItWasMade() async throws {
    let iam = try IAMBench()
    let made = try await iam.role(
      "worker",
      [
        "Path": "/jobs/", "Description": "runs jobs", "MaxSessionDuration": 7200,
        "Tags": [["Key": "team", "Value": "data"]],
      ])
    #expect(made["Arn"] == "arn:aws:iam::111122223333:role/jobs/worker")
    #expect(made["RoleId"]?.stringValue?.hasPrefix("AROA") == true)
    #expect(made["RoleId"]?.stringValue?.count == 21)
    #expect(made["CreateDate"] == "2026-11-21T00:00:00.000Z")
    #expect(made["MaxSessionDuration"] == 7200)
    #expect(made["Tags"] == [["Key": "team", "Value": "data"]])
    let document = try #require(made["AssumeRolePolicyDocument"]?.stringValue)
    #expect(document.hasPrefix("%7B%22Version%22%3A%222012-10-17%22"))
    #expect(try await iam.call("GetRole", ["RoleName": "worker"])["Role"] == made)
    try iam.end()
  }

  @Test func accountsHaveRolesOfTheirOwn() async throws {
    let iam = try IAMBench()
    let mine = try await iam.role("same")
    let theirs = try await iam.role("same", account: "999900001111")
    #expect(theirs["Arn"] == "arn:aws:iam::999900001111:role/same")
    #expect(mine["RoleId"] != theirs["RoleId"])
    try await iam.call("DeleteRole", ["RoleName": "same"], account: "999900001111")
    #expect(try await iam.call("GetRole", ["RoleName": "same"])["Role"] == mine)
    try iam.end()
  }

  static let faults: [(PropertyObject, String, Int)] = [
    (["RoleName": "taken"], "EntityAlreadyExists", 409),
    (["RoleName": ""], "ValidationError", 400),
    (["RoleName": .string(String(repeating: "r", count: 65))], "ValidationError", 400),
    (["RoleName": "a b"], "ValidationError", 400),
    (["Path": "jobs/"], "ValidationError", 400),
    (["Path": "/jobs"], "ValidationError", 400),
    (["Path": "/jo bs/"], "ValidationError", 400),
    (["MaxSessionDuration": 3599], "ValidationError", 400),
    (["MaxSessionDuration": 43_201], "ValidationError", 400),
    (["Tags": [["Key": "", "Value": "v"]]], "ValidationError", 400),
    (
      ["Tags": [["Key": "A", "Value": "v"], ["Key": "a", "Value": "v"]]], "InvalidInput", 400
    ),
    (
      ["Tags": .list((0..<51).map { ["Key": .string("k\($0)"), "Value": ""] })],
      "ValidationError", 400
    ),
    (["AssumeRolePolicyDocument": "{"], "MalformedPolicyDocument", 400),
  ]

  @Test(arguments: faults.indices) func faultsOfCreateRole(_ index: Int) async throws {
    let iam = try IAMBench()
    try await iam.role("taken")
    let (wrong, code, status) = Self.faults[index]
    var input: PropertyObject = [
      "RoleName": "new", "AssumeRolePolicyDocument": .string(IAMBench.trust),
    ]
    for (key, value) in wrong { input[key] = value }
    let fault = try await iam.fault("CreateRole", input)
    #expect(fault.code == code && fault.status == status, "\(fault)")
    #expect(try await iam.pages("ListRoles", "Roles", "RoleName", limit: 10) == [["taken"]])
    try iam.end()
  }

  @Test func rolesAreListedInPages() async throws {
    let iam = try IAMBench()
    let names = (0..<7).map { "role-\($0)" }
    for name in names.shuffled() {
      try await iam.role(name, ["Path": name.hasSuffix("3") ? "/a/b/" : "/a/"])
    }
    let pages = try await iam.pages("ListRoles", "Roles", "RoleName", limit: 3)
    #expect(pages == [Array(names[..<3]), Array(names[3..<6]), Array(names[6...])])
    #expect(
      try await iam.pages("ListRoles", "Roles", "RoleName", limit: 3, ["PathPrefix": "/a/b/"])
        == [["role-3"]])
    #expect(try await iam.fault("ListRoles", ["MaxItems": 0]).code == "ValidationError")
    #expect(try await iam.fault("ListRoles", ["MaxItems": 1001]).code == "ValidationError")
    try iam.end()
  }

  @Test func changesOfARole() async throws {
    let iam = try IAMBench()
    try await iam.role("r", ["Description": "one"])
    try await iam.call("UpdateRole", ["RoleName": "r", "MaxSessionDuration": 3601])
    try await iam.call("UpdateRoleDescription", ["RoleName": "r", "Description": "two"])
    let other = IAMBench.trust.replacing("lambda", with: "firehose")
    try await iam.call(
      "UpdateAssumeRolePolicy", ["RoleName": "r", "PolicyDocument": .string(other)])
    let role = try await iam.call("GetRole", ["RoleName": "r"])["Role"]
    #expect(role?["Description"] == "two" && role?["MaxSessionDuration"] == 3601)
    #expect(role?["AssumeRolePolicyDocument"]?.stringValue?.contains("firehose") == true)
    for (name, more) in [
      ("UpdateRole", ["MaxSessionDuration": 1]),
      ("UpdateAssumeRolePolicy", ["PolicyDocument": .string(IAMBench.grant)]),
    ] as [(String, PropertyObject)] {
      var input = more
      input["RoleName"] = "r"
      #expect(try await iam.fault(name, input).status == 400)
    }
    #expect(try await iam.call("GetRole", ["RoleName": "r"])["Role"] == role)
    try iam.end()
  }

  @Test func operationsOnARoleThatIsMissing() async throws {
    let iam = try IAMBench()
    let inputs: [(String, PropertyObject)] = [
      ("GetRole", [:]), ("DeleteRole", [:]), ("UpdateRole", ["Description": "d"]),
      ("UpdateRoleDescription", ["Description": "d"]),
      ("UpdateAssumeRolePolicy", ["PolicyDocument": .string(IAMBench.trust)]),
      ("PutRolePolicy", ["PolicyName": "p", "PolicyDocument": .string(IAMBench.grant)]),
      ("GetRolePolicy", ["PolicyName": "p"]), ("ListRolePolicies", [:]),
      ("DeleteRolePolicy", ["PolicyName": "p"]),
      ("AttachRolePolicy", ["PolicyArn": .string(IAMBench.logs)]),
      ("DetachRolePolicy", ["PolicyArn": .string(IAMBench.logs)]),
      ("ListAttachedRolePolicies", [:]), ("ListInstanceProfilesForRole", [:]),
      ("TagRole", ["Tags": []]), ("UntagRole", ["TagKeys": []]), ("ListRoleTags", [:]),
    ]
    for (name, more) in inputs {
      var input = more
      input["RoleName"] = "nobody"
      let fault = try await iam.fault(name, input)
      #expect(fault.code == "NoSuchEntity" && fault.status == 404, "\(name): \(fault)")
      #expect(fault.message == "The role with name nobody cannot be found.")
    }
    try iam.end()
  }

  @Test func tagsKeepTheNewestSpelling() async throws {
    let iam = try IAMBench()
    try await iam.role("r", ["Tags": [["Key": "Team", "Value": "a"]]])
    try await iam.call(
      "TagRole",
      ["RoleName": "r", "Tags": [["Key": "team", "Value": "b"], ["Key": "cost", "Value": ""]]])
    #expect(
      try await iam.pages("ListRoleTags", "Tags", "Key", limit: 1, ["RoleName": "r"])
        == [["cost"], ["team"]])
    try await iam.call("UntagRole", ["RoleName": "r", "TagKeys": ["TEAM", "none"]])
    #expect(
      try await iam.call("ListRoleTags", ["RoleName": "r"])["Tags"]
        == [["Key": "cost", "Value": ""]])
    let many = PropertyValue.list((0..<50).map { ["Key": .string("k\($0)"), "Value": ""] })
    #expect(
      try await iam.fault("TagRole", ["RoleName": "r", "Tags": many]).code == "LimitExceeded")
    try iam.end()
  }

  @Test func everythingOutlivesARestart() async throws {
    let first = try IAMBench()
    let role = try await first.role("r", ["Tags": [["Key": "k", "Value": "v"]]])
    try await first.call(
      "PutRolePolicy",
      ["RoleName": "r", "PolicyName": "p", "PolicyDocument": .string(IAMBench.grant)])
    try await first.call(
      "AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(IAMBench.logs)])
    let policy = try await first.call("GetRolePolicy", ["RoleName": "r", "PolicyName": "p"])
    let iam = try first.restarted()
    #expect(try await iam.call("GetRole", ["RoleName": "r"])["Role"] == role)
    #expect(
      try await iam.call("GetRolePolicy", ["RoleName": "r", "PolicyName": "p"]) == policy)
    #expect(
      try await iam.pages(
        "ListAttachedRolePolicies", "AttachedPolicies", "PolicyArn", limit: 5, ["RoleName": "r"])
        == [[IAMBench.logs]])
    try iam.end()
  }
}
