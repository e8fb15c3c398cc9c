import AWSModel
import PropertyTree

/// PutObject.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
struct S3PutOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [Operation(name: "PutObject", streamsBody: true, invoke: put)]
  }

  private func put(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "PutObject")
    let name = try members.required("Bucket")
    let key = try members.key()
    var expected = try S3PayloadReceiver.expectedDigests(&members)
    expected.algorithm = expected.algorithm ?? .always
    var attributes = try S3StoredMembers.read(&members)
    let tags = try members.text("Tagging").map(S3Tags.parse(header:))
    let conditions = S3WriteConditions(
      ifMatch: try members.text("IfMatch"), ifNoneMatch: try members.text("IfNoneMatch"))
    let encryption = try S3Encryption.requested(&members, context.scope)
    let owner = S3BucketOperations.ownerID(context.scope.account)
    let access = try S3AccessRequest(&members, owner: owner, isBucket: false)
    try members.acceptStorageClass()
    try members.finish(context)

    let account = context.scope.account
    // Early, before a large payload is read for nothing; the commit looks again.
    try store.read { rows in
      let bucket = try rows.bucket(name, account: account)
      _ = try rows.accessList(access, owner: owner, in: bucket)
    }
    let staged = try await S3PayloadReceiver(store: store).receive(input.body, expected)
    S3StoredMembers.addChecksum(staged, to: &attributes)
    attributes = attributes.merging(encryption?.answer ?? [:])
    let object = S3NewObject(
      key: key, size: staged.size, etag: staged.md5, file: staged.id, attributes: attributes,
      tags: tags, modified: store.now)
    let written = try await store.commit(staged) { [store] rows in
      let bucket = try rows.bucket(name, account: account)
      if conditions.ifMatch != nil || conditions.ifNoneMatch != nil {
        try conditions.check(rows.live(key, in: bucket), key: key)
      }
      var object = object
      object.attributes[S3AccessControl.member] = try rows.accessList(
        access, owner: owner, in: bucket)
      return try rows.insert(object, in: bucket, store: store)
    }
    var answer = try written.answer(object)
    answer["ETag"] = .string("\"\(staged.md5)\"")
    S3StoredMembers.addChecksum(staged, to: &answer)
    return OperationOutput(answer)
  }
}
