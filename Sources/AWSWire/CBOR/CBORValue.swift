/// One item of CBOR.
///
/// <https://www.rfc-editor.org/rfc/rfc8949>
public indirect enum CBORValue: Sendable, Hashable {
  case unsigned(UInt64)
  /// −1 − n.
  case negative(UInt64)
  case bytes([UInt8])
  case text(String)
  case array([CBORValue])
  /// The pairs in their order; a key may stand twice.
  case map([CBORPair])
  case tag(UInt64, CBORValue)
  case bool(Bool)
  case null
  case undefined
  /// A simple value without a meaning of its own: 0…19 and 32…255.
  case simple(UInt8)
  case double(Double)
}

/// One entry of a map.
public struct CBORPair: Sendable, Hashable {
  public var key: CBORValue
  public var value: CBORValue
  public init(_ key: CBORValue, _ value: CBORValue) {
    self.key = key
    self.value = value
  }
}
