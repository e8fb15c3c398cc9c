import AWSModel
import PropertyTree

/// A bucket's configurations: those that are kept, and true answers about those that no bucket here
/// can have (tools read them all).
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
struct S3BucketConfigurations: Sendable {
  let store: S3Store

  var all: [Operation] {
    operations(of: S3PublicAccessBlock.self) + operations(of: S3OwnershipControls.self)
      + operations(of: S3EncryptionConfiguration.self) + operations(of: S3CORSConfiguration.self)
      + operations(of: S3LifecycleConfiguration.self)
      // There is no operation that removes it: an empty one is put.
      + operations(of: S3NotificationConfiguration.self).filter {
        !$0.name.isEmpty
      }
      + absent + empty
  }

  private func operations<C: S3Configuration>(of type: C.Type) -> [Operation] {
    let traits = type.traits
    return [
      Operation(
        name: traits.getName, answerRoot: traits.answerRoot ?? traits.member
      ) { input, context in
        let (bucket, settings) = try read(input, traits.getName, context)
        guard let found = try settings.configuration(type) else {
          throw ServiceError.absent(
            traits.missing.code, traits.missing.message, bucket: bucket.name)
        }
        let tree = try TreeEncoder().encode(found)
        guard traits.answerRoot == nil else { return OperationOutput(members: tree) }
        return OperationOutput([traits.member: tree])
      },
      Operation(name: traits.putName) { input, context in
        try await put(type, input, context)
      },
      Operation(name: traits.deleteName) { input, context in
        var members = S3Members(input, traits.deleteName)
        let name = try members.required("Bucket")
        try members.finish(context)
        try await set(nil, type, name, context)
        return OperationOutput()
      },
    ]
  }

  private func put<C: S3Configuration>(
    _ type: C.Type, _ input: OperationInput, _ context: RequestContext
  ) async throws -> OperationOutput {
    let traits = type.traits
    var members = S3Members(input, traits.putName)
    let name = try members.required("Bucket")
    guard var tree = members.value(traits.member)?.objectValue else {
      throw ServiceError.malformedXML
    }
    var answer = PropertyObject()
    for beside in traits.besides {
      guard let text = try members.text(beside) else { continue }
      tree[beside] = .string(text)
      answer[beside] = .string(text)
    }
    if type == S3NotificationConfiguration.self {
      _ = try members.text("SkipDestinationValidation")
    }
    try members.finish(context)
    let given: C
    do {
      let (typed, unread) = try TreeDecoder().decodeReportingUnread(type, from: .object(tree))
      if let first = unread.first {
        throw ServiceError.unsupported("`\(first)` in the \(traits.member) of \(traits.putName)")
      }
      given = typed
    } catch is DecodingError { throw ServiceError.malformedXML }
    try await set(try given.checked(), type, name, context)
    return OperationOutput(answer)
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

  private func set<C: S3Configuration>(
    _ configuration: C?, _ type: C.Type, _ name: String, _ context: RequestContext
  ) async throws {
    try await store.write { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      var settings = try rows.settings(of: bucket)
      try settings.setConfiguration(configuration, type)
      try rows.setSettings(settings, of: bucket, store: store)
    }
  }

  /// Reads of configurations that can't be set here: no bucket has them.
  private var absent: [Operation] {
    let table: [(operation: String, code: String, message: String)] = [
      (
        "GetBucketWebsite", "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration"
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
}
