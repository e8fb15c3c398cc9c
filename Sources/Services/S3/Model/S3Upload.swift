import Effects
import PropertyTree

/// A multipart upload under way.
struct S3Upload: Sendable, Hashable {
  var id: String
  var key: String
  var initiated: Timestamp
  var algorithm: S3ChecksumAlgorithm?
  var type: S3ChecksumType?
  /// As `S3Object.attributes`.
  var attributes: String
  var tags: String?

  /// The smallest part that may stand before the last, in bytes.
  static let partBytesMin: Int64 = 5 << 20
  static let partNumbers: ClosedRange<Int64> = 1...10_000
}

/// An upload that became an object: what answers the same request again.
struct S3EndedUpload: Sendable, Hashable {
  /// The document of the request, as JSON.
  var parts: String
  var answer: PropertyObject

  /// The time for which it is remembered, in seconds.
  static let memorySeconds = 7 * 86_400
}

struct S3Part: Sendable, Hashable {
  var number: Int64
  var file: String
  var size: Int64
  /// Hex MD5.
  var etag: String
  var checksum: String?
  var modified: Timestamp
}
