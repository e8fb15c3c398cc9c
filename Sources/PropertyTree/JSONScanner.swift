/// Reads the words of RFC 8259 JSON, strings and numbers, for the readers of values and of
/// templates.
public struct JSONScanner {
  public let bytes: UnsafeBufferPointer<UInt8>
  /// The next byte; may stand at the end.
  public var index = 0

  public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public func failure(_ message: String) -> JSONReader.Failure {
    JSONReader.Failure(message: message, offset: index)
  }

  /// Goes over a word where it stands next.
  public mutating func skip(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index + length <= bytes.count,
      (0..<length).allSatisfy({ bytes[index + $0] == text.utf8Start[$0] })
    else { return false }
    index += length
    return true
  }

  // MARK: Numbers

  /// A number as it is written.
  public struct Number {
    public var text: String
    /// Without fraction and exponent.
    public var isInteger: Bool
  }

  /// The number that stands next; nil, with `index` where it was, where there is none.
  public mutating func number() -> Number? {
    let start = index
    var end = index
    if end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
    let whole = end
    skipDigits(&end)
    guard end > whole, end == whole + 1 || bytes[whole] != UInt8(ascii: "0") else { return nil }
    var isInteger = true
    if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
      isInteger = false
      end += 1
      let fraction = end
      skipDigits(&end)
      guard end > fraction else { return nil }
    }
    if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      end += 1
      if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") {
        end += 1
      }
      let exponent = end
      skipDigits(&end)
      guard end > exponent else { return nil }
    }
    index = end
    return Number(
      text: String(decoding: bytes[start..<end], as: UTF8.self), isInteger: isInteger)
  }

  private func skipDigits(_ end: inout Int) {
    while end < bytes.count, bytes[end] >= UInt8(ascii: "0"), bytes[end] <= UInt8(ascii: "9") {
      end += 1
    }
  }

  // MARK: Strings

  /// The string whose opening quote stands next, without its escapes. A failure leaves `index`
  /// where it is.
  public mutating func string() throws(JSONReader.Failure) -> String {
    index += 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        defer { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else {
        throw failure("a line break or control character inside a string")
      }
      index += 1
    }
    throw failure("a string without its closing quote")
  }

  private mutating func escapedString(from start: Int) throws(JSONReader.Failure) -> String {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      guard byte >= 0x20 else {
        throw failure("a line break or control character inside a string")
      }
      index += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        let plain = index - 1
        while index < bytes.count, isPlain(bytes[index]) { index += 1 }
        text.append(contentsOf: bytes[plain..<index])
        continue
      }
      guard index < bytes.count else { break }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
      default: throw failure("unknown escape in a string")
      }
    }
    throw failure("a string without its closing quote")
  }

  private func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func unicodeEscape() throws(JSONReader.Failure) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), index + 1 < bytes.count,
      bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    index += 2
    let second = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
    return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
  }

  private mutating func fourHexDigits() throws(JSONReader.Failure) -> UInt32 {
    guard index + 4 <= bytes.count else {
      throw failure("`\\u` needs four hexadecimal digits")
    }
    var value: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("`\\u` needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    index += 4
    return value
  }
}
