/// Reads RFC 8259 JSON into a `PropertyValue`. Ours rather than Foundation's because key order
/// must survive, and because Foundation's reader is the largest cost of a request.
public struct JSONReader {
  /// The fault, and the byte where it stands (from 0).
  public struct Failure: Error, Sendable, Hashable {
    public var message: String
    public var offset: Int
  }

  /// Deeper nesting is refused, so that hostile input can't exhaust the stack.
  public static let depthMax = 256

  private var scanner: JSONScanner

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { scanner = JSONScanner(bytes) }

  private var bytes: UnsafeBufferPointer<UInt8> { scanner.bytes }

  private var index: Int {
    get { scanner.index }
    set { scanner.index = newValue }
  }

  public static func read(_ bytes: [UInt8]) throws(Failure) -> PropertyValue {
    try bytes.withUnsafeBufferPointer { whole($0) }.get()
  }

  public static func read(_ text: String) throws(Failure) -> PropertyValue {
    var text = text
    return try text.withUTF8 { whole($0) }.get()
  }

  private static func whole(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<PropertyValue, Failure>
  {
    var reader = JSONReader(buffer)
    do throws(Failure) {
      let value = try reader.value(depth: 0)
      reader.skipSpace()
      guard reader.index == buffer.count else { throw reader.fail("text after the JSON value") }
      return .success(value)
    } catch { return .failure(error) }
  }

  private func fail(_ message: String) -> Failure { scanner.failure(message) }

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
    case UInt8(ascii: "\""): return .string(try scanner.string())
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
    guard scanner.skip(text) else { throw fail("expected a JSON value") }
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
      let key = try scanner.string()
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
    guard let number = scanner.number() else { throw fail("expected a JSON number") }
    if number.isInteger, let integer = Int64(number.text) { return .int(integer) }
    guard let double = Double(number.text), double.isFinite else {
      throw fail("the number \(number.text.prefix(40)) is too large")
    }
    return .double(double)
  }
}
