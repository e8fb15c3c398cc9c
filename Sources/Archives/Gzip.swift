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

/// zlib could not compress.
public struct CompressionFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// zlib's number.
  public var status: Int32
  public var description: String { "zlib could not compress (\(status))" }
}
