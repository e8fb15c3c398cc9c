import AWSModel
import Crypto
import PropertyTree
import ServiceKit

/// Multipart uploads as a whole: Create, Abort, List.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
struct S3UploadOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(
        name: "CreateMultipartUpload", answerRoot: "InitiateMultipartUploadResult", invoke: create),
      Operation(name: "AbortMultipartUpload", invoke: abort),
      Operation(
        name: "ListMultipartUploads", answerRoot: "ListMultipartUploadsResult", invoke: list),
    ]
  }

  private func create(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "CreateMultipartUpload")
    let name = try members.required("Bucket")
    let key = try members.key()
    let attributes = try S3StoredMembers.read(&members)
    let tags = try members.text("Tagging").map(S3Tags.parse(header:))
    let algorithm = try members.text("ChecksumAlgorithm").map(S3ChecksumAlgorithm.parsing)
    let type = try Self.checksumType(try members.text("ChecksumType"), algorithm)
    let encryption = try S3Encryption.requested(&members, context.scope)
    let owner = S3BucketOperations.ownerID(context.scope.account)
    let access = try S3AccessRequest(&members, owner: owner, isBucket: false)
    try members.acceptStorageClass()
    try members.finish(context)
    let upload = S3Upload(
      id: store.environment.effects.random.text(
        64, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"),
      key: key, initiated: store.now, algorithm: algorithm, type: type,
      attributes: "{}", tags: S3Tags.stored(tags))
    let kept = try await store.write { rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      var kept = try rows.encrypted(
        attributes.merging(encryption?.answer ?? [:]), in: bucket, rows.settings(of: bucket))
      kept[S3AccessControl.member] = try rows.accessList(access, owner: owner, in: bucket)
      var upload = upload
      upload.attributes = JSONWriter.compact(.object(kept))
      try rows.insert(upload, in: bucket)
      return kept
    }
    var answer = kept.only(S3Encryption.members)
    answer["Bucket"] = .string(name)
    answer["Key"] = .string(key)
    answer["UploadId"] = .string(upload.id)
    answer.put("ChecksumAlgorithm", algorithm?.rawValue)
    answer.put("ChecksumType", type?.rawValue)
    return OperationOutput(answer)
  }

  /// CRC64NVME is always over the object, the SHAs always over the parts; the CRCs may be either.
  private static func checksumType(_ text: String?, _ algorithm: S3ChecksumAlgorithm?) throws
    -> S3ChecksumType?
  {
    guard let algorithm else {
      guard text == nil else {
        throw ServiceError(
          "InvalidRequest", "The x-amz-checksum-type header needs x-amz-checksum-algorithm.")
      }
      return nil
    }
    let type = text.map { S3ChecksumType(rawValue: $0) }
    if text != nil, type == .some(nil) {
      throw ServiceError.invalidArgument(
        "x-amz-checksum-type", text ?? "", "Value for x-amz-checksum-type header is invalid.")
    }
    let chosen = (type ?? nil) ?? (algorithm == .crc64nvme ? .fullObject : .composite)
    let isAllowed =
      switch algorithm {
      case .crc64nvme: chosen == .fullObject
      case .sha1, .sha256: chosen == .composite
      case .crc32, .crc32c: true
      }
    guard isAllowed else {
      throw ServiceError(
        "InvalidRequest",
        "The \(chosen.rawValue) checksum type cannot be used with the "
          + "\(algorithm.rawValue.lowercased()) checksum algorithm.")
    }
    return chosen
  }

  private func abort(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "AbortMultipartUpload")
    let name = try members.required("Bucket")
    let key = try members.key()
    let id = try members.required("UploadId")
    try members.finish(context)
    try await store.write { [store] rows in
      let bucket = try rows.bucket(name, account: context.scope.account)
      try rows.remove(try rows.upload(id, key: key, in: bucket), from: bucket, store: store)
    }
    return OperationOutput()
  }

  private func list(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "ListMultipartUploads")
    let name = try members.required("Bucket")
    let prefix = try members.text("Prefix") ?? ""
    let keyMarker = try members.text("KeyMarker") ?? ""
    let idMarker = try members.text("UploadIdMarker") ?? ""
    let limit = Int(min(1000, try members.integer("MaxUploads", 1...Int64(Int32.max)) ?? 1000))
    let encoding = try members.text("EncodingType")
    if let delimiter = try members.text("Delimiter"), !delimiter.isEmpty {
      throw ServiceError.unsupported("the parameter `Delimiter` of ListMultipartUploads")
    }
    try members.finish(context)
    func write(_ text: String) -> PropertyValue {
      .string(encoding == "url" ? PercentEncoding.encode(text, keeping: "/") : text)
    }
    var found = try store.read { rows in
      try rows.uploads(
        in: rows.bucket(name, account: context.scope.account), prefix: prefix, after: keyMarker,
        // Without an id the marker stands behind all uploads of its key.
        id: idMarker.isEmpty && !keyMarker.isEmpty ? "\u{10FFFF}" : idMarker, limit: limit + 1)
    }
    let isTruncated = found.count > limit
    if isTruncated { found.removeLast() }
    var answer: PropertyObject = [
      "Bucket": .string(name), "KeyMarker": write(keyMarker),
      "UploadIdMarker": .string(idMarker), "Prefix": write(prefix),
      "MaxUploads": .int(Int64(limit)), "IsTruncated": .bool(isTruncated),
    ]
    if encoding == "url" { answer["EncodingType"] = "url" }
    if isTruncated, let last = found.last {
      answer["NextKeyMarker"] = write(last.key)
      answer["NextUploadIdMarker"] = .string(last.id)
    }
    let owner = PropertyValue.object([
      "ID": .string(S3BucketOperations.ownerID(context.scope.account))
    ])
    answer["Upload"] = .list(
      found.map { upload in
        var entry: PropertyObject = [
          "Key": write(upload.key), "UploadId": .string(upload.id), "Initiator": owner,
          "Owner": owner, "StorageClass": "STANDARD",
          "Initiated": .string(upload.initiated.iso8601),
        ]
        entry.put("ChecksumAlgorithm", upload.algorithm?.rawValue)
        entry.put("ChecksumType", upload.type?.rawValue)
        return .object(entry)
      })
    return OperationOutput(answer.withoutEmptyLists)
  }
}
