/// Takes apart what one record holds.
/// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
enum RecordSeparation {
  /// The most records that one may hold.
  static let partsMax = 500

  /// The JSON objects of a record, with nothing or white space between them; nil where there is
  /// anything else. What stands inside of an object is not looked at beyond its braces and texts.
  static func objects(_ bytes: [UInt8]) -> [ArraySlice<UInt8>]? {
    var found: [ArraySlice<UInt8>] = []
    var start = 0
    var depth = 0
    var isText = false
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "{"):
        if depth == 0 { start = index }
        depth += 1
      case UInt8(ascii: "}"):
        guard depth > 0 else { return nil }
        depth -= 1
        if depth == 0 { found.append(bytes[start...index]) }
      case UInt8(ascii: "\"") where depth > 0: isText = true
      case 0x20, 0x09, 0x0A, 0x0D: break
      default: if depth == 0 { return nil }
      }
    }
    return depth == 0 && !found.isEmpty ? found : nil
  }

  /// The bytes between delimiters; empty pieces are none.
  static func pieces(_ bytes: [UInt8], _ delimiter: [UInt8]) -> [ArraySlice<UInt8>] {
    guard let first = delimiter.first else { return [bytes[...]] }
    var found: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index + delimiter.count <= bytes.count {
      if bytes[index] == first, bytes[index...].starts(with: delimiter) {
        if index > start { found.append(bytes[start..<index]) }
        index += delimiter.count
        start = index
      } else {
        index += 1
      }
    }
    if start < bytes.count { found.append(bytes[start...]) }
    return found
  }
}
