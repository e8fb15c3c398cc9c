import CSnappy
import Checksums

/// Google's Snappy, in the two forms in which files hold it, of bytes that come piece by piece.
///
/// The same output for the same bytes, however they are cut into pieces, and the same libsnappy.
public final class SnappyStream {
  public enum Form: Sendable {
    /// The framing format: a stream's mark, then chunks of at most 64 KiB, each with its checksum.
    ///
    /// https://github.com/google/snappy/blob/main/framing_format.txt
    case framed
    /// The form of Hadoop's SnappyCodec: blocks of at most 256 KiB, each behind the length of its
    /// content and the length of its packed bytes, big-endian.
    ///
    /// https://github.com/apache/hadoop/blob/trunk/hadoop-common-project/hadoop-common/src/main/java/org/apache/hadoop/io/compress/BlockCompressorStream.java
    case hadoop

    fileprivate var blockBytes: Int { self == .framed ? 64 << 10 : 256 << 10 }
  }

  private let form: Form
  /// Less than a block.
  private var pending: [UInt8] = []
  private var output: [UInt8] = []

  public init(_ form: Form) {
    self.form = form
    if form == .framed { output = [0xFF, 6, 0, 0] + Array("sNaPpY".utf8) }
  }

  /// Takes bytes, and hands on what is compressed; the piece is valid within the call only.
  public func write(
    _ bytes: UnsafeRawBufferPointer, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(form.blockBytes - pending.count)
      pending.append(contentsOf: piece)
      rest = rest.dropFirst(piece.count)
      if pending.count == form.blockBytes { try emit(to: body) }
    }
  }

  /// Hands on the rest. Nothing may follow.
  public func finish(to body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try emit(to: body)
  }

  private func emit(to body: (UnsafeRawBufferPointer) throws -> Void) throws {
    if !pending.isEmpty {
      switch form {
      case .framed: try Snappy.appendFrame(pending, to: &output)
      case .hadoop: try Snappy.appendBlock(pending, to: &output)
      }
    }
    if !output.isEmpty { try output.withUnsafeBytes { try body($0) } }
    pending.removeAll(keepingCapacity: true)
    output.removeAll(keepingCapacity: true)
  }
}

enum Snappy {
  static func appendFrame(_ plain: [UInt8], to out: inout [UInt8]) throws(SnappyFailure) {
    let packed = try compress(plain)
    // Less than an eighth saved is not worth unpacking.
    let isWorthIt = packed.count < plain.count - plain.count / 8
    let body = isWorthIt ? packed : plain
    out.append(isWorthIt ? 0 : 1)
    appendLittleEndian(UInt32(body.count + 4), 3, to: &out)
    appendLittleEndian(maskedChecksum(plain), 4, to: &out)
    out += body
  }

  static func appendBlock(_ plain: [UInt8], to out: inout [UInt8]) throws(SnappyFailure) {
    let packed = try compress(plain)
    for count in [plain.count, packed.count] {
      for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
    out += packed
  }

  private static func compress(_ plain: [UInt8]) throws(SnappyFailure) -> [UInt8] {
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
  private static func maskedChecksum(_ plain: [UInt8]) -> UInt32 {
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
