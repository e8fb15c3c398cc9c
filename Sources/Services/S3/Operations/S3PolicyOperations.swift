import AWSModel
import Crypto
import PropertyTree

/// A bucket's policy: put, read, removed, and whether it lets in everyone.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
struct S3PolicyOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(name: "PutBucketPolicy", streamsBody: true, invoke: put),
      Operation(name: "GetBucketPolicy") { input, context in
        let policy = try find(input, "GetBucketPolicy", context)
        var output = OperationOutput(body: .bytes(Array(policy.text.utf8)))
        output.members = .object(["Policy": .string(policy.text)])
        output.headers = [("Content-Type", "application/json")]
        return output
      },
      Operation(name: "GetBucketPolicyStatus") { input, context in
        let policy = try find(input, "GetBucketPolicyStatus", context)
        return OperationOutput(["PolicyStatus": ["IsPublic": .bool(policy.isPublic)]])
      },
      Operation(name: "DeleteBucketPolicy") { input, context in
        var members = S3Members(input, "DeleteBucketPolicy")
        let name = try members.required("Bucket")
        try members.finish(context)
        try await store.write { [store] rows in
          let bucket = try rows.bucket(name, account: context.scope.account)
          try rows.setPolicy(nil, of: bucket, store: store)
        }
        return OperationOutput()
      },
    ]
  }

  private func put(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "PutBucketPolicy")
    let name = try members.required("Bucket")
    // A confirmation that the caller may lock himself out, which nothing here does.
    _ = try members.text("ConfirmRemoveSelfBucketAccess")
    let given = try members.text("Policy")
    let expected = try S3PayloadReceiver.expectedDigests(&members)
    try members.finish(context)
    var body = input.body
    let bytes = try await body.collect(upTo: 1 << 20)
    if let md5 = expected.md5, md5 != Array(Insecure.MD5.hash(data: bytes)) {
      throw ServiceError.badDigest("Content-MD5")
    }
    guard let text = given ?? String(validating: bytes, as: UTF8.self) else {
      throw ServiceError("MalformedPolicy", "The policy is not UTF-8")
    }
    try await store.write { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      try rows.setPolicy(try S3Policy(text, bucket: name), of: bucket, store: store)
    }
    return OperationOutput()
  }

  private func find(_ input: OperationInput, _ operation: String, _ context: RequestContext) throws
    -> S3Policy
  {
    var members = S3Members(input, operation)
    let name = try members.required("Bucket")
    try members.finish(context)
    return try store.read { rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      guard let policy = try rows.policy(of: bucket) else {
        throw ServiceError.absent(
          "NoSuchBucketPolicy", "The bucket policy does not exist", bucket: name)
      }
      return policy
    }
  }
}

extension S3Rows {
  func policy(of bucket: S3Bucket) throws -> S3Policy? {
    let text = try settings(of: bucket)[S3Policy.setting]?.stringValue
    return try text.map { try S3Policy($0, bucket: bucket.name) }
  }

  /// Throws `AccessDenied` for a public policy where the bucket blocks those.
  func setPolicy(_ policy: S3Policy?, of bucket: S3Bucket, store: S3Store) throws {
    var settings = try settings(of: bucket)
    if let policy, policy.isPublic,
      try settings.configuration(S3PublicAccessBlock.self)?.BlockPublicPolicy ?? false
    {
      throw ServiceError(
        "AccessDenied",
        "User is not authorized to perform: s3:PutBucketPolicy on resource: "
          + "\"arn:aws:s3:::\(bucket.name)\" because public policies are prevented by the "
          + "BlockPublicPolicy setting in S3 Block Public Access.", status: 403)
    }
    settings[S3Policy.setting] = policy.map { .string($0.text) }
    try setSettings(settings, of: bucket, store: store)
  }
}
