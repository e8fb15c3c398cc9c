import CZlib

/// RFC 1952 compression.
public enum Gzip {
  /// Window bits for the largest window, with gzip's header and trailer.
  private static let windowBits: Int32 = 15 + 16

  /// The same output for the same bytes and the same zlib. Throws where zlib refuses, out of memory.
  public static func compress(_ bytes: [UInt8]) throws(CompressionFailure) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw CompressionFailure(status: status) }
    defer { deflateEnd(&stream) }
    let bound = Int(deflateBound(&stream, uLong(bytes.count)))
    var input = bytes
    var result = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = uInt(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = uInt(bound)
        result = deflate(&stream, Z_FINISH)
      }
      count = bound - Int(stream.avail_out)
    }
    guard result == Z_STREAM_END else {
      throw CompressionFailure(status: result)
    }
    return output
  }
}

extension Gzip {
  /// True for bytes that begin as a member of gzip's does.
  public static func isLikely(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B, 8]) }

  /// The content of one member, or of several in a row.
  ///
  /// - Parameter countMax: the most bytes that the content may have; no more memory is used,
  ///   whatever the input says.
  /// - Returns: nil where the bytes are damaged, cut off or followed by others, and where the
  ///   content is longer.
  public static func decompress(_ bytes: [UInt8], countMax: Int) -> [UInt8]? {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var isWhole = false
    bytes.withUnsafeBufferPointer { input in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = uInt(input.count)
      var status = Z_OK
      while status == Z_OK, output.count <= countMax {
        let room = min(max(4096, 2 * output.count), 1 << 20, countMax + 1 - output.count)
        output += [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
          stream.next_out = buffer.baseAddress
          stream.avail_out = uInt(room)
          status = inflate(&stream, Z_NO_FLUSH)
          count = room - Int(stream.avail_out)
        }
        if status == Z_STREAM_END, stream.avail_in > 0 { status = inflateReset(&stream) }
      }
      isWhole = status == Z_STREAM_END && output.count <= countMax
    }
    return isWhole ? output : nil
  }
}

/// zlib could not compress.
public struct CompressionFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// zlib's number.
  public var status: Int32
  public var description: String { "zlib could not compress (\(status))" }
}
