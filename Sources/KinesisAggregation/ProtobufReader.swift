/// Reads the fields of a Protocol Buffers message, one after the other, whatever its schema.
/// https://protobuf.dev/programming-guides/encoding/
struct ProtobufReader {
  enum Value: Hashable {
    /// A varint, or the little-endian bits of a fixed-size number.
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ message: ArraySlice<UInt8>) { rest = message }

  /// The next field; nil at the end.
  mutating func next() throws(AggregatedRecord.Malformed) -> (number: UInt64, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let key = try varint()
    let number = key >> 3
    guard number > 0, number < 1 << 29 else { throw .init(reason: "field number \(number)") }
    switch key & 7 {
    case 0: return (number, .number(try varint()))
    case 1: return (number, .number(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(rest.count) else { throw Self.cutOff }
      return (number, .bytes(take(Int(count))))
    case 5: return (number, .number(try fixed(4)))
    default: throw .init(reason: "wire type \(key & 7) of field \(number)")
    }
  }

  private mutating func varint() throws(AggregatedRecord.Malformed) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<10 {
      guard let byte = rest.popFirst() else { throw Self.cutOff }
      // The tenth byte holds the 64th bit alone.
      guard place < 9 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << UInt64(7 * place)
      if byte < 0x80 { return value }
    }
    throw .init(reason: "a number of more than 64 bits")
  }

  private mutating func fixed(_ count: Int) throws(AggregatedRecord.Malformed) -> UInt64 {
    guard rest.count >= count else { throw Self.cutOff }
    return take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static let cutOff = AggregatedRecord.Malformed(reason: "it is cut off")
}
