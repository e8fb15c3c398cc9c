import AWSModel
import PropertyTree

extension S3Rows {
  /// The list that a new object keeps; nil for its owner's alone. Throws where the bucket does not
  /// take it.
  func accessList(_ asked: S3AccessRequest?, owner: String, in bucket: S3Bucket) throws
    -> PropertyValue?
  {
    guard let asked else { return nil }
    // The names of the owner's own control are taken whoever owns the objects.
    let list = try asked.kept(
      by: settings(of: bucket), owner: owner, owned: ["private", "bucket-owner-full-control"])
    return try list.map { try TreeEncoder().encode($0) }
  }
}

/// Access control lists of buckets and objects.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
struct S3AccessControlOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(name: "GetBucketAcl", answerRoot: "AccessControlPolicy") { input, context in
        var members = S3Members(input, "GetBucketAcl")
        let name = try members.required("Bucket")
        try members.finish(context)
        let kept = try store.read { rows in
          let bucket = try rows.bucket(name, account: context.scope.account)
          return try rows.settings(of: bucket)[S3AccessControl.member]
        }
        return try Self.answer(kept, context)
      },
      Operation(name: "PutBucketAcl", invoke: putOnBucket),
      Operation(name: "GetObjectAcl", answerRoot: "AccessControlPolicy") { input, context in
        var members = S3Members(input, "GetObjectAcl")
        let target = try Target(&members)
        try members.finish(context)
        let kept = try store.read { rows in
          let bucket = try rows.bucket(target.bucket, account: context.scope.account)
          let object = try rows.existing(
            target.key, version: target.version, in: bucket, for: "GET")
          return try object.attributeMembers()[S3AccessControl.member]
        }
        return try Self.answer(kept, context)
      },
      Operation(name: "PutObjectAcl", invoke: putOnObject),
    ]
  }

  private struct Target: Sendable {
    var bucket: String
    var key: String
    var version: String?

    init(_ members: inout S3Members) throws {
      bucket = try members.required("Bucket")
      key = try members.required("Key")
      version = try members.text("VersionId")
    }
  }

  private static func answer(_ kept: PropertyValue?, _ context: RequestContext) throws
    -> OperationOutput
  {
    let owner = S3BucketOperations.ownerID(context.scope.account)
    let list = try kept ?? TreeEncoder().encode(S3AccessControl.owned(by: owner))
    return OperationOutput([
      "Owner": ["ID": .string(owner)], "Grants": list["Grants"] ?? .list([]),
    ])
  }

  private static func request(
    _ members: inout S3Members, _ owner: String, isBucket: Bool
  ) throws -> S3AccessRequest {
    guard let asked = try S3AccessRequest(&members, owner: owner, isBucket: isBucket) else {
      throw ServiceError(
        "MissingSecurityHeader", "Your request was missing a required header",
        fields: ["MissingHeaderName": "x-amz-acl"])
    }
    return asked
  }

  private func putOnBucket(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let owner = S3BucketOperations.ownerID(context.scope.account)
    var members = S3Members(input, "PutBucketAcl")
    let name = try members.required("Bucket")
    let asked = try Self.request(&members, owner, isBucket: true)
    try members.finish(context)
    try await store.write { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      var settings = try rows.settings(of: bucket)
      let list = try asked.kept(by: settings, owner: owner, owned: [])
      settings[S3AccessControl.member] = try list.map { try TreeEncoder().encode($0) }
      try rows.setSettings(settings, of: bucket, store: store)
    }
    return OperationOutput()
  }

  private func putOnObject(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let owner = S3BucketOperations.ownerID(context.scope.account)
    var members = S3Members(input, "PutObjectAcl")
    let target = try Target(&members)
    let asked = try Self.request(&members, owner, isBucket: false)
    try members.finish(context)
    try await store.write { rows in
      let bucket = try rows.bucket(target.bucket, account: context.scope.account)
      let object = try rows.existing(target.key, version: target.version, in: bucket, for: "PUT")
      let list = try asked.kept(
        by: rows.settings(of: bucket), owner: owner, owned: ["bucket-owner-full-control"])
      var attributes = try object.attributeMembers()
      attributes[S3AccessControl.member] = try list.map { try TreeEncoder().encode($0) }
      try rows.setAttributes(attributes, of: object, in: bucket)
    }
    return OperationOutput()
  }
}
