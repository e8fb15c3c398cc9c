import AWSModel
import PropertyTree

/// A bucket's configurations: the two that are kept, and true answers about those that no bucket
/// here can have (tools read them all).
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
struct S3BucketConfigurations: Sendable {
  let store: S3Store

  /// Kept ones: shape, and what a bucket has before anyone sets it.
  struct Kept: Sendable {
    var shape: String
    var operation: String
    var missing: (code: String, message: String)
    /// New buckets come with it.
    var initial: PropertyObject
    var check: @Sendable (PropertyObject) throws -> PropertyObject
  }

  static let publicAccessBlock = Kept(
    shape: "PublicAccessBlockConfiguration",
    operation: "PublicAccessBlock",
    missing: (
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found"
    ),
    initial: [
      "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true,
      "RestrictPublicBuckets": true,
    ]
  ) { given in
    var checked = PropertyObject()
    for name in [
      "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets",
    ] {
      guard let value = given[name] else {
        checked[name] = false
        continue
      }
      guard let flag = value.booleanValue ?? value.scalarText.flatMap({ Bool($0.lowercased()) })
      else { throw ServiceError.malformedXML }
      checked[name] = .bool(flag)
    }
    for name in given.keys where checked[name] == nil { throw ServiceError.malformedXML }
    return checked
  }

  static let ownershipControls = Kept(
    shape: "OwnershipControls", operation: "BucketOwnershipControls",
    missing: (
      "OwnershipControlsNotFoundError", "The bucket ownership controls were not found"
    ), initial: ["Rule": .list([["ObjectOwnership": "BucketOwnerEnforced"]])]
  ) { given in
    let rules = given["Rules"]?.elements ?? []
    guard rules.count == 1, let ownership = rules[0]["ObjectOwnership"]?.scalarText else {
      throw ServiceError.malformedXML
    }
    guard ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"].contains(ownership)
    else { throw ServiceError.malformedXML }
    return ["Rule": .list([["ObjectOwnership": .string(ownership)]])]
  }

  var all: [Operation] {
    operations(
      Self.publicAccessBlock, get: "GetPublicAccessBlock", put: "PutPublicAccessBlock",
      delete: "DeletePublicAccessBlock")
      + operations(
        Self.ownershipControls, get: "GetBucketOwnershipControls",
        put: "PutBucketOwnershipControls", delete: "DeleteBucketOwnershipControls")
      + absent + empty + accessControl
  }

  private func operations(_ kept: Kept, get: String, put: String, delete: String) -> [Operation] {
    [
      Operation(name: get, answerRoot: kept.shape) { input, context in
        let settings = try read(input, get, context)
        let value = settings.value[kept.shape]
        if value == .null {
          throw ServiceError.absent(
            kept.missing.code, kept.missing.message, bucket: settings.bucket.name)
        }
        return OperationOutput(value?.objectValue ?? kept.initial)
      },
      Operation(name: put) { input, context in
        var members = S3Members(input, put)
        let name = try members.required("Bucket")
        let given = members.value(kept.shape)?.objectValue ?? [:]
        try members.finish(context)
        try await set(kept, .object(try kept.check(given)), name, context)
        return OperationOutput()
      },
      Operation(name: delete) { input, context in
        var members = S3Members(input, delete)
        let name = try members.required("Bucket")
        try members.finish(context)
        try await set(kept, .null, name, context)
        return OperationOutput()
      },
    ]
  }

  private func read(_ input: OperationInput, _ name: String, _ context: RequestContext) throws -> (
    bucket: S3Bucket, value: PropertyObject
  ) {
    var members = S3Members(input, name)
    let bucketName = try members.required("Bucket")
    try members.finish(context)
    return try store.read { rows in
      let bucket = try rows.bucket(bucketName, account: context.scope.account)
      return (bucket, try rows.settings(of: bucket))
    }
  }

  private func set(
    _ kept: Kept, _ value: PropertyValue, _ name: String, _ context: RequestContext
  ) async throws {
    try await store.write { rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      var settings = try rows.settings(of: bucket)
      settings[kept.shape] = value
      try rows.setSettings(settings, of: bucket)
    }
  }

  /// Reads of configurations that can't be set here: no bucket has them.
  private var absent: [Operation] {
    let table: [(operation: String, code: String, message: String)] = [
      (
        "GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found"
      ),
      (
        "GetBucketPolicy", "NoSuchBucketPolicy", "The bucket policy does not exist"
      ),
      (
        "GetBucketPolicyStatus", "NoSuchBucketPolicy",
        "The bucket policy does not exist"
      ),
      (
        "GetBucketCors", "NoSuchCORSConfiguration",
        "The CORS configuration does not exist"
      ),
      (
        "GetBucketWebsite", "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration"
      ),
      (
        "GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist"
      ),
      (
        "GetBucketReplication", "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found"
      ),
      (
        "GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket"
      ),
    ]
    return table.map { entry in
      Operation(name: entry.operation) { input, context in
        let found = try read(input, entry.operation, context)
        throw ServiceError.absent(entry.code, entry.message, bucket: found.bucket.name)
      }
    }
  }

  /// Reads of configurations whose empty form is an answer.
  private var empty: [Operation] {
    let table: [(operation: String, root: String, answer: PropertyObject)] = [
      ("GetBucketAccelerateConfiguration", "AccelerateConfiguration", [:]),
      ("GetBucketLogging", "BucketLoggingStatus", [:]),
      ("GetBucketNotificationConfiguration", "NotificationConfiguration", [:]),
      (
        "GetBucketRequestPayment", "RequestPaymentConfiguration",
        ["Payer": "BucketOwner"]
      ),
    ]
    return table.map { entry in
      Operation(name: entry.operation, answerRoot: entry.root) { input, context in
        _ = try read(input, entry.operation, context)
        return OperationOutput(entry.answer)
      }
    }
  }

  /// The owner has full control; no other list can be set.
  private var accessControl: [Operation] {
    let bucket = Operation(name: "GetBucketAcl") { input, context in
      _ = try read(input, "GetBucketAcl", context)
      return Self.ownerACL(context)
    }
    let object = Operation(name: "GetObjectAcl") { input, context in
      var members = S3Members(input, "GetObjectAcl")
      let name = try members.required("Bucket")
      let key = try members.required("Key")
      let version = try members.text("VersionId")
      try members.finish(context)
      _ = try store.read { rows in
        let bucket = try rows.bucket(name, account: context.scope.account)
        return try rows.existing(key, version: version, in: bucket)
      }
      return Self.ownerACL(context)
    }
    return [bucket, object]
  }

  private static func ownerACL(_ context: RequestContext) -> OperationOutput {
    let owner = S3BucketOperations.ownerID(context.scope.account)
    var output = OperationOutput(body: .bytes(Array(S3XML.ownerACL(owner).utf8)))
    output.headers = [("Content-Type", "application/xml")]
    return output
  }
}
