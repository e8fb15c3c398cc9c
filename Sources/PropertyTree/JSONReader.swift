/// Reads RFC 8259 JSON into a `PropertyValue`. Ours rather than Foundation's because key order
/// must survive, and because Foundation's reader is the largest cost of a request.
public struct JSONReader {
  /// What was wrong, and at which byte (from 0).
  public struct Failure: Error, Sendable, Hashable {
    public var message: String
    public var offset: Int
  }

  /// Deeper nesting is refused, so that hostile input can't exhaust the stack.
  public static let depthMax = 256

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  public static func read(_ bytes: [UInt8]) throws(Failure) -> PropertyValue {
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<PropertyValue, Failure> in
      var reader = JSONReader(buffer)
      do throws(Failure) {
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.index == buffer.count else { throw reader.fail("text after the JSON value") }
        return .success(value)
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  public static func read(_ text: String) throws(Failure) -> PropertyValue {
    try read(Array(text.utf8))
  }

  private func fail(_ message: String) -> Failure { Failure(message: message, offset: index) }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(Failure) -> PropertyValue {
    guard depth < Self.depthMax else { throw fail("nested deeper than \(Self.depthMax) levels") }
    skipSpace()
    guard index < bytes.count else { throw fail("the JSON text ends early") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fail("expected a JSON value")
    }
  }

  private mutating func word(_ text: StaticString, _ value: PropertyValue) throws(Failure)
    -> PropertyValue
  {
    let length = text.utf8CodeUnitCount
    guard index + length <= bytes.count,
      (0..<length).allSatisfy({ bytes[index + $0] == text.utf8Start[$0] })
    else { throw fail("expected a JSON value") }
    index += length
    return value
  }

  private mutating func object(depth: Int) throws(Failure) -> PropertyValue {
    index += 1
    var object = PropertyObject()
    skipSpace()
    if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
      index += 1
      return .object(object)
    }
    while true {
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
        throw fail("expected a key in double quotes")
      }
      let key = try string()
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
        throw fail("expected `:` after the key")
      }
      index += 1
      object[key] = try value(depth: depth + 1)
      if try endOfMember(close: UInt8(ascii: "}")) { return .object(object) }
    }
  }

  private mutating func list(depth: Int) throws(Failure) -> PropertyValue {
    index += 1
    var list: [PropertyValue] = []
    skipSpace()
    if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
      index += 1
      return .list(list)
    }
    while true {
      list.append(try value(depth: depth + 1))
      if try endOfMember(close: UInt8(ascii: "]")) { return .list(list) }
    }
  }

  private mutating func endOfMember(close: UInt8) throws(Failure) -> Bool {
    skipSpace()
    guard index < bytes.count else { throw fail("the JSON text ends early") }
    defer { index += 1 }
    if bytes[index] == close { return true }
    if bytes[index] == UInt8(ascii: ",") { return false }
    throw fail("expected `,` or the closing bracket")
  }

  private mutating func number() throws(Failure) -> PropertyValue {
    let start = index
    var isInteger = true
    loop: while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"):
        index += 1
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        isInteger = false
        index += 1
      default: break loop
      }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    let digits = text.drop { $0 == "-" }
    let isLeadingZero =
      digits.count > 1 && digits.first == "0" && digits.dropFirst().first!.isNumber
    if !isLeadingZero, digits.last?.isNumber == true, digits.first?.isNumber == true {
      if isInteger, let integer = Int64(text) { return .int(integer) }
      if let double = Double(text), double.isFinite { return .double(double) }
    }
    index = start
    throw fail("`\(text)` is not a JSON number")
  }

  private mutating func string() throws(Failure) -> String {
    index += 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        defer { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw fail("a control character inside a string") }
      index += 1
    }
    throw fail("a string without its closing quote")
  }

  private mutating func escapedString(from start: Int) throws(Failure) -> String {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return String(decoding: text, as: UTF8.self)
      }
      guard byte >= 0x20 else { throw fail("a control character inside a string") }
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
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
      default: throw fail("unknown escape in a string")
      }
    }
    throw fail("a string without its closing quote")
  }

  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
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

  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    guard index + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
    else { throw fail("`\\u` needs four hexadecimal digits") }
    index += 4
    return value
  }
}
