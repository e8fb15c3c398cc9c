import AWSModel
import Effects
import PropertyTree
import Testing

@testable import IAM

/// Roles of services, providers of identities, and an account's own settings and counts.
@Suite struct AccountTests {
  @Test func everyRoleOfAServiceHasAPolicyOfAWS() {
    #expect(IAMServiceLinkedRole.all.count > 30)
    for linked in IAMServiceLinkedRole.all {
      #expect(AWSManagedPolicies.entry(linked.policyARN) != nil, "\(linked.policyARN)")
    }
  }

  @Test func everyDocumentOfAWSIsThereAndValid() throws {
    for entry in AWSManagedPolicies.all().enumerated().filter({ $0.offset.isMultiple(of: 61) }) {
      let document = try AWSManagedPolicies.document(of: entry.element)
      try IAMPolicyDocument.check(document, .identity)
      #expect(AWSManagedPolicies.entry(entry.element.arn) == entry.element)
    }
  }

  @Test func aServicesRoleIsAWSsToChange() async throws {
    let iam = try IAMBench()
    let made = try await iam.call(
      "CreateServiceLinkedRole",
      ["AWSServiceName": "autoscaling.amazonaws.com", "Description": "scales"])["Role"]
    #expect(
      made?["Arn"]
        == .string(
          "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/"
            + "AWSServiceRoleForAutoScaling"))
    let name: PropertyObject = ["RoleName": "AWSServiceRoleForAutoScaling"]
    #expect(
      try await iam.fault(
        "CreateServiceLinkedRole", ["AWSServiceName": "autoscaling.amazonaws.com"]
      ).message
        == "Service role name AWSServiceRoleForAutoScaling has been taken in this account, please "
        + "try a different suffix.")
    #expect(
      try await iam.fault(
        "CreateServiceLinkedRole",
        ["AWSServiceName": "ecs.amazonaws.com", "CustomSuffix": "x"]
      ).code == "InvalidInput")
    #expect(
      try await iam.fault(
        "CreateServiceLinkedRole", ["AWSServiceName": "none.amazonaws.com"]
      ).code == "UnsupportedOperation")
    for (operation, more) in [
      ("DeleteRole", [:]), ("AttachRolePolicy", ["PolicyArn": .string(IAMBench.logs)]),
      ("PutRolePolicy", ["PolicyName": "p", "PolicyDocument": .string(IAMBench.grant)]),
      ("UpdateAssumeRolePolicy", ["PolicyDocument": .string(IAMBench.trust)]),
    ] as [(String, PropertyObject)] {
      var input = name
      for (key, value) in more { input[key] = value }
      #expect(try await iam.fault(operation, input).code == "UnmodifiableEntity", "\(operation)")
    }
    let task = try await iam.call("DeleteServiceLinkedRole", name)["DeletionTaskId"]
    #expect(
      task?.stringValue?.hasPrefix("task/aws-service-role/autoscaling.amazonaws.com/") == true)
    let restarted = try iam.restarted()
    #expect(
      try await restarted.call(
        "GetServiceLinkedRoleDeletionStatus", ["DeletionTaskId": task ?? .null])["Status"]
        == "SUCCEEDED")
    #expect(try await restarted.fault("GetRole", name).code == "NoSuchEntity")
    try restarted.end()
  }

  @Test func providersOfIdentities() async throws {
    let iam = try IAMBench()
    let made = try await iam.call(
      "CreateOpenIDConnectProvider",
      [
        "Url": "https://id.example.com/main", "ClientIDList": ["app"],
        "ThumbprintList": [.string(String(repeating: "A", count: 40))],
      ])
    let arn = try #require(made["OpenIDConnectProviderArn"])
    #expect(arn == "arn:aws:iam::111122223333:oidc-provider/id.example.com/main")
    for (url, code) in [
      ("https://id.example.com/main", "EntityAlreadyExists"), ("http://a.com", "ValidationError"),
      ("https:///x", "ValidationError"), ("https://a.com/?x", "ValidationError"),
    ] {
      #expect(
        try await iam.fault("CreateOpenIDConnectProvider", ["Url": .string(url)]).code == code)
    }
    try await iam.call(
      "AddClientIDToOpenIDConnectProvider",
      ["OpenIDConnectProviderArn": arn, "ClientID": "second"])
    try await iam.call(
      "RemoveClientIDFromOpenIDConnectProvider",
      ["OpenIDConnectProviderArn": arn, "ClientID": "app"])
    try await iam.call(
      "TagOpenIDConnectProvider",
      ["OpenIDConnectProviderArn": arn, "Tags": [["Key": "k", "Value": "v"]]])
    let shown = try await iam.call("GetOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn])
    #expect(shown["Url"] == "id.example.com/main" && shown["ClientIDList"] == ["second"])
    #expect(shown["ThumbprintList"] == [.string(String(repeating: "a", count: 40))])
    #expect(shown["Tags"] == [["Key": "k", "Value": "v"]])
    for _ in 0..<2 {
      try await iam.call("DeleteOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn])
    }
    #expect(
      try await iam.fault("GetOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]).code
        == "NoSuchEntity")
    try iam.end()
  }

  @Test func countsAreTrue() async throws {
    let iam = try IAMBench()
    func counts() async throws -> [PropertyValue?] {
      let map = try await iam.call("GetAccountSummary", [:])["SummaryMap"]
      return ["Users", "Groups", "Roles", "Policies", "PolicyVersionsInUse", "Providers"]
        .map { map?[$0] }
    }
    #expect(try await counts() == [0, 0, 0, 0, 0, 0])
    try await iam.role("r")
    try await iam.call("CreateUser", ["UserName": "u"])
    try await iam.call("CreateGroup", ["GroupName": "g"])
    try await iam.call(
      "CreatePolicy", ["PolicyName": "p", "PolicyDocument": .string(IAMBench.grant)])
    try await iam.call(
      "CreatePolicyVersion",
      [
        "PolicyArn": "arn:aws:iam::111122223333:policy/p",
        "PolicyDocument": .string(IAMBench.grant),
      ])
    try await iam.call("CreateOpenIDConnectProvider", ["Url": "https://id.example.com"])
    #expect(try await counts() == [1, 1, 1, 1, 2, 1])
    try await iam.call("CreateAccountAlias", ["AccountAlias": "leat"])
    try await iam.call("CreateAccountAlias", ["AccountAlias": "team"])
    #expect(try await iam.call("ListAccountAliases", [:])["AccountAliases"] == ["team"])
    #expect(
      try await iam.fault("DeleteAccountAlias", ["AccountAlias": "leat"]).code == "NoSuchEntity")
    try iam.end()
  }

  @Test func idsOfKeysHoldTheirAccount() {
    for account in ["000000000000", "111122223333", "999999999999"] {
      let id = AccessKeyID.make("AKIA", AccountID(account), SeededRandomSource(seed: account))
      #expect(id.count == 20 && AccessKeyID.account(in: id)?.text == account)
    }
    // https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
    #expect(AccessKeyID.account(in: "ASIAY34FZKBOKMUTVV7A")?.text == "609629065308")
    #expect(AccessKeyID.account(in: "AKIAIOSFODNN7EXAMPLE") == nil)
    #expect(AccessKeyID.account(in: "test") == nil)
  }

  @Test func contextKeysOfPolicies() async throws {
    let iam = try IAMBench()
    let document = """
      {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",\
      "Resource":"arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/team, 'none'}/${*}",\
      "Condition":{"StringLike":{"s3:prefix":["${AWS:UserName}/*"]},"Bool":{"aws:MFA":"true"}}}}
      """
    try await iam.role("r")
    try await iam.call(
      "PutRolePolicy",
      ["RoleName": "r", "PolicyName": "p", "PolicyDocument": .string(document)])
    let expected: PropertyValue = ["s3:prefix", "aws:MFA", "aws:username", "aws:PrincipalTag/team"]
    #expect(
      try await iam.call("GetContextKeysForCustomPolicy", ["PolicyInputList": [.string(document)]])[
        "ContextKeyNames"] == expected)
    #expect(
      try await iam.call(
        "GetContextKeysForPrincipalPolicy",
        ["PolicySourceArn": "arn:aws:iam::111122223333:role/r"])["ContextKeyNames"] == expected)
    #expect(
      try await iam.fault("GetContextKeysForCustomPolicy", ["PolicyInputList": ["x"]]).code
        == "InvalidInput")
    try iam.end()
  }
}
