import CZlib

/// Compresses bytes that come piece by piece, so that no more than a piece of them is in memory.
///
/// The same output for the same bytes, however they are cut into pieces, and the same zlib.
public final class DeflateStream {
  /// The frame around the compressed bytes.
  public enum Frame: Sendable {
    /// RFC 1952, in one member: readers that stop behind the first one get all of it.
    case gzip
    /// Nothing, as ZIP archives hold it.
    case none

    fileprivate var windowBits: Int32 {
      switch self {
      case .gzip: MAX_WBITS + 16
      case .none: -MAX_WBITS
      }
    }
  }

  /// The size of the pieces that are handed on.
  private static let outputBytes = 64 << 10
  /// zlib counts in 32 bits.
  private static let inputBytesMax = 1 << 30
  /// `gzip`'s own default.
  private static let level: Int32 = 6

  private var stream = z_stream()
  private var output = [UInt8](repeating: 0, count: outputBytes)

  /// Throws where there is no memory for it.
  public init(_ frame: Frame) throws(CompressionFailure) {
    let size = Int32(MemoryLayout<z_stream>.size)
    let status = deflateInit2_(
      &stream, Self.level, Z_DEFLATED, frame.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    guard status == Z_OK else { throw CompressionFailure(status: status) }
  }

  deinit { deflateEnd(&stream) }

  /// Takes bytes, and hands on what is compressed; the piece is valid within the call only.
  public func write(
    _ bytes: UnsafeRawBufferPointer, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.inputBytesMax))
      try run(piece, Z_NO_FLUSH, body)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Hands on the rest. Nothing may follow.
  public func finish(to body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, body)
  }

  private func run(
    _ piece: UnsafeRawBufferPointer, _ flush: Int32,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    // zlib reads from it only.
    stream.next_in = UnsafeMutablePointer(
      mutating: piece.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = uInt(piece.count)
    var status = Z_OK
    repeat {
      let made = output.withUnsafeMutableBufferPointer { target in
        stream.next_out = target.baseAddress
        stream.avail_out = uInt(target.count)
        status = deflate(&stream, flush)
        return target.count - Int(stream.avail_out)
      }
      // That there is nothing to do is no fault.
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
        throw CompressionFailure(status: status)
      }
      if made > 0 {
        try output.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<made])) }
      }
    } while flush == Z_FINISH ? status != Z_STREAM_END : stream.avail_out == 0
  }
}
