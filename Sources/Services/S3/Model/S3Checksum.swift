import AWSModel
import Checksums
import Crypto
import PropertyTree

/// The additional checksums that S3 verifies and keeps, by their API names.
enum S3ChecksumAlgorithm: String, Sendable, Hashable, CaseIterable {
  case crc32 = "CRC32"
  case crc32c = "CRC32C"
  case crc64nvme = "CRC64NVME"
  case sha1 = "SHA1"
  case sha256 = "SHA256"

  /// The one that is computed and kept where a client asks for none.
  ///
  /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
  static let always = S3ChecksumAlgorithm.crc64nvme

  /// The member of the API's shapes that carries the value: `ChecksumCRC32`.
  var member: String { "Checksum\(rawValue)" }
  /// `x-amz-checksum-crc32`
  var header: String { "x-amz-checksum-\(rawValue.lowercased())" }

  static func parsing(_ text: String) throws(ServiceError) -> S3ChecksumAlgorithm {
    if let algorithm = S3ChecksumAlgorithm(rawValue: text.uppercased()) { return algorithm }
    throw ServiceError(
      "InvalidRequest",
      "Value for x-amz-checksum-algorithm header is invalid, or Leat does not support `\(text)`.")
  }
}

/// FULL_OBJECT is over the bytes, COMPOSITE over the parts' checksums (`value-N`).
enum S3ChecksumType: String, Sendable, Hashable {
  case fullObject = "FULL_OBJECT"
  case composite = "COMPOSITE"
}

/// One digest that grows with the bytes.
struct S3Digest: Sendable {
  private enum State: Sendable {
    case redundancy(CyclicRedundancyCheck)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
  }

  let algorithm: S3ChecksumAlgorithm
  private var state: State

  init(_ algorithm: S3ChecksumAlgorithm) {
    self.algorithm = algorithm
    state =
      switch algorithm {
      case .crc32: .redundancy(CyclicRedundancyCheck(.crc32))
      case .crc32c: .redundancy(CyclicRedundancyCheck(.crc32c))
      case .crc64nvme: .redundancy(CyclicRedundancyCheck(.crc64NVME))
      case .sha1: .sha1(Insecure.SHA1())
      case .sha256: .sha256(SHA256())
      }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .redundancy(var check):
      check.update(bytes)
      state = .redundancy(check)
    case .sha1(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha1(hash)
    case .sha256(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha256(hash)
    }
  }

  var value: [UInt8] {
    switch state {
    case .redundancy(let check): check.bytes
    case .sha1(let hash): Array(hash.finalize())
    case .sha256(let hash): Array(hash.finalize())
    }
  }

  /// Base64, as headers and shapes carry it.
  var text: String { Base64.encode(value) }
}

/// Digests and lengths that a client wants checked against the bytes that it sends.
struct S3ExpectedDigests: Sendable {
  /// 16 bytes of `Content-MD5`.
  var md5: [UInt8]?
  /// The algorithm to compute and keep; nil for none.
  var algorithm: S3ChecksumAlgorithm?
  /// The value announced in a header; nil when it follows in the trailer, or not at all.
  var value: String?
}
