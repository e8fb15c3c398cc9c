import PropertyTree
import ServiceKit
import StackModel

/// Rows hold values as compact JSON; those of stacks with `NoEcho` parameters are sealed, because
/// such a parameter's value may stand anywhere in them.
struct Body: Sendable {
  /// The table of the rows: a sealed row is good in its own table only.
  let table: String
  let vault: Vault

  func encode(_ value: some Encodable, isSecret: Bool) throws -> String {
    let text = try Self.encode(value)
    return isSecret ? try vault.seal(text, for: table) : text
  }

  func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try Self.decode(type, Vault.isSealed(text) ? vault.open(text, for: table) : text)
  }

  static func encode(_ value: some Encodable) throws -> String {
    JSONWriter.compact(try TreeEncoder().encode(value))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try TreeDecoder().decode(type, from: JSONReader.read(text))
  }
}

extension [ParameterValue] {
  var holdSecrets: Bool { contains { $0.isSecret } }
}
