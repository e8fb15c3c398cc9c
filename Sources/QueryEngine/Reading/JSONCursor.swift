import ServiceKit

/// Goes over the JSON text of a record, and tells what is wrong with it.
struct JSONCursor {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// Deeper nesting is refused, so that hostile records can't exhaust the stack.
  static let depthMax = 256

  let bytes: Bytes
  var index = 0
  /// The last string that had escapes, without them.
  private var unescaped: [UInt8] = []

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// Of text that is no JSON.
  static let code = "DataFormatConversion.ParseError"

  static func malformed(_ reason: String) -> ColumnarFault {
    ColumnarFault(code, "Encountered malformed JSON. \(reason)")
  }

  func unexpected(_ expectation: String) -> ColumnarFault {
    guard index < bytes.count else {
      return Self.malformed("Unexpected end-of-input: expected \(expectation)")
    }
    let byte = bytes[index]
    let shown =
      byte < 0x20
      ? "(CTRL-CHAR, code \(byte))" : "'\(Character(UnicodeScalar(byte)))' (code \(byte))"
    return Self.malformed(
      "Unexpected character (\(shown)) at byte \(index): expected \(expectation)")
  }

  @inline(__always) mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }

  /// The next byte that is no space; 0 at the end.
  @inline(__always) mutating func peek() -> UInt8 {
    skipSpace()
    return index < bytes.count ? bytes[index] : 0
  }

  mutating func expect(_ mark: UInt8, _ expectation: @autoclosure () -> String)
    throws(ColumnarFault)
  {
    guard peek() == mark else { throw unexpected(expectation()) }
    index += 1
  }

  /// Goes over `,`, or over `close`, which ends the list.
  ///
  /// - Returns: true where there is more.
  mutating func hasMore(until close: UInt8) throws(ColumnarFault) -> Bool {
    let byte = peek()
    guard byte == UInt8(ascii: ",") || byte == close else {
      throw unexpected(close == UInt8(ascii: "}") ? "`,` or `}`" : "`,` or `]`")
    }
    index += 1
    return byte != close
  }

  // MARK: Words and numbers

  /// A number as it is written.
  struct Number {
    var text: Bytes
    /// Without fraction and exponent.
    var isInteger: Bool
  }

  mutating func number() throws(ColumnarFault) -> Number {
    let start = index
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
    let whole = index
    skipDigits()
    guard index > whole else { throw unexpected("a digit") }
    guard index == whole + 1 || bytes[whole] != UInt8(ascii: "0") else {
      throw Self.malformed("Invalid numeric value: Leading zeroes not allowed, at byte \(start)")
    }
    var isInteger = true
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      isInteger = false
      index += 1
      let fraction = index
      skipDigits()
      guard index > fraction else { throw unexpected("a digit") }
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
      {
        index += 1
      }
      let exponent = index
      skipDigits()
      guard index > exponent else { throw unexpected("a digit") }
    }
    return Number(text: Bytes(rebasing: bytes[start..<index]), isInteger: isInteger)
  }

  private mutating func skipDigits() {
    while index < bytes.count, bytes[index] &- 0x30 <= 9 { index += 1 }
  }

  /// Goes over `true`, `false` or `null`.
  mutating func word(_ text: StaticString) throws(ColumnarFault) {
    let length = text.utf8CodeUnitCount
    guard index + length <= bytes.count,
      (0..<length).allSatisfy({ bytes[index + $0] == text.utf8Start[$0] })
    else { throw unexpected("a JSON value") }
    index += length
  }

  // MARK: Strings

  /// Hands the text of the string that stands next to `body`; the bytes are valid within it only.
  @inline(__always) mutating func string<Result>(
    _ body: (Bytes) throws(ColumnarFault) -> Result
  ) throws(ColumnarFault) -> Result {
    index += 1
    let start = index
    var all: UInt8 = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        let text = Bytes(rebasing: bytes[start..<index])
        if all >= 0x80 { try check(text, at: start) }
        index += 1
        return try body(text)
      }
      if byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      all |= byte
      index += 1
    }
    index = start
    try unescape()
    let text = unescaped
    return try Self.lend(text, body)
  }

  /// `withUnsafeBufferPointer` with the error's type.
  static func lend<Result>(
    _ text: [UInt8], _ body: (Bytes) throws(ColumnarFault) -> Result
  ) throws(ColumnarFault) -> Result {
    try text.withUnsafeBufferPointer { text -> Swift.Result<Result, ColumnarFault> in
      do throws(ColumnarFault) { return .success(try body(text)) } catch { return .failure(error) }
    }.get()
  }

  private func check(_ text: Bytes, at start: Int) throws(ColumnarFault) {
    guard UTF8Check.isValid(text) else {
      throw Self.malformed("Invalid UTF-8 in the string at byte \(start)")
    }
  }

  /// Reads a string from behind its first quotation mark into `unescaped`.
  private mutating func unescape() throws(ColumnarFault) {
    let start = index
    unescaped.removeAll(keepingCapacity: true)
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        return try unescaped.withUnsafeBufferPointer { text -> Swift.Result<Void, ColumnarFault> in
          do throws(ColumnarFault) { return .success(try check(text, at: start)) } catch {
            return .failure(error)
          }
        }.get()
      case UInt8(ascii: "\\"): try unescapeOne()
      case 0..<0x20:
        throw Self.malformed(
          "Illegal unquoted character ((CTRL-CHAR, code \(byte))) at byte \(index - 1): has to be "
            + "escaped using backslash to be included in string value")
      default: unescaped.append(byte)
      }
    }
    throw Self.malformed("Unexpected end-of-input: was expecting closing quote for a string value")
  }

  private mutating func unescapeOne() throws(ColumnarFault) {
    guard index < bytes.count else { throw unexpected("an escaped character") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
    case UInt8(ascii: "b"): unescaped.append(8)
    case UInt8(ascii: "f"): unescaped.append(12)
    case UInt8(ascii: "n"): unescaped.append(10)
    case UInt8(ascii: "r"): unescaped.append(13)
    case UInt8(ascii: "t"): unescaped.append(9)
    case UInt8(ascii: "u"):
      var unit = try hexadecimal()
      if (0xD800..<0xDC00).contains(unit), index + 1 < bytes.count,
        bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
      {
        index += 2
        let low = try hexadecimal()
        if (0xDC00..<0xE000).contains(low) {
          unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
        } else {
          // A half of a pair stands for no character.
          unescaped += [0xEF, 0xBF, 0xBD]
          unit = low
        }
      }
      let scalar = Unicode.Scalar(unit) ?? "\u{FFFD}"
      unescaped += Array(String(Character(scalar)).utf8)
    default:
      index -= 1
      throw Self.malformed(
        "Unrecognized character escape '\(Character(UnicodeScalar(byte)))' (code \(byte)) at byte "
          + "\(index)")
    }
  }

  private mutating func hexadecimal() throws(ColumnarFault) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard index < bytes.count,
        let digit = Character(UnicodeScalar(bytes[index])).hexDigitValue, bytes[index] < 0x80
      else { throw unexpected("a hexadecimal digit") }
      unit = unit << 4 | UInt32(digit)
      index += 1
    }
    return unit
  }

  // MARK: Whole values

  /// Goes over a value of any kind.
  mutating func skipValue(depth: Int) throws(ColumnarFault) {
    guard depth < Self.depthMax else {
      throw Self.malformed("Nested deeper than \(Self.depthMax) levels")
    }
    switch peek() {
    case UInt8(ascii: "{"):
      index += 1
      if peek() == UInt8(ascii: "}") { return index += 1 }
      repeat {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a field's name in quotes") }
        try string { _ throws(ColumnarFault) in }
        try expect(UInt8(ascii: ":"), "`:`")
        try skipValue(depth: depth + 1)
      } while try hasMore(until: UInt8(ascii: "}"))
    case UInt8(ascii: "["):
      index += 1
      if peek() == UInt8(ascii: "]") { return index += 1 }
      repeat { try skipValue(depth: depth + 1) } while try hasMore(until: UInt8(ascii: "]"))
    case UInt8(ascii: "\""): try string { _ throws(ColumnarFault) in }
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number()
    default: throw unexpected("a JSON value")
    }
  }
}

enum UTF8Check {
  static func isValid(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    String(validating: text, as: UTF8.self) != nil
  }
}
