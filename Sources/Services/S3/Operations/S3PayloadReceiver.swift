import AWSModel
import PropertyTree

/// Receives a request's payload into staging.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
struct S3PayloadReceiver {
  let store: S3Store

  /// The members' claims about the payload's digests. Reads `ContentMD5`, `ChecksumAlgorithm`,
  /// `Trailer` and the `Checksum…` members.
  static func expectedDigests(_ members: inout S3Members) throws -> S3ExpectedDigests {
    var expected = S3ExpectedDigests()
    if let text = try members.text("ContentMD5") {
      guard let md5 = Base64.decode(text), md5.count == 16 else {
        throw ServiceError("InvalidDigest", "The Content-MD5 you specified is not valid.")
      }
      expected.md5 = md5
    }
    if let name = try members.text("ChecksumAlgorithm") {
      expected.algorithm = try .parsing(name)
    }
    if let trailer = try members.text("Trailer") {
      let algorithm = S3ChecksumAlgorithm.allCases.first {
        $0.header == trailer.lowercased().filter { $0 != " " }
      }
      guard let algorithm else {
        throw ServiceError(
          "InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
      }
      expected.algorithm = algorithm
    }
    for algorithm in S3ChecksumAlgorithm.allCases {
      guard let value = try members.text(algorithm.member) else { continue }
      guard expected.value == nil else {
        throw ServiceError(
          "InvalidRequest",
          "Expecting a single x-amz-checksum- header. Multiple checksum Types "
            + "are not allowed.")
      }
      expected.algorithm = algorithm
      expected.value = value
    }
    return expected
  }

  /// The whole payload, checked and synced. On any failure nothing is left in staging.
  func receive(_ body: any RequestBody, _ expected: S3ExpectedDigests) async throws -> S3StagedBytes
  {
    var body = body
    var file = try store.files.stage(expected)
    do {
      while let chunk = try await body.next() { try file.append(chunk) }
      if let length = body.length, length != file.size {
        throw ServiceError(
          "IncompleteBody",
          "You did not provide the number of bytes specified by the Content-Length HTTP header")
      }
      return try file.finish(trailer: expected.algorithm.flatMap { body.trailer($0.header) })
    } catch {
      store.abandon(file.id)
      throw error
    }
  }
}

/// The members of a request that are kept with the object.
enum S3StoredMembers {
  /// `ContentType`, `Metadata` and so on, as they will be answered.
  static func read(_ members: inout S3Members) throws -> PropertyObject {
    var kept = PropertyObject()
    for name in [
      "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType",
      "Expires",
    ] {
      guard var text = try members.text(name) else { continue }
      if name == "ContentEncoding" {
        // The transfer's own framing is not the object's encoding.
        text = text.split(separator: ",").map { $0.drop { $0 == " " } }
          .filter { $0 != "aws-chunked" }.joined(separator: ",")
        if text.isEmpty { continue }
      }
      kept[name] = .string(text)
    }
    if kept["ContentType"] == nil { kept["ContentType"] = "binary/octet-stream" }
    if let metadata = members.value("Metadata")?.objectValue, !metadata.isEmpty {
      let size = metadata.reduce(0) {
        $0 + $1.key.utf8.count + ($1.value.scalarText?.utf8.count ?? 0)
      }
      guard size <= 2048 else {
        throw ServiceError(
          "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
          fields: ["Size": .int(Int64(size)), "MaxSizeAllowed": 2048])
      }
      kept["Metadata"] = .object(metadata)
    }
    return kept
  }

  static func addChecksum(_ staged: S3StagedBytes, to members: inout PropertyObject) {
    guard let algorithm = staged.algorithm, let checksum = staged.checksum else { return }
    members[algorithm.member] = .string(checksum)
    members["ChecksumType"] = .string(S3ChecksumType.fullObject.rawValue)
  }
}
