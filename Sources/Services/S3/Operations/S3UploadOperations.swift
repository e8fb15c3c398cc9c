import AWSModel
import Crypto
import PropertyTree
import ServiceKit

/// The beginning and the end of multipart uploads: Create, Complete, Abort, List.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
struct S3UploadOperations: Sendable {
  let store: S3Store

  var all: [Operation] {
    [
      Operation(
        name: "CreateMultipartUpload", answerRoot: "InitiateMultipartUploadResult", invoke: create),
      Operation(
        name: "CompleteMultipartUpload", answerRoot: "CompleteMultipartUploadResult",
        invoke: complete),
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
    try members.acceptDefaults()
    try members.finish(context)
    let upload = S3Upload(
      id: store.environment.effects.random.text(
        64, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"),
      key: key, initiated: store.now, algorithm: algorithm, type: type,
      attributes: JSONWriter.compact(.object(attributes)), tags: S3Tags.stored(tags))
    try await store.write { rows in
      try rows.insert(upload, in: rows.bucket(name, account: context.scope.account))
    }
    var answer: PropertyObject = [
      "Bucket": .string(name), "Key": .string(key), "UploadId": .string(upload.id),
    ]
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

  private func complete(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    var members = S3Members(input, "CompleteMultipartUpload")
    let name = try members.required("Bucket")
    let key = try members.key()
    let id = try members.required("UploadId")
    let document = members.value("MultipartUpload")
    let expected = try S3PayloadReceiver.expectedDigests(&members)
    let expectedType = try members.text("ChecksumType")
    let expectedSize = try members.integer("MpuObjectSize", 0...Int64.max)
    let conditions = S3WriteConditions(
      ifMatch: try members.text("IfMatch"), ifNoneMatch: try members.text("IfNoneMatch"))
    try members.finish(context)

    let account = context.scope.account
    let (upload, stored) = try store.read { rows in
      let upload = try rows.upload(id, key: key, in: rows.bucket(name, account: account))
      return (upload, try rows.parts(of: upload))
    }
    if let expectedType, expectedType != upload.type?.rawValue {
      throw ServiceError(
        "InvalidRequest", "The upload was created with another checksum type.")
    }
    let completion = try S3Completion(upload, try S3Completion.parts(document, stored))
    if let expectedSize, expectedSize != completion.size {
      throw ServiceError(
        "InvalidRequest",
        "The provided 'x-amz-mp-object-size' header does not match what was "
          + "computed.")
    }
    // Everything that may fail comes before the bytes: what is staged is committed or abandoned.
    var attributes = try JSONReader.read(upload.attributes).objectValue ?? [:]
    let tags = try S3Tags.read(upload.tags)
    let staged = try completion.stage(store)
    let checksum = completion.checksum(staged)
    if let value = expected.value, let checksum, value != checksum {
      store.abandon(staged.id)
      throw ServiceError.badDigest(upload.algorithm?.rawValue ?? "checksum")
    }
    let sums = Self.sums(upload, checksum)
    for (member, value) in sums { attributes[member] = value }
    attributes["PartsCount"] = .int(Int64(completion.parts.count))
    let object = S3NewObject(
      key: key, size: staged.size, etag: completion.etag, file: staged.id,
      attributes: attributes, tags: tags, modified: store.now)
    let versionID = try await store.commit(staged) { [store] rows in
      let bucket = try rows.bucket(name, account: account)
      try conditions.check(rows.live(key, in: bucket), key: key)
      // Still there, and the same parts: another request may have been quicker.
      let current = try rows.upload(id, key: key, in: bucket)
      guard try rows.parts(of: current) == stored else {
        throw ServiceError(
          "OperationAborted",
          "A conflicting conditional operation is currently in progress against this resource.",
          status: 409)
      }
      try rows.remove(current, from: bucket, store: store)
      return try rows.insert(object, in: bucket, store: store)
    }
    var answer: PropertyObject = [
      "Location": .string(
        "\(context.endpoint)/\(name)/\(PercentEncoding.encode(key, keeping: "/"))"),
      "Bucket": .string(name), "Key": .string(key), "ETag": .string("\"\(completion.etag)\""),
    ]
    for (member, value) in sums { answer[member] = value }
    answer.put("VersionId", versionID)
    return OperationOutput(answer)
  }

  private static func sums(_ upload: S3Upload, _ checksum: String?) -> PropertyObject {
    guard let algorithm = upload.algorithm, let type = upload.type, let checksum else { return [:] }
    return [algorithm.member: .string(checksum), "ChecksumType": .string(type.rawValue)]
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
