import AWSModel
import PropertyTree
import Testing

/// Inline policies, attachments, and the grammar of documents.
@Suite struct PolicyTests {
  @Test func inlinePolicies() async throws {
    let iam = try IAMBench()
    try await iam.role("r")
    for name in ["b", "a", "c"] {
      try await iam.call(
        "PutRolePolicy",
        [
          "RoleName": "r", "PolicyName": .string(name), "PolicyDocument": .string(IAMBench.grant),
        ])
    }
    #expect(
      try await iam.pages(
        "ListRolePolicies", "PolicyNames", nil, limit: 2, ["RoleName": "r"])
        == [["a", "b"], ["c"]])
    let other = IAMBench.grant.replacing("Allow", with: "Deny")
    try await iam.call(
      "PutRolePolicy", ["RoleName": "r", "PolicyName": "a", "PolicyDocument": .string(other)])
    let read = try await iam.call("GetRolePolicy", ["RoleName": "r", "PolicyName": "a"])
    #expect(read["PolicyDocument"]?.stringValue?.contains("Deny") == true)
    try await iam.call("DeleteRolePolicy", ["RoleName": "r", "PolicyName": "a"])
    for name in ["GetRolePolicy", "DeleteRolePolicy"] {
      let fault = try await iam.fault(name, ["RoleName": "r", "PolicyName": "a"])
      #expect(fault.code == "NoSuchEntity")
      #expect(fault.message == "The role policy with name a cannot be found.")
    }
    try iam.end()
  }

  @Test func attachments() async throws {
    let iam = try IAMBench()
    try await iam.role("r")
    let arn = PropertyValue.string(IAMBench.logs)
    for _ in 0..<2 {
      try await iam.call("AttachRolePolicy", ["RoleName": "r", "PolicyArn": arn])
    }
    #expect(
      try await iam.call("ListAttachedRolePolicies", ["RoleName": "r"])["AttachedPolicies"]
        == [["PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": arn]])
    #expect(
      try await iam.call(
        "ListAttachedRolePolicies", ["RoleName": "r", "PathPrefix": "/job-function/"])[
          "AttachedPolicies"] == [])
    for (text, code) in [
      ("arn:aws:iam::111122223333:policy/mine", "NoSuchEntity"), ("policy", "ValidationError"),
      ("arn:aws:s3:::one-of-my-buckets", "InvalidInput"),
      ("arn:aws:iam::aws:policy/", "InvalidInput"),
    ] {
      let fault = try await iam.fault(
        "AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(text)])
      #expect(fault.code == code, "\(text)")
    }
    try await iam.call("DetachRolePolicy", ["RoleName": "r", "PolicyArn": arn])
    #expect(
      try await iam.fault("DetachRolePolicy", ["RoleName": "r", "PolicyArn": arn]).code
        == "NoSuchEntity")
    try iam.end()
  }

  @Test func aRoleWithPoliciesIsNotDeleted() async throws {
    let iam = try IAMBench()
    try await iam.role("r")
    try await iam.call("AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(IAMBench.logs)])
    try await iam.call(
      "PutRolePolicy",
      ["RoleName": "r", "PolicyName": "p", "PolicyDocument": .string(IAMBench.grant)])
    let attached = try await iam.fault("DeleteRole", ["RoleName": "r"])
    #expect(attached.code == "DeleteConflict" && attached.status == 409)
    #expect(attached.message == "Cannot delete entity, must detach all policies first.")
    try await iam.call("DetachRolePolicy", ["RoleName": "r", "PolicyArn": .string(IAMBench.logs)])
    let inline = try await iam.fault("DeleteRole", ["RoleName": "r"])
    #expect(inline.message == "Cannot delete entity, must delete policies first.")
    try await iam.call("DeleteRolePolicy", ["RoleName": "r", "PolicyName": "p"])
    try await iam.call("DeleteRole", ["RoleName": "r"])
    #expect(try await iam.fault("GetRole", ["RoleName": "r"]).code == "NoSuchEntity")
    try iam.end()
  }

  static let allow = #""Effect":"Allow","Action":"s3:*","#

  /// Statements of an identity policy → a part of the fault, nil where it is taken.
  static let statements: [(String, String?)] = [
    ("{\(allow)\"Resource\":\"*\"}", nil),
    (#"{"Effect":"Deny","NotAction":["iam:*"],"NotResource":["arn:aws:s3:::b/*"]}"#, nil),
    ("[{\(allow)\"Resource\":\"*\"},{\(allow)\"Resource\":[\"arn:aws:s3:::b\"]}]", nil),
    ("[]", "no Statement"), ("[7]", "must be an object"),
    ("{\(allow)\"Resource\":\"bucket\"}", "must be in ARN format"),
    ("{\(allow)\"Resource\":\"*\",\"Resources\":\"*\"}", "Resources is not known"),
    ("{\(allow)\"Sid\":\"s\"}", "must contain resources"),
    (#"{"Effect":"Allow","Resource":"*"}"#, "must contain actions"),
    (#"{"Action":"s3:*","Resource":"*"}"#, "Effect Allow or Deny"),
    (#"{"Effect":"allow","Action":"s3:*","Resource":"*"}"#, "Effect Allow or Deny"),
    ("{\(allow)\"Resource\":\"*\",\"Principal\":\"*\"}", "should not specify a principal"),
    ("{\(allow)\"Resource\":\"*\",\"Sid\":\"a b\"}", "must be alpha-numeric"),
    (
      "[{\(allow)\"Resource\":\"*\",\"Sid\":\"a\"},{\(allow)\"Resource\":\"*\",\"Sid\":\"a\"}]",
      "in a single policy must be unique"
    ),
    ("{\(allow)\"Resource\":[]}", "must contain resources"),
    ("{\(allow)\"Resource\":\"arn:awz:s3:::b\"}", "Partition \"awz\" is not valid for resource"),
    ("{\(allow)\"Resource\":\"arn:aws\"}", "vendor must be fully qualified"),
    (
      "{\(allow)\"Resource\":\"arn:aws:iam:eu-west-1:1:role/x\"}",
      "cannot contain region information"
    ),
    ("{\(allow)\"Resource\":\"arn:aws:iam::1:robot/x\"}", "IAM resource path must either be"),
    (#"{"Effect":"Allow","Action":"GetObject","Resource":"*"}"#, "must be prefaced by a vendor"),
    (#"{"Effect":"Allow","Action":"a:b:c","Resource":"*"}"#, "can contain only one colon"),
    (#"{"Effect":"Allow","Action":"s_3:*","Resource":"*"}"#, "Vendor s_3 is not valid"),
    ("{\(allow)\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":true}}}", nil),
    (
      "{\(allow)\"Resource\":\"*\",\"Condition\":{\"ForAnyValue:StringLikeIfExists\":{\"a:b\":[\"x\"]}}}",
      nil
    ),
    (
      "{\(allow)\"Resource\":\"*\",\"Condition\":{\"StringSame\":{\"a:b\":\"x\"}}}",
      "is no condition operator"
    ),
    ("{\(allow)\"Resource\":\"*\",\"Condition\":[]}", "Condition is no object"),
  ]

  @Test(arguments: statements.indices) func identityDocuments(_ index: Int) async throws {
    let (statement, expected) = Self.statements[index]
    try await check(
      "{\"Version\":\"2012-10-17\",\"Statement\":\(statement)}", expected,
      operation: "PutRolePolicy")
  }

  /// Principals of a trust policy → a part of the fault, nil where it is taken.
  static let principals: [(String, String?)] = [
    (#""*""#, nil), (#"{"AWS":"*"}"#, nil), (#"{"AWS":"111122223333"}"#, nil),
    (#"{"AWS":["arn:aws:iam::111122223333:root","AIDAABCDEFGHIJKLMNOP"]}"#, nil),
    (#"{"Service":["a.amazonaws.com","b.amazonaws.com"]}"#, nil),
    (#"{"Federated":"accounts.google.com"}"#, nil),
    (#"{"AWS":"someone"}"#, "Invalid principal"),
    (#"{"AWS":"arn:aws:iam::1:root"}"#, "Invalid principal"),
    (#"{"Robot":"r2"}"#, "Invalid principal"), (#""lambda""#, "Invalid principal"),
  ]

  @Test(arguments: principals.indices) func trustDocuments(_ index: Int) async throws {
    let (principal, expected) = Self.principals[index]
    try await check(
      """
      {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":\(principal)}}
      """, expected, operation: "UpdateAssumeRolePolicy")
  }

  static let documents: [(String, String?)] = [
    ("", "length greater than or equal to 1"), ("[]", "Syntax errors"),
    (#"{"Version":"2012-10-17"}"#, "no Statement"),
    (#"{"Version":"2020-01-01","Statement":[]}"#, "valid version string"),
    (
      #"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Principal":"*"}}"#,
      "AssumeRole policy may only specify STS AssumeRole actions."
    ),
    (#"{"Statements":[]}"#, "Statements is not known"),
    (String(repeating: " ", count: 131_073), "length less than or equal to 131072"),
    (
      #"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}}"#,
      "prohibited field Resource"
    ),
    (
      #"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}"#,
      "Missing required field Principal"
    ),
  ]

  @Test(arguments: documents.indices) func documentsThatAreNone(_ index: Int) async throws {
    let (document, expected) = Self.documents[index]
    try await check(document, expected, operation: "UpdateAssumeRolePolicy")
  }

  private func check(_ document: String, _ expected: String?, operation: String) async throws {
    let iam = try IAMBench()
    try await iam.role("r")
    var input: PropertyObject = ["RoleName": "r", "PolicyDocument": .string(document)]
    if operation == "PutRolePolicy" { input["PolicyName"] = "p" }
    if let expected {
      let fault = try await iam.fault(operation, input)
      #expect(
        ["MalformedPolicyDocument", "LimitExceeded", "ValidationError"].contains(fault.code),
        "\(document)")
      #expect(fault.message.contains(expected), "\(fault.message)")
    } else {
      try await iam.call(operation, input)
    }
    try iam.end()
  }
}
