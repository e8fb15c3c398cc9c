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
    add(path, contents, mode: isExecutable ? 0o100755 : 0o100644, packs: packs)
  }

  /// Adds a symbolic link.
  public mutating func addLink(_ path: String, to target: String) {
    add(path, Array(target.utf8), mode: 0o120777, packs: false)
  }

  private mutating func add(_ path: String, _ contents: [UInt8], mode: UInt32, packs: Bool) {
    precondition(count < 65_534, "an archive has at most 65,534 entries")
    let name = Array(path.utf8)
    let packed = (packs ? Self.deflate(contents) : nil).flatMap {
      $0.count < contents.count ? $0 : nil
    }
    let checksum = UInt32(truncatingIfNeeded: crc32(0, contents, UInt32(contents.count)))
    let (local, central) = Self.headers(
      name, isDeflated: packed != nil, checksum, packed: (packed ?? contents).count,
      contents.count, mode, at: bytes.count)
    directory += central
    bytes += local
    bytes += packed ?? contents
    count += 1
  }

  /// The whole archive.
  public func finished() -> [UInt8] {
    bytes + directory + Self.end(count, directory: directory.count, at: bytes.count)
  }

  /// The parts before and behind the deflated bytes of an archive's only file.
  ///
  /// - Parameters:
  ///   - packedCount: of the deflated bytes.
  ///   - count: of the contents; less than 4 GiB.
  static func around(_ path: String, checksum: UInt32, packedCount: Int, count: Int) -> (
    before: [UInt8], behind: [UInt8]
  ) {
    let (local, central) = headers(
      Array(path.utf8), isDeflated: true, checksum, packed: packedCount, count, 0o100644, at: 0)
    return (local, central + end(1, directory: central.count, at: local.count + packedCount))
  }

  /// The headers of a file, in front of it and in the directory.
  private static func headers(
    _ name: [UInt8], isDeflated: Bool, _ checksum: UInt32, packed: Int, _ count: Int,
    _ mode: UInt32, at offset: Int
  ) -> (local: [UInt8], central: [UInt8]) {
    // 1980-01-01, the earliest date there is; the names are UTF-8.
    var common: [UInt8] = []
    append16([20, 0x0800, isDeflated ? 8 : 0, 0, 0x21], to: &common)
    append32([checksum, UInt32(packed), UInt32(count)], to: &common)
    append16([UInt16(name.count), 0], to: &common)

    // Made by version 3.0 of the format on Unix, so that the mode counts.
    var central: [UInt8] = []
    append32([0x0201_4B50], to: &central)
    append16([0x031E], to: &central)
    central += common
    append16([0, 0, 0], to: &central)
    append32([mode << 16, UInt32(offset)], to: &central)
    central += name

    var local: [UInt8] = []
    append32([0x0403_4B50], to: &local)
    return (local + common + name, central)
  }

  /// The record behind the directory.
  private static func end(_ count: UInt16, directory: Int, at offset: Int) -> [UInt8] {
    var out: [UInt8] = []
    append32([0x0605_4B50], to: &out)
    append16([0, 0, count, count], to: &out)
    append32([UInt32(directory), UInt32(offset)], to: &out)
    append16([0], to: &out)
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
