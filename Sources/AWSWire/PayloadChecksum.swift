import AWSModel
import Checksums
import Crypto

/// A checksum over a payload, as the flexible checksums of S3 and `Content-MD5` name them.
struct PayloadChecksum: Sendable {
  enum Algorithm: String, Sendable, CaseIterable {
    case crc32, crc32c, crc64nvme, sha1, sha256
  }

  private enum State: Sendable {
    case redundancy(CyclicRedundancyCheck)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
    case md5(Insecure.MD5)
  }

  private var state: State

  /// `x-amz-checksum-crc32` …; nil for a header that names no checksum.
  init?(header: String) {
    guard header.hasPrefix("x-amz-checksum-"),
      let algorithm = Algorithm(rawValue: String(header.dropFirst(15)))
    else { return nil }
    switch algorithm {
    case .crc32: state = .redundancy(CyclicRedundancyCheck(.crc32))
    case .crc32c: state = .redundancy(CyclicRedundancyCheck(.crc32c))
    case .crc64nvme: state = .redundancy(CyclicRedundancyCheck(.crc64NVME))
    case .sha1: state = .sha1(Insecure.SHA1())
    case .sha256: state = .sha256(SHA256())
    }
  }

  private init(_ state: State) { self.state = state }

  static var md5: PayloadChecksum { PayloadChecksum(.md5(Insecure.MD5())) }
  static var sha256: PayloadChecksum { PayloadChecksum(.sha256(SHA256())) }

  mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      switch state {
      case .redundancy(var check):
        check.update(raw)
        state = .redundancy(check)
      case .sha1(var hash):
        hash.update(bufferPointer: raw)
        state = .sha1(hash)
      case .sha256(var hash):
        hash.update(bufferPointer: raw)
        state = .sha256(hash)
      case .md5(var hash):
        hash.update(bufferPointer: raw)
        state = .md5(hash)
      }
    }
  }

  /// The checksum's bytes, most significant first.
  func finish() -> [UInt8] {
    switch state {
    case .redundancy(let check): check.bytes
    case .sha1(let hash): Array(hash.finalize())
    case .sha256(let hash): Array(hash.finalize())
    case .md5(let hash): Array(hash.finalize())
    }
  }
}
