import CSnappy
import Checksums

/// Google's Snappy, in the two forms in which files hold it.
public enum Snappy {
  /// The framing format: a stream's mark, then chunks of at most 64 KiB, each with its checksum.
  ///
  /// https://github.com/google/snappy/blob/main/framing_format.txt
  public static func framed(_ bytes: [UInt8]) throws(SnappyFailure) -> [UInt8] {
    var out: [UInt8] = [0xFF, 6, 0, 0] + Array("sNaPpY".utf8)
    for start in stride(from: 0, to: bytes.count, by: frameBytesMax) {
      let plain = bytes[start..<min(start + frameBytesMax, bytes.count)]
      let packed = try compress(plain)
      // Less than an eighth saved is not worth unpacking.
      let isWorthIt = packed.count < plain.count - plain.count / 8
      let body = isWorthIt ? packed[...] : plain
      out.append(isWorthIt ? 0 : 1)
      appendLittleEndian(UInt32(body.count + 4), 3, to: &out)
      appendLittleEndian(maskedChecksum(plain), 4, to: &out)
      out += body
    }
    return out
  }

  /// The form of Hadoop's SnappyCodec: blocks of at most 256 KiB, each behind the length of its
  /// content and the length of its packed bytes, big-endian.
  ///
  /// https://github.com/apache/hadoop/blob/trunk/hadoop-common-project/hadoop-common/src/main/java/org/apache/hadoop/io/compress/BlockCompressorStream.java
  public static func hadoop(_ bytes: [UInt8]) throws(SnappyFailure) -> [UInt8] {
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: blockBytesMax) {
      let plain = bytes[start..<min(start + blockBytesMax, bytes.count)]
      let packed = try compress(plain)
      for count in [plain.count, packed.count] {
        for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: count >> shift)) }
      }
      out += packed
    }
    return out
  }

  private static let frameBytesMax = 65_536
  private static let blockBytesMax = 256 << 10

  private static func compress(_ plain: ArraySlice<UInt8>) throws(SnappyFailure) -> [UInt8] {
    let room = snappy_max_compressed_length(plain.count)
    var status = SNAPPY_OK
    let packed = [UInt8](unsafeUninitializedCapacity: room) { target, count in
      var length = room
      status = plain.withUnsafeBytes { source in
        target.withMemoryRebound(to: CChar.self) {
          snappy_compress(
            source.bindMemory(to: CChar.self).baseAddress, source.count, $0.baseAddress, &length)
        }
      }
      count = status == SNAPPY_OK ? length : 0
    }
    guard status == SNAPPY_OK else { throw SnappyFailure(status: status.rawValue) }
    return packed
  }

  /// CRC-32C, rotated and shifted, so that a check over checks stays one.
  private static func maskedChecksum(_ plain: ArraySlice<UInt8>) -> UInt32 {
    var check = CyclicRedundancyCheck(.crc32c)
    plain.withUnsafeBytes { check.update($0) }
    let value = UInt32(truncatingIfNeeded: check.value)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }

  private static func appendLittleEndian(_ value: UInt32, _ count: Int, to out: inout [UInt8]) {
    for place in 0..<count { out.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(place)))) }
  }
}

/// libsnappy could not compress.
public struct SnappyFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// libsnappy's number.
  public var status: UInt32
  public var description: String { "libsnappy could not compress (\(status))" }
}
