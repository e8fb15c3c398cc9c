import PropertyTree

/// Rows hold values as compact JSON.
enum Body {
  static func encode(_ value: some Encodable) throws -> String {
    JSONWriter.compact(try TreeEncoder().encode(value))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try TreeDecoder().decode(type, from: JSONReader.read(text))
  }
}
