import AWSModel
import PropertyTree

/// Tags of buckets and objects.
struct S3TaggingOperations: Sendable {
  let store: S3Store

  var all: [Operation] { bucketOperations + objectOperations }

  private static let put: [String: HTTPBinding] = S3Bindings.join(
    S3Bindings.owner,
    [
      "Tagging": .payload, "ContentMD5": .header("Content-MD5"),
      "ChecksumAlgorithm": .header("x-amz-sdk-checksum-algorithm"),
    ])

  private static func tagging(_ members: inout S3Members, max: Int) throws -> PropertyObject {
    // Checked with the payload, before it was parsed.
    _ = members.value("ContentMD5")
    _ = members.value("ChecksumAlgorithm")
    return try S3Tags.parse(members.value("Tagging"), max: max)
  }

  private var bucketOperations: [Operation] {
    let query = ["tagging": ""]
    return [
      Operation(
        name: "GetBucketTagging",
        http: HTTPTrait(
          "GET", "/{Bucket}", query: query, input: S3Bindings.owner, outputRoot: "Tagging")
      ) { input, context in
        var members = S3Members(input, "GetBucketTagging")
        let name = try members.required("Bucket")
        try members.finish(context)
        let tags = try store.read {
          try $0.tags(of: $0.bucket(name, account: context.scope.account))
        }
        guard !tags.isEmpty else {
          throw ServiceError.absent("NoSuchTagSet", "The TagSet does not exist", bucket: name)
        }
        return OperationOutput(["TagSet": S3Tags.tagSet(tags)])
      },
      Operation(
        name: "PutBucketTagging",
        http: HTTPTrait("PUT", "/{Bucket}", query: query, status: 204, input: Self.put)
      ) { input, context in
        var members = S3Members(input, "PutBucketTagging")
        let name = try members.required("Bucket")
        let tags = try Self.tagging(&members, max: S3Tags.perBucketMax)
        try members.finish(context)
        try await store.write {
          try $0.setTags(tags, of: $0.bucket(name, account: context.scope.account))
        }
        return OperationOutput()
      },
      Operation(
        name: "DeleteBucketTagging",
        http: HTTPTrait("DELETE", "/{Bucket}", query: query, status: 204, input: S3Bindings.owner)
      ) { input, context in
        var members = S3Members(input, "DeleteBucketTagging")
        let name = try members.required("Bucket")
        try members.finish(context)
        try await store.write {
          try $0.setTags(nil, of: $0.bucket(name, account: context.scope.account))
        }
        return OperationOutput()
      },
    ]
  }

  private static let output: [String: HTTPBinding] = ["VersionId": .header("x-amz-version-id")]

  private var objectOperations: [Operation] {
    let query = ["tagging": ""]
    let input = S3Bindings.join(S3Bindings.owner, S3Bindings.version)
    return [
      Operation(
        name: "GetObjectTagging",
        http: HTTPTrait(
          "GET", "/{Bucket}/{Key+}", query: query, input: input, output: Self.output,
          outputRoot: "Tagging")
      ) { input, context in
        var members = S3Members(input, "GetObjectTagging")
        let target = try Target(&members)
        try members.finish(context)
        let (bucket, object) = try store.read { try target.find($0, context) }
        var answer = target.answer(bucket, object)
        answer["TagSet"] = S3Tags.tagSet(try S3Tags.read(object.tags))
        return OperationOutput(answer)
      },
      Operation(
        name: "PutObjectTagging",
        http: HTTPTrait(
          "PUT", "/{Bucket}/{Key+}", query: query,
          input: S3Bindings.join(Self.put, S3Bindings.version), output: Self.output)
      ) { input, context in
        var members = S3Members(input, "PutObjectTagging")
        let target = try Target(&members)
        let tags = try Self.tagging(&members, max: S3Tags.perObjectMax)
        try members.finish(context)
        return OperationOutput(try await set(tags, target, context))
      },
      Operation(
        name: "DeleteObjectTagging",
        http: HTTPTrait(
          "DELETE", "/{Bucket}/{Key+}", query: query, status: 204, input: input,
          output: Self.output)
      ) { input, context in
        var members = S3Members(input, "DeleteObjectTagging")
        let target = try Target(&members)
        try members.finish(context)
        return OperationOutput(try await set(nil, target, context))
      },
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

    func find(_ rows: S3Rows, _ context: RequestContext) throws -> (S3Bucket, S3Object) {
      let found = try rows.bucket(bucket, account: context.scope.account)
      return (found, try rows.existing(key, version: version, in: found))
    }

    func answer(_ bucket: S3Bucket, _ object: S3Object) -> PropertyObject {
      bucket.versioning == .off ? [:] : ["VersionId": .string(object.versionID)]
    }
  }

  private func set(_ tags: PropertyObject?, _ target: Target, _ context: RequestContext)
    async throws -> PropertyObject
  {
    try await store.write { rows in
      let (bucket, object) = try target.find(rows, context)
      try rows.setTags(tags, of: object, in: bucket)
      return target.answer(bucket, object)
    }
  }
}
