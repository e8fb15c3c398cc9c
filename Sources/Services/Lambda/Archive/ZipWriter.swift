import CZlib

/// Writes a ZIP archive of one file, uncompressed, the same bytes for the same contents.
enum ZipWriter {
  static func archive(_ path: String, _ contents: [UInt8]) -> [UInt8] {
    let name = Array(path.utf8)
    let crc = UInt32(crc32(0, contents, UInt32(contents.count)))
    // 1980-01-01, the earliest date there is.
    var common: [UInt8] = []
    append16(20, &common)
    append16(0x0800, &common)
    append16(0, &common)
    append16(0, &common)
    append16(0x21, &common)
    append32(crc, &common)
    append32(UInt32(contents.count), &common)
    append32(UInt32(contents.count), &common)
    append16(UInt16(name.count), &common)
    append16(0, &common)

    var out: [UInt8] = []
    append32(0x0403_4B50, &out)
    out += common + name + contents
    let directory = out.count
    append32(0x0201_4B50, &out)
    append16(0x031E, &out)
    out += common
    append16(0, &out)
    append16(0, &out)
    append16(0, &out)
    append32(0o100644 << 16, &out)
    append32(0, &out)
    out += name
    let directoryCount = out.count - directory
    append32(0x0605_4B50, &out)
    append16(0, &out)
    append16(0, &out)
    append16(1, &out)
    append16(1, &out)
    append32(UInt32(directoryCount), &out)
    append32(UInt32(directory), &out)
    append16(0, &out)
    return out
  }

  private static func append16(_ value: UInt16, _ out: inout [UInt8]) {
    out.append(UInt8(truncatingIfNeeded: value))
    out.append(UInt8(truncatingIfNeeded: value >> 8))
  }

  private static func append32(_ value: UInt32, _ out: inout [UInt8]) {
    append16(UInt16(truncatingIfNeeded: value), &out)
    append16(UInt16(truncatingIfNeeded: value >> 16), &out)
  }
}
