/// Writes CBOR: definite lengths, the shortest form of each length and integer, doubles in 64 bits.
public struct CBORWriter {
  public private(set) var bytes: [UInt8] = []

  public init() { bytes.reserveCapacity(256) }

  public static func bytes(_ value: CBORValue) -> [UInt8] {
    var writer = CBORWriter()
    writer.write(value)
    return writer.bytes
  }

  public mutating func write(_ value: CBORValue) {
    switch value {
    case .unsigned(let number): head(0, number)
    case .negative(let number): head(1, number)
    case .bytes(let string): write(bytes: string)
    case .text(let text): write(text: text)
    case .array(let list):
      head(4, UInt64(list.count))
      for item in list { write(item) }
    case .map(let pairs):
      head(5, UInt64(pairs.count))
      for pair in pairs {
        write(pair.key)
        write(pair.value)
      }
    case .tag(let tag, let item):
      head(6, tag)
      write(item)
    case .bool(let bool): bytes.append(bool ? 0xF5 : 0xF4)
    case .null: bytes.append(0xF6)
    case .undefined: bytes.append(0xF7)
    case .simple(let number): head(7, UInt64(number))
    case .double(let double): write(double)
    }
  }

  public mutating func write(_ integer: Int64) {
    if integer >= 0 { head(0, UInt64(integer)) } else { head(1, UInt64(-1 - integer)) }
  }

  public mutating func write(_ double: Double) {
    bytes.append(0xFB)
    append(double.bitPattern, count: 8)
  }

  public mutating func write(text: String) {
    head(3, UInt64(text.utf8.count))
    bytes += text.utf8
  }

  public mutating func write(bytes string: [UInt8]) {
    head(2, UInt64(string.count))
    bytes += string
  }

  public mutating func write(bool: Bool) { bytes.append(bool ? 0xF5 : 0xF4) }

  public mutating func writeNull() { bytes.append(0xF6) }

  /// The head of an array; `count` items must follow.
  public mutating func array(count: Int) { head(4, UInt64(count)) }

  /// The head of a map; `count` keys must follow, each with its value.
  public mutating func map(count: Int) { head(5, UInt64(count)) }

  /// A tag; the item that it tells about must follow.
  public mutating func tag(_ tag: UInt64) { head(6, tag) }

  private mutating func head(_ major: UInt8, _ argument: UInt64) {
    let type = major << 5
    switch argument {
    case 0..<24: bytes.append(type | UInt8(argument))
    case 24..<(1 << 8):
      bytes += [type | 24, UInt8(argument)]
    case (1 << 8)..<(1 << 16):
      bytes.append(type | 25)
      append(argument, count: 2)
    case (1 << 16)..<(1 << 32):
      bytes.append(type | 26)
      append(argument, count: 4)
    default:
      bytes.append(type | 27)
      append(argument, count: 8)
    }
  }

  private mutating func append(_ number: UInt64, count: Int) {
    for place in (0..<count).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(place * 8)))
    }
  }
}
