import Crypto

/// A place in the hash space of 2^128, in decimal on the wire.
struct HashKey: Sendable, Hashable, Comparable, Codable {
  var value: UInt128

  init(_ value: UInt128) { self.value = value }

  /// nil unless the text is a decimal number below 2^128 without leading zeroes.
  init?(decimal text: String) {
    guard text == "0" || (!text.hasPrefix("0") && !text.hasPrefix("+")),
      let value = UInt128(text)
    else { return nil }
    self.value = value
  }

  /// MD5 of the partition key's UTF-8, read as an unsigned big-endian number.
  init(partitionKey: UnsafeRawBufferPointer) {
    var hash = Insecure.MD5()
    hash.update(bufferPointer: partitionKey)
    value = hash.finalize().withUnsafeBytes {
      UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let key = HashKey(decimal: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a hash key")
    }
    self = key
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(decimal)
  }

  var decimal: String { String(value) }

  static func < (a: HashKey, b: HashKey) -> Bool { a.value < b.value }
}
