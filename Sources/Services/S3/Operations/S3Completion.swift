import AWSModel
import Crypto
import PropertyTree

/// The object that a multipart upload's chosen parts make.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
struct S3Completion: Sendable {
  let upload: S3Upload
  let parts: [S3Part]
  /// Hex MD5 of the parts' MD5s, a dash, and their number.
  let etag: String
  let algorithm: S3ChecksumAlgorithm
  let type: S3ChecksumType

  /// The parts as the object keeps them.
  var attributes: PropertyObject {
    [
      "PartsCount": .int(Int64(parts.count)), "PartSizes": .list(parts.map { .int($0.size) }),
    ]
  }

  var size: Int64 { parts.reduce(0) { $0 + $1.size } }

  /// Throws `EntityTooSmall` when a part before the last is below the limit.
  ///
  /// - Parameter expected: the checksum that the request announces: it counts where the upload was
  ///   begun without one.
  init(_ upload: S3Upload, _ parts: [S3Part], _ expected: S3ExpectedDigests) throws {
    for part in parts.dropLast() where part.size < S3Upload.partBytesMin {
      throw ServiceError(
        "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
        fields: [
          "ProposedSize": .int(part.size), "MinSizeAllowed": .int(S3Upload.partBytesMin),
          "PartNumber": .int(part.number), "ETag": .string(part.etag),
        ])
    }
    var md5 = Insecure.MD5()
    for part in parts { md5.update(data: Hex.decode(part.etag) ?? []) }
    self.upload = upload
    self.parts = parts
    let announced = expected.value == nil ? nil : expected.algorithm
    algorithm = upload.algorithm ?? announced ?? .always
    type = upload.type ?? .fullObject
    etag = "\(Hex.encode(md5.finalize()))-\(parts.count)"
  }

  /// The stored parts that a `CompleteMultipartUpload` document names. Throws `MalformedXML`,
  /// `InvalidPart`, `InvalidPartOrder`.
  static func parts(_ document: PropertyValue?, _ stored: [S3Part], of upload: S3Upload) throws
    -> [S3Part]
  {
    let named = document?["Parts"]?.elements ?? []
    guard !named.isEmpty else { throw ServiceError.malformedXML }
    let byNumber = Dictionary(uniqueKeysWithValues: stored.map { ($0.number, $0) })
    var previous: Int64 = 0
    return try named.map { element in
      guard let number = element["PartNumber"]?.integerValue,
        let etag = element["ETag"]?.scalarText
      else { throw ServiceError.malformedXML }
      guard number > previous else {
        throw ServiceError(
          "InvalidPartOrder",
          "The list of parts was not in ascending order. Parts must be ordered by part number.")
      }
      previous = number
      let sum = upload.algorithm.flatMap { element[$0.member]?.scalarText }
      if let algorithm = upload.algorithm, upload.type == .composite, sum == nil {
        throw ServiceError(
          "InvalidRequest",
          "The upload was created using a \(algorithm.rawValue.lowercased()) checksum. The complete "
            + "request must include the checksum for each part. It was missing for part \(number) "
            + "in the request.")
      }
      guard let part = byNumber[number], part.etag == S3ETag.bare(etag),
        sum == nil || sum == part.checksum
      else {
        throw ServiceError(
          "InvalidPart",
          "One or more of the specified parts could not be found. The part may not have been "
            + "uploaded, or the specified entity tag may not match the part's entity tag.",
          fields: ["PartNumber": .int(number), "ETag": .string(S3ETag.bare(etag))])
      }
      return part
    }
  }

  /// Writes the parts one after the other into a new staged file.
  func stage(_ store: S3Store) throws -> S3StagedBytes {
    var file = try store.files.stage(
      S3ExpectedDigests(algorithm: type == .fullObject ? algorithm : nil))
    do {
      for part in parts where part.size > 0 {
        try file.append(contentsOf: try store.files.open(part.file), range: 0..<part.size)
      }
      return try file.finish()
    } catch {
      store.abandon(file.id)
      throw error
    }
  }

  /// The members that tell the checksum.
  func sums(_ checksum: String?) -> PropertyObject {
    var sums: PropertyObject = ["ChecksumType": .string(type.rawValue)]
    sums.put(algorithm.member, checksum)
    return sums
  }

  /// Over the object, or over the parts' checksums with their number.
  func checksum(_ staged: S3StagedBytes) -> String? {
    if type == .fullObject { return staged.checksum }
    var digest = S3Digest(algorithm)
    for part in parts {
      guard let bytes = part.checksum.flatMap(Base64.decode) else { return nil }
      bytes.withUnsafeBytes { digest.update($0) }
    }
    return "\(digest.text)-\(parts.count)"
  }
}
