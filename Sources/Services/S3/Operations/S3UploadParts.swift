import AWSModel
import PropertyTree

/// UploadPart, UploadPartCopy and ListParts.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
struct S3UploadParts: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(name: "UploadPart", streamsBody: true, invoke: upload),
      Operation(name: "UploadPartCopy", invoke: copy),
      Operation(name: "ListParts", answerRoot: "ListPartsResult", invoke: list),
    ]
  }

  /// The upload and number that a part belongs to.
  private struct Target: Sendable {
    var bucket: String
    var key: String
    var uploadID: String
    var number: Int64

    init(_ members: inout S3Members) throws {
      bucket = try members.required("Bucket")
      key = try members.key()
      uploadID = try members.required("UploadId")
      guard let number = try members.integer("PartNumber", S3Upload.partNumbers) else {
        throw ServiceError("InvalidRequest", "The request is missing `PartNumber`.")
      }
      self.number = number
    }

    func find(_ rows: S3Rows, _ context: RequestContext) throws -> S3Upload {
      try rows.upload(
        uploadID, key: key, in: rows.bucket(bucket, account: context.scope.account))
    }
  }

  private func upload(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "UploadPart")
    let target = try Target(&members)
    var expected = try S3PayloadReceiver.expectedDigests(&members)
    try members.finish(context)
    let upload = try store.read { try target.find($0, context) }
    if let asked = upload.algorithm {
      if let given = expected.algorithm, given != asked {
        throw ServiceError(
          "InvalidRequest",
          "Checksum Type mismatch occurred, expected checksum Type: "
            + "\(asked.rawValue.lowercased()), actual checksum Type: "
            + "\(given.rawValue.lowercased())")
      }
      expected.algorithm = asked
    }
    expected.algorithm = expected.algorithm ?? .always
    let staged = try await S3PayloadReceiver(store: store).receive(input.body, expected)
    try await put(staged, target, context)
    var answer: PropertyObject = ["ETag": .string("\"\(staged.md5)\"")]
    if let algorithm = staged.algorithm { answer.put(algorithm.member, staged.checksum) }
    return OperationOutput(answer.merging(try Self.encryption(upload)))
  }

  private static func encryption(_ upload: S3Upload) throws -> PropertyObject {
    try S3Tags.read(upload.attributes).only(S3Encryption.members)
  }

  private func put(_ staged: S3StagedBytes, _ target: Target, _ context: RequestContext)
    async throws
  {
    let part = S3Part(
      number: target.number, file: staged.id, size: staged.size, etag: staged.md5,
      checksum: staged.checksum, modified: store.now)
    try await store.commit(staged) { [store] rows in
      try rows.put(part, upload: try target.find(rows, context), store: store)
    }
  }

  private func copy(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "UploadPartCopy")
    let target = try Target(&members)
    let source = try S3CopySource(&members, context)
    let rangeText = try members.text("CopySourceRange")
    try members.finish(context)
    let upload = try store.read { try target.find($0, context) }
    let (bucket, object) = try source.find(store, context)
    let range = try S3ByteRange.resolve(rangeText, size: object.size)
    if let rangeText, range == nil {
      throw ServiceError.invalidArgument(
        "x-amz-copy-source-range", rangeText,
        "The x-amz-copy-source-range value must be of the form bytes=first-last")
    }
    let staged = try source.stage(
      object, store, range: range, algorithm: upload.algorithm ?? .always)
    try await put(staged, target, context)
    var result: PropertyObject = [
      "LastModified": .string(store.now.iso8601), "ETag": .string("\"\(staged.md5)\""),
    ]
    if let algorithm = staged.algorithm { result.put(algorithm.member, staged.checksum) }
    var answer = try Self.encryption(upload)
    answer["CopyPartResult"] = .object(result)
    if bucket.versioning != .off { answer["CopySourceVersionId"] = .string(object.versionID) }
    return OperationOutput(answer)
  }

  private func list(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "ListParts")
    let name = try members.required("Bucket")
    let key = try members.key()
    let id = try members.required("UploadId")
    let marker = try members.integer("PartNumberMarker", 0...Int64(Int32.max)) ?? 0
    let limit = min(1000, try members.integer("MaxParts", 1...Int64(Int32.max)) ?? 1000)
    try members.finish(context)
    let (upload, found) = try store.read { rows in
      let upload = try rows.upload(
        id, key: key, in: rows.bucket(name, account: context.scope.account))
      return (upload, try rows.parts(of: upload, after: marker, limit: Int(limit) + 1))
    }
    let page = found.prefix(Int(limit))
    let owner = PropertyValue.object([
      "ID": .string(S3BucketOperations.ownerID(context.scope.account))
    ])
    var answer: PropertyObject = [
      "Bucket": .string(name), "Key": .string(key), "UploadId": .string(id),
      "PartNumberMarker": .int(marker), "NextPartNumberMarker": .int(page.last?.number ?? 0),
      "MaxParts": .int(limit), "IsTruncated": .bool(found.count > page.count),
      "Initiator": owner, "Owner": owner, "StorageClass": "STANDARD",
    ]
    answer.put("ChecksumAlgorithm", upload.algorithm?.rawValue)
    answer.put("ChecksumType", upload.type?.rawValue)
    answer["Part"] = .list(
      page.map { part in
        var entry: PropertyObject = [
          "PartNumber": .int(part.number), "LastModified": .string(part.modified.iso8601),
          "ETag": .string("\"\(part.etag)\""), "Size": .int(part.size),
        ]
        if let algorithm = upload.algorithm { entry.put(algorithm.member, part.checksum) }
        return .object(entry)
      })
    return OperationOutput(answer.withoutEmptyLists)
  }
}
