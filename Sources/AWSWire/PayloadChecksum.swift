import AWSModel
import Crypto

/// A checksum over a payload, as the flexible checksums of S3 and `Content-MD5` name them.
struct PayloadChecksum: Sendable {
  enum Algorithm: String, Sendable, CaseIterable {
    case crc32, crc32c, crc64nvme, sha1, sha256
  }

  private enum State: Sendable {
    case crc32(UInt32, [UInt32])
    case crc64(UInt64)
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
    case .crc32: state = .crc32(.max, CRCTable.crc32)
    case .crc32c: state = .crc32(.max, CRCTable.crc32c)
    case .crc64nvme: state = .crc64(.max)
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
      case .crc32(var crc, let table):
        for byte in raw { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
        state = .crc32(crc, table)
      case .crc64(var crc):
        let table = CRCTable.crc64nvme
        for byte in raw { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
        state = .crc64(crc)
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
    case .crc32(let crc, _): (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> (24 - 8 * $0)) }
    case .crc64(let crc): (0..<8).map { UInt8(truncatingIfNeeded: ~crc >> (56 - 8 * $0)) }
    case .sha1(let hash): Array(hash.finalize())
    case .sha256(let hash): Array(hash.finalize())
    case .md5(let hash): Array(hash.finalize())
    }
  }
}

/// Tables of reflected cyclic redundancy checks.
enum CRCTable {
  static let crc32 = make(0xEDB8_8320 as UInt32)
  static let crc32c = make(0x82F6_3B78 as UInt32)
  static let crc64nvme = make(0x9A6C_9329_AC4B_C9B5 as UInt64)

  private static func make<Word: FixedWidthInteger>(_ polynomial: Word) -> [Word] {
    (0..<256).map { byte in
      (0..<8).reduce(Word(byte)) { word, _ in
        word & 1 == 1 ? (word >> 1) ^ polynomial : word >> 1
      }
    }
  }
}

/// Base64 and hexadecimal text of checksums.
enum ChecksumText {
  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let word = group.reduce(0 as UInt32) { $0 << 8 | UInt32($1) } << (8 * (3 - group.count))
      for position in 0..<4 {
        let isPadding = position > group.count
        out.append(
          isPadding ? UInt8(ascii: "=") : letters[Int(word >> (18 - 6 * position)) & 63])
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
