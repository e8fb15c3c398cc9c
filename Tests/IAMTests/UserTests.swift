import AWSModel
import Effects
import PropertyTree
import ServiceKit
import Testing

/// Users with their keys and passwords, groups and instance profiles.
@Suite struct UserTests {
  private func bench() async throws -> IAMBench {
    let iam = try IAMBench()
    try await iam.call(
      "CreateUser", ["UserName": "ann", "Path": "/staff/", "Tags": [["Key": "k", "Value": "v"]]])
    try await iam.call("CreateGroup", ["GroupName": "team", "Path": "/all/"])
    return iam
  }

  @Test func aUserIsShownRenamedAndDeleted() async throws {
    let iam = try await bench()
    let user = try await iam.call("GetUser", ["UserName": "ann"])["User"]
    #expect(user?["Arn"] == "arn:aws:iam::111122223333:user/staff/ann")
    #expect(user?["UserId"]?.stringValue?.hasPrefix("AIDA") == true)
    #expect(user?["Tags"] == [["Key": "k", "Value": "v"]])
    try await iam.call(
      "UpdateUser", ["UserName": "ann", "NewUserName": "anna", "NewPath": "/"])
    let renamed = try await iam.call("GetUser", ["UserName": "anna"])["User"]
    #expect(renamed?["Arn"] == "arn:aws:iam::111122223333:user/anna")
    #expect(renamed?["UserId"] == user?["UserId"])
    let gone = try await iam.fault("GetUser", ["UserName": "ann"])
    #expect(gone.message == "The user with name ann cannot be found." && gone.status == 404)
    try await iam.call("CreateUser", ["UserName": "bob"])
    let taken = try await iam.fault("UpdateUser", ["UserName": "bob", "NewUserName": "anna"])
    #expect(taken.code == "EntityAlreadyExists" && taken.status == 409)
    #expect(try await iam.pages("ListUsers", "Users", "UserName", limit: 1) == [["anna"], ["bob"]])
    try await iam.call("DeleteUser", ["UserName": "bob"])
    #expect(try await iam.call("GetUser", [:])["User"]?["Arn"] == "arn:aws:iam::111122223333:root")
    try iam.end()
  }

  @Test func whatAUserHasKeepsItFromBeingDeleted() async throws {
    let iam = try await bench()
    let user: PropertyObject = ["UserName": "ann"]
    let policy = PropertyValue.string(IAMBench.grant)
    let steps: [(String, PropertyObject, String, PropertyObject, String)] = [
      (
        "AttachUserPolicy", ["PolicyArn": .string(IAMBench.logs)], "DetachUserPolicy",
        ["PolicyArn": .string(IAMBench.logs)], "must detach all policies first."
      ),
      (
        "PutUserPolicy", ["PolicyName": "p", "PolicyDocument": policy], "DeleteUserPolicy",
        ["PolicyName": "p"], "must delete policies first."
      ),
      (
        "AddUserToGroup", ["GroupName": "team"], "RemoveUserFromGroup", ["GroupName": "team"],
        "must remove users from group first."
      ),
      (
        "CreateLoginProfile", ["Password": "Secret-1234"], "DeleteLoginProfile", [:],
        "must delete login profile first."
      ),
    ]
    for (add, more, remove, less, sentence) in steps {
      func with(_ members: PropertyObject) -> PropertyObject {
        var all = user
        for (key, value) in members { all[key] = value }
        return all
      }
      try await iam.call(add, with(more))
      let fault = try await iam.fault("DeleteUser", user)
      #expect(fault.code == "DeleteConflict" && fault.status == 409)
      #expect(fault.message == "Cannot delete entity, \(sentence)")
      try await iam.call(remove, with(less))
    }
    try await iam.call("DeleteUser", user)
    try iam.end()
  }

  @Test func groupsAndTheirMembers() async throws {
    let iam = try await bench()
    let pair: PropertyObject = ["GroupName": "team", "UserName": "ann"]
    for _ in 0..<2 { try await iam.call("AddUserToGroup", pair) }
    let group = try await iam.call("GetGroup", ["GroupName": "team"])
    #expect(group["Group"]?["Arn"] == "arn:aws:iam::111122223333:group/all/team")
    #expect(group["Users"]?.listValue?.map { $0["UserName"] } == ["ann"])
    let held = try await iam.fault("DeleteGroup", ["GroupName": "team"])
    #expect(held.message == "Cannot delete entity, must remove users from group first.")
    try await iam.call("UpdateGroup", ["GroupName": "team", "NewGroupName": "crew"])
    #expect(
      try await iam.pages(
        "ListGroupsForUser", "Groups", "GroupName", limit: 5, ["UserName": "ann"]) == [["crew"]])
    for index in 1..<10 {
      try await iam.call("CreateGroup", ["GroupName": .string("g\(index)")])
      try await iam.call(
        "AddUserToGroup", ["GroupName": .string("g\(index)"), "UserName": "ann"])
    }
    try await iam.call("CreateGroup", ["GroupName": "last"])
    let full = try await iam.fault("AddUserToGroup", ["GroupName": "last", "UserName": "ann"])
    #expect(full.code == "LimitExceeded")
    #expect(full.message == "Cannot exceed quota for GroupsPerUser: 10")
    try await iam.call("RemoveUserFromGroup", ["GroupName": "crew", "UserName": "ann"])
    try await iam.call("DeleteGroup", ["GroupName": "crew"])
    try iam.end()
  }

  @Test func twoKeysWhoseSecretsAreShownOnce() async throws {
    let iam = try await bench()
    let key = try await iam.call("CreateAccessKey", ["UserName": "ann"])["AccessKey"]
    let id = try #require(key?["AccessKeyId"]?.stringValue)
    let secret = try #require(key?["SecretAccessKey"]?.stringValue)
    #expect(id.hasPrefix("AKIA") && id.count == 20 && secret.count == 40)
    #expect(AccessKeyID.account(in: id)?.text == "111122223333")
    try await iam.call("CreateAccessKey", ["UserName": "ann"])
    let full = try await iam.fault("CreateAccessKey", ["UserName": "ann"])
    #expect(full.message == "Cannot exceed quota for AccessKeysPerUser: 2")
    let listed = try await iam.call("ListAccessKeys", ["UserName": "ann"])["AccessKeyMetadata"]
    #expect(listed?.listValue?.count == 2)
    #expect(listed?.listValue?.allSatisfy { $0["SecretAccessKey"] == nil } == true)
    let input: PropertyObject = ["UserName": "ann", "AccessKeyId": .string(id)]
    var off = input
    off["Status"] = "Inactive"
    try await iam.call("UpdateAccessKey", off)
    #expect(iam.service.key(id) == UserKey(account: AccountID("111122223333"), isActive: false))
    let use = AccessKeyUse(service: "s3", region: "eu-west-1", moment: TestMoment.noon)
    #expect(try await iam.lastUse(id)["ServiceName"] == "N/A")
    iam.service.noteUse(ofKey: id, use)
    #expect(try await iam.lastUse(id)["ServiceName"] == "s3")
    await iam.service.stop()
    let restarted = try iam.restarted()
    try await restarted.service.start()
    #expect(try await restarted.lastUse(id)["LastUsedDate"] == .string(TestMoment.noon.iso8601))
    #expect(restarted.service.key(id)?.isActive == false)
    #expect(try restarted.secret(id) == secret)
    try await restarted.call("DeleteAccessKey", input)
    #expect(restarted.service.key(id) == nil)
    let gone = try await restarted.fault("DeleteAccessKey", input)
    #expect(gone.message == "The Access Key with id \(id) cannot be found.")
    try restarted.end()
  }

  @Test func passwordsKeepTheAccountsRules() async throws {
    let iam = try await bench()
    func fault(_ password: String) async throws -> String {
      try await iam.fault(
        "CreateLoginProfile", ["UserName": "ann", "Password": .string(password)]
      ).message
    }
    #expect(try await fault("Ab1-") == "Password should have a minimum length of 8")
    #expect(try await fault("abcdefghi").contains("at least three of"))
    #expect(
      try await iam.fault("GetAccountPasswordPolicy", [:]).message
        == "The Password Policy with domain name 111122223333 cannot be found.")
    try await iam.call(
      "UpdateAccountPasswordPolicy",
      [
        "MinimumPasswordLength": 10, "RequireSymbols": true, "MaxPasswordAge": 90,
        "PasswordReusePrevention": 2,
      ])
    let policy = try await iam.call("GetAccountPasswordPolicy", [:])["PasswordPolicy"]
    #expect(policy?["MinimumPasswordLength"] == 10 && policy?["ExpirePasswords"] == true)
    #expect(policy?["AllowUsersToChangePassword"] == false)
    #expect(try await fault("abcdefghij") == "Password should have at least one symbol")
    try await iam.call("CreateLoginProfile", ["UserName": "ann", "Password": "first-password"])
    func change(_ password: String) -> PropertyObject {
      ["UserName": "ann", "Password": .string(password), "PasswordResetRequired": true]
    }
    try await iam.call("UpdateLoginProfile", change("second-password"))
    #expect(
      try await iam.fault("UpdateLoginProfile", change("first-password")).code
        == "PasswordPolicyViolation")
    try await iam.call("UpdateLoginProfile", change("third-password"))
    try await iam.call("UpdateLoginProfile", change("first-password"))
    let login = try await iam.call("GetLoginProfile", ["UserName": "ann"])["LoginProfile"]
    #expect(login?["PasswordResetRequired"] == true)
    try await iam.call("DeleteAccountPasswordPolicy", [:])
    #expect(try await iam.fault("DeleteAccountPasswordPolicy", [:]).code == "NoSuchEntity")
    try iam.end()
  }

  @Test func anInstanceProfileHoldsOneRole() async throws {
    let iam = try await bench()
    for name in ["a", "b"] { try await iam.role(name) }
    try await iam.call(
      "CreateInstanceProfile",
      ["InstanceProfileName": "box", "Path": "/x/", "Tags": [["Key": "k", "Value": "v"]]])
    func pair(_ role: String) -> PropertyObject {
      ["InstanceProfileName": "box", "RoleName": .string(role)]
    }
    try await iam.call("AddRoleToInstanceProfile", pair("a"))
    #expect(
      try await iam.fault("AddRoleToInstanceProfile", pair("b")).message
        == "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    let shown = try await iam.call("GetInstanceProfile", ["InstanceProfileName": "box"])[
      "InstanceProfile"]
    #expect(shown?["Arn"] == "arn:aws:iam::111122223333:instance-profile/x/box")
    #expect(shown?["Roles"]?.listValue?.map { $0["RoleName"] } == ["a"])
    for (name, input) in [
      ("DeleteRole", ["RoleName": "a"]),
      ("DeleteInstanceProfile", ["InstanceProfileName": "box"]),
    ] as [(String, PropertyObject)] {
      #expect(
        try await iam.fault(name, input).message
          == "Cannot delete entity, must remove roles from instance profile first.")
    }
    #expect(
      try await iam.pages(
        "ListInstanceProfilesForRole", "InstanceProfiles", "InstanceProfileName", limit: 5,
        ["RoleName": "a"]) == [["box"]])
    try await iam.call("RemoveRoleFromInstanceProfile", pair("a"))
    try await iam.call("DeleteInstanceProfile", ["InstanceProfileName": "box"])
    try await iam.call("DeleteRole", ["RoleName": "a"])
    try iam.end()
  }

  @Test func boundariesAndQuotas() async throws {
    let iam = try await bench()
    let mine = "arn:aws:iam::111122223333:policy/edge"
    let bounded: PropertyObject = ["UserName": "ann", "PermissionsBoundary": .string(mine)]
    #expect(
      try await iam.fault("PutUserPermissionsBoundary", bounded).message
        == "Scope ARN: \(mine) does not exist or is not attachable.")
    try await iam.call(
      "CreatePolicy", ["PolicyName": "edge", "PolicyDocument": .string(IAMBench.grant)])
    try await iam.call("PutUserPermissionsBoundary", bounded)
    #expect(
      try await iam.call("GetUser", ["UserName": "ann"])["User"]?["PermissionsBoundary"]
        == ["PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": .string(mine)])
    let policy = try await iam.call("GetPolicy", ["PolicyArn": .string(mine)])["Policy"]
    #expect(policy?["PermissionsBoundaryUsageCount"] == 1 && policy?["AttachmentCount"] == 0)
    #expect(
      try await iam.fault("DeletePolicy", ["PolicyArn": .string(mine)]).code == "DeleteConflict")
    try await iam.call("DeleteUserPermissionsBoundary", ["UserName": "ann"])
    for index in 0..<10 {
      try await iam.call(
        "CreatePolicy",
        ["PolicyName": .string("p\(index)"), "PolicyDocument": .string(IAMBench.grant)])
      try await iam.call(
        "AttachGroupPolicy",
        [
          "GroupName": "team",
          "PolicyArn": .string("arn:aws:iam::111122223333:policy/p\(index)"),
        ])
    }
    #expect(
      try await iam.fault(
        "AttachGroupPolicy", ["GroupName": "team", "PolicyArn": .string(mine)]
      ).message == "Cannot exceed quota for PoliciesPerGroup: 10")
    let long = IAMBench.grant.replacing("bucket", with: String(repeating: "b", count: 2000))
    #expect(
      try await iam.fault(
        "PutUserPolicy",
        ["UserName": "ann", "PolicyName": "p", "PolicyDocument": .string(long)]
      ).message == "Maximum policy size of 2048 bytes exceeded for user ann")
    try await iam.call(
      "PutGroupPolicy",
      ["GroupName": "team", "PolicyName": "p", "PolicyDocument": .string(long)])
    try iam.end()
  }
}

enum TestMoment {
  static let noon = Timestamp(year: 2026, month: 11, day: 21, hour: 12, minute: 0, second: 0)
}
