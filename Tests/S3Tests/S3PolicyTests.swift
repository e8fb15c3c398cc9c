import AWSModel
import PropertyTree
import Testing

@Suite struct S3PolicyTests {
  private static func statement(_ more: PropertyObject = [:]) -> PropertyObject {
    ([
      "Effect": "Deny", "Principal": ["AWS": "*"], "Action": "s3:*",
      "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
      "Condition": ["Bool": ["aws:SecureTransport": "false"]],
    ] as PropertyObject).merged(more)
  }

  private static func policy(_ statement: PropertyObject) -> String {
    JSONWriter.compact(["Version": "2012-10-17", "Statement": [.object(statement)]])
  }

  private static func without(_ name: String) -> String {
    var statement = statement()
    statement[name] = nil
    return policy(statement)
  }

  @Test func aPolicyIsKeptAsItWasWritten() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    #expect(try await s3.fault("GetBucketPolicy", ["Bucket": "bucket"]) == "NoSuchBucketPolicy")
    let text = Self.policy(Self.statement()) + "\n"
    try await s3.call("PutBucketPolicy", ["Bucket": "bucket"], body: Array(text.utf8))
    let got = try await s3.call("GetBucketPolicy", ["Bucket": "bucket"])
    #expect(String(decoding: try s3.read(got), as: UTF8.self) == text)
    let status = try await s3.call("GetBucketPolicyStatus", ["Bucket": "bucket"]).members
    #expect(status["PolicyStatus"] == ["IsPublic": false])
    try await s3.call("DeleteBucketPolicy", ["Bucket": "bucket"])
    #expect(
      try await s3.fault("GetBucketPolicyStatus", ["Bucket": "bucket"]) == "NoSuchBucketPolicy")
    try s3.end()
  }

  @Test(arguments: [
    ("", "Policies must be valid JSON and the first byte must be '{'"),
    (" {}", "Policies must be valid JSON and the first byte must be '{'"),
    ("{}", "Missing required field Statement"),
    (without("Effect"), "Missing required field Effect"),
    (without("Principal"), "Missing required field Principal"),
    (without("Action"), "Missing required field Action"),
    (without("Resource"), "Missing required field Resource"),
    (policy(statement(["Effect": "Maybe"])), "Invalid effect: Maybe"),
    (policy(statement(["Extra": 1])), "Unknown field Extra"),
    (policy(statement(["Principal": "me"])), "Invalid principal in policy"),
    (policy(statement(["Action": "sqs:SendMessage"])), "Policy has invalid action"),
    (policy(statement(["Resource": "arn:aws:s3:::other/*"])), "Policy has invalid resource"),
  ])
  func policiesThatAreRefused(_ text: String, _ message: String) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let refusal = try await s3.refusal(
      "PutBucketPolicy", ["Bucket": "bucket"], body: Array(text.utf8))
    #expect(refusal.code == "MalformedPolicy" && refusal.message == message)
    try s3.end()
  }

  @Test(
    arguments: [
      (["Effect": "Allow", "Condition": [:]], true),
      (["Effect": "Allow", "Principal": "*", "Condition": [:]], true),
      (["Effect": "Allow", "Condition": ["Bool": ["aws:SecureTransport": "true"]]], true),
      (["Effect": "Allow", "Condition": ["IpAddress": ["aws:SourceIp": "10.0.0.0/8"]]], false),
      (["Effect": "Allow", "Principal": ["Service": "logging.s3.amazonaws.com"]], false),
      ([:], false),
    ] as [(PropertyObject, Bool)])
  func aPublicPolicyIsRefusedWhereThoseAreBlocked(_ change: PropertyObject, _ isPublic: Bool)
    async throws
  {
    let s3 = try S3Bench()
    try await s3.bucket()
    let body = Array(Self.policy(Self.statement(change)).utf8)
    if isPublic {
      let refusal = try await s3.refusal("PutBucketPolicy", ["Bucket": "bucket"], body: body)
      #expect(refusal.code == "AccessDenied" && refusal.status == 403)
    }
    try await s3.call("DeletePublicAccessBlock", ["Bucket": "bucket"])
    try await s3.call("PutBucketPolicy", ["Bucket": "bucket"], body: body)
    let status = try await s3.call("GetBucketPolicyStatus", ["Bucket": "bucket"]).members
    #expect(status["PolicyStatus"] == ["IsPublic": .bool(isPublic)])
    try s3.end()
  }
}
