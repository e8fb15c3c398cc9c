import AWSModel
import PropertyTree

/// Tags of buckets and objects.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
struct S3TaggingOperations: Sendable {
  let store: S3Store

  var all: [Operation] { bucketOperations + objectOperations }

  private static func tagging(_ members: inout S3Members, max: Int) throws -> PropertyObject {
    try S3Tags.parse(members.value("Tagging"), max: max)
  }

  private var bucketOperations: [Operation] {
    [
      Operation(name: "GetBucketTagging", answerRoot: "Tagging") { input, context in
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
      Operation(name: "PutBucketTagging") { input, context in
        var members = S3Members(input, "PutBucketTagging")
        let name = try members.required("Bucket")
        let tagging = members.value("Tagging")
        try members.finish(context)
        try await store.write { rows in
          let bucket = try rows.bucket(name, account: context.scope.account)
          let system = S3Tags.system(in: try rows.tags(of: bucket))
          var tags = try S3Tags.parse(tagging, max: S3Tags.perBucketMax, known: system)
          for (key, value) in system { tags[key] = value }
          try rows.setTags(tags, of: bucket)
        }
        return OperationOutput()
      },
      Operation(name: "DeleteBucketTagging") { input, context in
        var members = S3Members(input, "DeleteBucketTagging")
        let name = try members.required("Bucket")
        try members.finish(context)
        try await store.write { rows in
          let bucket = try rows.bucket(name, account: context.scope.account)
          try rows.setTags(S3Tags.system(in: rows.tags(of: bucket)), of: bucket)
        }
        return OperationOutput()
      },
    ]
  }

  private var objectOperations: [Operation] {
    [
      Operation(name: "GetObjectTagging", answerRoot: "Tagging") { input, context in
        var members = S3Members(input, "GetObjectTagging")
        let target = try Target(&members)
        try members.finish(context)
        let (bucket, object) = try store.read { try target.find($0, context, for: "GET") }
        var answer = target.answer(bucket, object)
        answer["TagSet"] = S3Tags.tagSet(try S3Tags.read(object.tags))
        return OperationOutput(answer)
      },
      Operation(name: "PutObjectTagging") { input, context in
        var members = S3Members(input, "PutObjectTagging")
        let target = try Target(&members)
        let tags = try Self.tagging(&members, max: S3Tags.perObjectMax)
        try members.finish(context)
        return OperationOutput(try await set(tags, target, context, for: "PUT"))
      },
      Operation(name: "DeleteObjectTagging") { input, context in
        var members = S3Members(input, "DeleteObjectTagging")
        let target = try Target(&members)
        try members.finish(context)
        return OperationOutput(try await set(nil, target, context, for: "DELETE"))
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

    func find(_ rows: S3Rows, _ context: RequestContext, for method: String) throws -> (
      S3Bucket, S3Object
    ) {
      let found = try rows.bucket(bucket, account: context.scope.account)
      return (found, try rows.existing(key, version: version, in: found, for: method))
    }

    func answer(_ bucket: S3Bucket, _ object: S3Object) -> PropertyObject {
      bucket.versioning == .off ? [:] : ["VersionId": .string(object.versionID)]
    }
  }

  private func set(
    _ tags: PropertyObject?, _ target: Target, _ context: RequestContext, for method: String
  ) async throws -> PropertyObject {
    try await store.write { rows in
      let (bucket, object) = try target.find(rows, context, for: method)
      try rows.setTags(tags, of: object, in: bucket)
      return target.answer(bucket, object)
    }
  }
}
