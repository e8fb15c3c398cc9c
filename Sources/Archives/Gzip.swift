import CDeflate
import CZlib

/// RFC 1952 compression.
public enum Gzip {
  /// Window bits for the largest window, with gzip's header and trailer.
  private static let windowBits: Int32 = 15 + 16

  /// `gzip`'s own default.
  private static let level: Int32 = 6

  /// The same output for the same bytes and the same libdeflate, in one member. Throws where there is
  /// no memory for it.
  public static func compress(_ bytes: [UInt8]) throws(CompressionFailure) -> [UInt8] {
    guard let compressor = libdeflate_alloc_compressor(level) else {
      throw CompressionFailure(reason: "no memory is left")
    }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_gzip_compress_bound(compressor, bytes.count)
    let output = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      bytes.withUnsafeBytes { source in
        // Nothing to read is still a place to read it from.
        let from = source.baseAddress ?? UnsafeRawPointer(target.baseAddress)
        count = libdeflate_gzip_compress(
          compressor, from, source.count, target.baseAddress, bound)
      }
    }
    guard !output.isEmpty else { throw CompressionFailure(reason: "the bytes don't fit") }
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

/// Bytes could not be compressed.
public struct CompressionFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public var reason: String
  public var description: String { "the bytes could not be compressed: \(reason)" }

  /// zlib's number.
  init(status: Int32) { reason = "zlib says \(status)" }
  init(reason: String) { self.reason = reason }
}
