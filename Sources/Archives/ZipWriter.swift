import CZlib

/// Writes a ZIP archive: the same bytes for the same entries, whatever the clock says.
public struct ZipWriter: Sendable {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  public init() {}

  /// Adds a file. Its contents must be smaller than 4 GiB, and there may be 65,534 entries.
  ///
  /// - Parameter packs: deflates the contents where that makes them smaller. Without it the archive
  ///   is the same whichever zlib there is.
  public mutating func add(
    _ path: String, _ contents: [UInt8], isExecutable: Bool = false, packs: Bool = true
  ) {
    precondition(count < 65_534, "an archive has at most 65,534 entries")
    let name = Array(path.utf8)
    let packed = (packs ? Self.deflate(contents) : nil).flatMap {
      $0.count < contents.count ? $0 : nil
    }
    // 1980-01-01, the earliest date there is; the names are UTF-8.
    var common: [UInt8] = []
    Self.append16([20, 0x0800, packed == nil ? 0 : 8, 0, 0x21], to: &common)
    let checksum = UInt32(truncatingIfNeeded: crc32(0, contents, UInt32(contents.count)))
    Self.append32(
      [checksum, UInt32((packed ?? contents).count), UInt32(contents.count)], to: &common)
    Self.append16([UInt16(name.count), 0], to: &common)

    // Made by version 3.0 of the format on Unix, so that the mode counts.
    Self.append32([0x0201_4B50], to: &directory)
    Self.append16([0x031E], to: &directory)
    directory += common
    Self.append16([0, 0, 0], to: &directory)
    let mode: UInt32 = isExecutable ? 0o100755 : 0o100644
    Self.append32([mode << 16, UInt32(bytes.count)], to: &directory)
    directory += name

    Self.append32([0x0403_4B50], to: &bytes)
    bytes += common
    bytes += name
    bytes += packed ?? contents
    count += 1
  }

  /// The whole archive.
  public func finished() -> [UInt8] {
    var out = bytes
    out += directory
    Self.append32([0x0605_4B50], to: &out)
    Self.append16([0, 0, count, count], to: &out)
    Self.append32([UInt32(directory.count), UInt32(bytes.count)], to: &out)
    Self.append16([0], to: &out)
    return out
  }

  /// nil where zlib refuses: the contents are then stored as they are.
  private static func deflate(_ contents: [UInt8]) -> [UInt8]? {
    guard !contents.isEmpty else { return nil }
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard
      deflateInit2_(
        &stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var isWhole = false
    let capacity = Int(deflateBound(&stream, UInt(contents.count)))
    let packed = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      contents.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        isWhole = CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END
        initialized = buffer.count - Int(stream.avail_out)
      }
    }
    return isWhole ? packed : nil
  }

  private static func append16(_ values: [UInt16], to out: inout [UInt8]) {
    for value in values {
      out.append(UInt8(truncatingIfNeeded: value))
      out.append(UInt8(truncatingIfNeeded: value >> 8))
    }
  }

  private static func append32(_ values: [UInt32], to out: inout [UInt8]) {
    for value in values {
      append16(
        [UInt16(truncatingIfNeeded: value), UInt16(truncatingIfNeeded: value >> 16)], to: &out)
    }
  }
}
