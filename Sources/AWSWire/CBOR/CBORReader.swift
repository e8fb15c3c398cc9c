/// Reads one CBOR item. Hostile input can't exhaust stack or memory: nesting and the count of items
/// are bounded, and nothing is reserved on the word of a length.
public struct CBORReader {
  /// The fault, and the byte where it stands (from 0).
  public struct Failure: Error, Sendable, Hashable {
    public var message: String
    public var offset: Int
  }

  /// Tags count as a level.
  public static let depthMax = 64
  public static let itemsMax = 1 << 20

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var items = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Throws for anything but exactly one well-formed item.
  public static func read(_ bytes: [UInt8]) throws(Failure) -> CBORValue {
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<CBORValue, Failure> in
      var reader = CBORReader(buffer)
      do throws(Failure) {
        let value = try reader.item(depth: 0)
        guard reader.index == buffer.count else { throw reader.fail("bytes after the CBOR item") }
        return .success(value)
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func fail(_ message: String) -> Failure { Failure(message: message, offset: index) }

  /// The first byte of an item, its argument read: `nil` for an indefinite length.
  private struct Head {
    var major: UInt8
    var short: UInt8
    var argument: UInt64?
  }

  private static let breakByte: UInt8 = 0xFF

  private mutating func byte() throws(Failure) -> UInt8 {
    guard index < bytes.count else { throw fail("the CBOR item ends early") }
    defer { index += 1 }
    return bytes[index]
  }

  private mutating func head() throws(Failure) -> Head {
    let first = try byte()
    let short = first & 31
    switch short {
    case 0..<24: return Head(major: first >> 5, short: short, argument: UInt64(short))
    case 24..<28:
      var argument: UInt64 = 0
      for _ in 0..<(1 << (short - 24)) { argument = argument << 8 | UInt64(try byte()) }
      return Head(major: first >> 5, short: short, argument: argument)
    case 31: return Head(major: first >> 5, short: short, argument: nil)
    default: throw fail("a length of a reserved form")
    }
  }

  private mutating func item(depth: Int) throws(Failure) -> CBORValue {
    guard depth < Self.depthMax else { throw fail("nested deeper than \(Self.depthMax) levels") }
    items += 1
    guard items <= Self.itemsMax else { throw fail("more than \(Self.itemsMax) items") }
    let head = try head()
    switch head.major {
    case 0: return .unsigned(try definite(head))
    case 1: return .negative(try definite(head))
    case 2: return .bytes(try string(head))
    case 3: return .text(try text(head))
    case 4: return .array(try array(head, depth))
    case 5: return .map(try map(head, depth))
    case 6: return .tag(try definite(head), try item(depth: depth + 1))
    default: return try simple(head)
    }
  }

  private func definite(_ head: Head) throws(Failure) -> UInt64 {
    guard let argument = head.argument else { throw fail("an indefinite length has no place here") }
    return argument
  }

  /// A count of things that take at least `size` bytes each: more than there are bytes is refused.
  private func count(_ argument: UInt64, size: Int) throws(Failure) -> Int {
    guard argument <= UInt64((bytes.count - index) / size) else {
      throw fail("the CBOR item ends early")
    }
    return Int(argument)
  }

  private mutating func isBreak() throws(Failure) -> Bool {
    guard index < bytes.count else { throw fail("the CBOR item ends early") }
    guard bytes[index] == Self.breakByte else { return false }
    index += 1
    return true
  }

  private mutating func chunk(_ argument: UInt64) throws(Failure) -> UnsafeBufferPointer<UInt8> {
    let length = try count(argument, size: 1)
    defer { index += length }
    return UnsafeBufferPointer(rebasing: bytes[index..<(index + length)])
  }

  /// The bytes of a string; pieces of an indefinite one are strings of the same kind.
  private mutating func string(_ head: Head) throws(Failure) -> [UInt8] {
    if let length = head.argument { return Array(try chunk(length)) }
    var whole: [UInt8] = []
    while try !isBreak() { whole += try chunk(try piece(of: head)) }
    return whole
  }

  private mutating func text(_ head: Head) throws(Failure) -> String {
    if let length = head.argument { return try unicode(try chunk(length)) }
    var whole = ""
    // A character never stands across two pieces.
    while try !isBreak() { whole += try unicode(try chunk(try piece(of: head))) }
    return whole
  }

  private mutating func piece(of whole: Head) throws(Failure) -> UInt64 {
    let head = try head()
    guard head.major == whole.major, let length = head.argument else {
      throw fail("a piece of a string is no string of its kind")
    }
    items += 1
    guard items <= Self.itemsMax else { throw fail("more than \(Self.itemsMax) items") }
    return length
  }

  private func unicode(_ bytes: UnsafeBufferPointer<UInt8>) throws(Failure) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fail("a text is not UTF-8")
    }
    return text
  }

  private mutating func array(_ head: Head, _ depth: Int) throws(Failure) -> [CBORValue] {
    var list: [CBORValue] = []
    if let argument = head.argument {
      for _ in 0..<(try count(argument, size: 1)) { list.append(try item(depth: depth + 1)) }
    } else {
      while try !isBreak() { list.append(try item(depth: depth + 1)) }
    }
    return list
  }

  private mutating func map(_ head: Head, _ depth: Int) throws(Failure) -> [CBORPair] {
    var pairs: [CBORPair] = []
    if let argument = head.argument {
      for _ in 0..<(try count(argument, size: 2)) {
        pairs.append(CBORPair(try item(depth: depth + 1), try item(depth: depth + 1)))
      }
    } else {
      while try !isBreak() {
        pairs.append(CBORPair(try item(depth: depth + 1), try item(depth: depth + 1)))
      }
    }
    return pairs
  }

  private func simple(_ head: Head) throws(Failure) -> CBORValue {
    guard let argument = head.argument else { throw fail("a break that ends nothing") }
    switch head.short {
    case 20: return .bool(false)
    case 21: return .bool(true)
    case 22: return .null
    case 23: return .undefined
    case 24:
      guard argument >= 32 else { throw fail("a simple value of a reserved form") }
      return .simple(UInt8(argument))
    case 25: return .double(Self.half(UInt16(argument)))
    case 26: return .double(Double(Float(bitPattern: UInt32(argument))))
    case 27: return .double(Double(bitPattern: argument))
    default: return .simple(UInt8(argument))
    }
  }

  /// Widens a half-precision float; `Float16` is not there on every machine.
  private static func half(_ bits: UInt16) -> Double {
    let fraction = Double(bits & 0x3FF)
    let exponent = Int(bits >> 10 & 31)
    let magnitude: Double =
      switch exponent {
      case 0: Double(sign: .plus, exponent: -24, significand: fraction)
      case 31: fraction == 0 ? .infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
      }
    return bits >> 15 == 1 ? -magnitude : magnitude
  }
}
