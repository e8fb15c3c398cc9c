import CDeflate

/// A reflected cyclic redundancy check that grows with the bytes, eight of them a step.
public struct CyclicRedundancyCheck: Sendable {
  /// The checks that AWS's protocols and Leat's files use.
  public enum Algorithm: Sendable, Hashable, CaseIterable {
    /// CRC-32 of ISO-HDLC, as in gzip, ZIP and PNG: event streams, record logs, S3.
    case crc32
    /// CRC-32C of iSCSI (Castagnoli): S3.
    case crc32c
    /// CRC-64/NVME: what S3's clients send unless asked for another.
    case crc64NVME

    /// The size of the value in bytes.
    public var byteCount: Int { self == .crc64NVME ? 8 : 4 }

    var tables: SliceTables {
      switch self {
      case .crc32: .crc32
      case .crc32c: .crc32c
      case .crc64NVME: .crc64NVME
      }
    }
  }

  public let algorithm: Algorithm
  private let tables: SliceTables
  private var register: UInt64

  /// - Parameter value: the check of the bytes before, to go on from.
  public init(_ algorithm: Algorithm, continuing value: UInt64 = 0) {
    self.algorithm = algorithm
    tables = algorithm.tables
    register = value ^ tables.mask
  }

  /// The check of what came so far, in the low bits.
  public var value: UInt64 { register ^ tables.mask }

  /// The value's bytes, most significant first, as S3's headers carry it in base64.
  public var bytes: [UInt8] {
    let value = value
    return (0..<algorithm.byteCount).reversed().map {
      UInt8(truncatingIfNeeded: value >> UInt64($0 * 8))
    }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    register = tables.advance(register, over: bytes)
  }

  public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// CRC-32 of bytes that are there as a whole.
  public static func crc32(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { crc32($0) } }

  /// CRC-32 of bytes that are there as a whole, or of their continuation.
  public static func crc32(_ bytes: UnsafeRawBufferPointer, continuing value: UInt32 = 0) -> UInt32
  {
    // A library's way with wide registers: each record of each log passes here.
    guard let start = bytes.baseAddress else { return value }
    return libdeflate_crc32(value, start, bytes.count)
  }
}
