import PropertyTree

/// JSON as its bytes: numbers stay as they are written, which no value in memory promises.
enum JSONText {
  /// The text on one line, without the space between its words; nil where it is no JSON in UTF-8.
  static func compact(_ bytes: [UInt8]) -> [UInt8]? {
    guard isJSON(bytes) else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var scan = Scan()
    for byte in bytes {
      scan.step(byte)
      if scan.isInString || !isSpace(byte) { out.append(byte) }
    }
    return out
  }

  /// The elements of an array, each on one line; nil where the bytes are no JSON array.
  static func elements(_ bytes: [UInt8]) -> [[UInt8]]? {
    guard let text = compact(bytes), text.first == UInt8(ascii: "[") else { return nil }
    guard text.count > 2 else { return [] }
    var elements: [[UInt8]] = []
    var scan = Scan()
    var start = 1
    for (index, byte) in text.enumerated() {
      let wasInString = scan.isInString
      scan.step(byte)
      guard !wasInString, index > 0 else { continue }
      let isEnd = index == text.count - 1
      if isEnd || scan.depth == 1 && byte == UInt8(ascii: ",") {
        elements.append(Array(text[start..<index]))
        start = index + 1
      }
    }
    return elements
  }

  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    guard bytes.first(where: { !isSpace($0) }) != nil else { return false }
    do {
      _ = try UTF8Span(validating: bytes.span)
      _ = try JSONReader.read(bytes)
      return true
    } catch { return false }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  /// The place in a text that is known to be JSON.
  private struct Scan {
    var depth = 0
    var isInString = false
    private var isEscaped = false

    mutating func step(_ byte: UInt8) {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        return
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
  }
}
