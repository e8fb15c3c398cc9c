import CZlib

/// DEFLATE without a frame, as ZIP archives hold it.
enum Inflate {
  /// nil when the bytes are damaged or don't give exactly `count` bytes: no more memory than that
  /// is used, whatever the input says.
  static func raw(_ packed: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var isWhole = false
    // One byte more than announced, so that a longer stream shows.
    let bytes = [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
      packed.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        let status = inflate(&stream, Z_FINISH)
        initialized = buffer.count - Int(stream.avail_out)
        isWhole = status == Z_STREAM_END && initialized == count
      }
    }
    return isWhole ? bytes : nil
  }
}
