import AWSModel
import PropertyTree
import ServiceKit

/// CompleteMultipartUpload.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
struct S3CompleteOperation: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(
        name: "CompleteMultipartUpload", answerRoot: "CompleteMultipartUploadResult",
        invoke: complete)
    ]
  }

  private struct Request: Sendable {
    var bucket: String
    var key: String
    var id: String
    var document: PropertyValue?
    var expected: S3ExpectedDigests
    var type: String?
    var size: Int64?
    var conditions: S3WriteConditions
    var context: RequestContext

    init(_ input: OperationInput, _ context: RequestContext) throws {
      var members = S3Members(input, "CompleteMultipartUpload")
      bucket = try members.required("Bucket")
      key = try members.key()
      id = try members.required("UploadId")
      document = members.value("MultipartUpload")
      expected = try S3PayloadReceiver.expectedDigests(&members)
      type = try members.text("ChecksumType")
      size = try members.integer("MpuObjectSize", 0...Int64.max)
      conditions = S3WriteConditions(
        ifMatch: try members.text("IfMatch"), ifNoneMatch: try members.text("IfNoneMatch"))
      self.context = context
      try members.finish(context)
    }

    /// The parts, for a client that asks again.
    var partsText: String { document.map { JSONWriter.compact($0) } ?? "" }

    func answer(_ members: PropertyObject) -> OperationOutput {
      let path = PercentEncoding.encode(key, keeping: "/")
      return OperationOutput(
        members.merging([
          "Location": .string("\(context.endpoint)/\(bucket)/\(path)"),
          "Bucket": .string(bucket), "Key": .string(key),
        ]))
    }
  }

  private func complete(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    let request = try Request(input, context)
    let account = context.scope.account
    let found = try store.read { rows -> (S3Upload, [S3Part])? in
      let bucket = try rows.bucket(request.bucket, account: account)
      guard let upload = try rows.findUpload(request.id, key: request.key, in: bucket) else {
        return nil
      }
      return (upload, try rows.parts(of: upload))
    }
    guard let (upload, stored) = found else { return try repeated(request) }
    let completion = try S3Completion(
      upload, try S3Completion.parts(request.document, stored, of: upload), request.expected)
    if let type = request.type, type != completion.type.rawValue {
      throw ServiceError(
        "InvalidRequest", "The upload was created with another checksum type.")
    }
    if let size = request.size, size != completion.size {
      throw ServiceError(
        "InvalidRequest",
        "The provided 'x-amz-mp-object-size' header does not match what was "
          + "computed.")
    }
    // Everything that may fail comes before the bytes: what is staged is committed or abandoned.
    let kept = try JSONReader.read(upload.attributes).objectValue ?? [:]
    let tags = try S3Tags.read(upload.tags)
    let staged = try completion.stage(store)
    let checksum = completion.checksum(staged)
    if let value = request.expected.value, value != checksum {
      store.abandon(staged.id)
      throw ServiceError.badDigest(completion.algorithm.rawValue)
    }
    let sums = completion.sums(checksum)
    let object = S3NewObject(
      key: request.key, size: staged.size, etag: completion.etag, file: staged.id,
      attributes: kept.merging(sums).merging(completion.attributes), tags: tags,
      modified: store.now)
    let answer = try await store.commit(staged) { [store] rows in
      let bucket = try rows.bucket(request.bucket, account: account)
      try request.conditions.check(rows.live(request.key, in: bucket), key: request.key)
      // Still there, and the same parts: another request may have been quicker.
      let current = try rows.upload(request.id, key: request.key, in: bucket)
      guard try rows.parts(of: current) == stored else {
        throw ServiceError(
          "OperationAborted",
          "A conflicting conditional operation is currently in progress against this resource.",
          status: 409)
      }
      try rows.remove(current, from: bucket, store: store)
      var answer = try rows.insert(object, in: bucket, store: store).answer(object)
      answer["ETag"] = .string("\"\(completion.etag)\"")
      answer = answer.merging(sums)
      try rows.note(
        S3EndedUpload(parts: request.partsText, answer: answer), of: current, in: bucket,
        now: store.now)
      return answer
    }
    return request.answer(answer)
  }

  /// Answers a client that did not hear the first answer as before. Throws `NoSuchUpload` where the
  /// upload never was, was aborted, or became an object of other parts.
  private func repeated(_ request: Request) throws -> OperationOutput {
    let ended = try store.read { rows in
      let bucket = try rows.bucket(request.bucket, account: request.context.scope.account)
      return try rows.endedUpload(request.id, key: request.key, in: bucket)
    }
    guard let ended, ended.parts == request.partsText else {
      throw ServiceError.noSuchUpload(request.id)
    }
    return request.answer(ended.answer)
  }
}
