import PropertyTree

/// Decodes a type from nothing, and notes every member that it asks for on the way.
final class MemberProbe {
  enum Step: Hashable, Sendable {
    case member(String)
    case element
  }

  private(set) var paths: [[Step]] = []

  /// The members of a type, those of its parts among them. A type that can't be made from zeroes and
  /// empty texts is left where it stops.
  static func paths(of type: any Decodable.Type) -> [[Step]] {
    let probe = MemberProbe()
    // A failure only means that nothing more is to be learned from the type.
    _ = try? ProbeDecoder(probe: probe, path: []).make(type)
    return probe.paths
  }

  fileprivate func note(_ path: [Step]) { paths.append(path) }
}

private struct ProbeDecoder: Decoder {
  let probe: MemberProbe
  let path: [MemberProbe.Step]
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func make<T: Decodable>(_ type: T.Type) throws -> T {
    if let null = PropertyValue.null as? T { return null }
    return try T(from: self)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ProbeMembers(decoder: self))
  }
  func unkeyedContainer() -> any UnkeyedDecodingContainer { ProbeElements(decoder: self) }
  func singleValueContainer() -> any SingleValueDecodingContainer { ProbeValue(decoder: self) }
}

private struct ProbeMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ProbeDecoder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { Key(stringValue: "key").map { [$0] } ?? [] }

  private func inner(_ key: Key) -> ProbeDecoder {
    ProbeDecoder(probe: decoder.probe, path: decoder.path + [.member(key.stringValue)])
  }
  private func noted(_ key: Key) -> ProbeDecoder {
    let inner = inner(key)
    decoder.probe.note(inner.path)
    return inner
  }

  func contains(_ key: Key) -> Bool { true }
  func decodeNil(forKey key: Key) -> Bool { false }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try noted(key).make(type)
  }
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    // What can't be made is left out: it is optional.
    try? noted(key).make(type)
  }
  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedDecodingContainer<Nested>
  {
    noted(key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
    noted(key).unkeyedContainer()
  }
  func superDecoder() -> any Decoder { decoder }
  func superDecoder(forKey key: Key) -> any Decoder { noted(key) }
}

private struct ProbeElements: UnkeyedDecodingContainer {
  let decoder: ProbeDecoder
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 1 }
  var currentIndex = 0
  var isAtEnd: Bool { currentIndex > 0 }

  init(decoder: ProbeDecoder) { self.decoder = decoder }

  private mutating func inner() -> ProbeDecoder {
    currentIndex += 1
    return ProbeDecoder(probe: decoder.probe, path: decoder.path + [.element])
  }

  mutating func decodeNil() -> Bool { false }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try inner().make(type) }
  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type)
    -> KeyedDecodingContainer<Nested>
  {
    inner().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
    inner().unkeyedContainer()
  }
  mutating func superDecoder() -> any Decoder { inner() }
}

private struct ProbeValue: SingleValueDecodingContainer {
  let decoder: ProbeDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }
  func decode(_ type: Bool.Type) -> Bool { false }
  func decode(_ type: String.Type) -> String { "" }
  func decode(_ type: Double.Type) -> Double { 0 }
  func decode(_ type: Float.Type) -> Float { 0 }
  func decode(_ type: Int.Type) -> Int { 0 }
  func decode(_ type: Int8.Type) -> Int8 { 0 }
  func decode(_ type: Int16.Type) -> Int16 { 0 }
  func decode(_ type: Int32.Type) -> Int32 { 0 }
  func decode(_ type: Int64.Type) -> Int64 { 0 }
  func decode(_ type: UInt.Type) -> UInt { 0 }
  func decode(_ type: UInt8.Type) -> UInt8 { 0 }
  func decode(_ type: UInt16.Type) -> UInt16 { 0 }
  func decode(_ type: UInt32.Type) -> UInt32 { 0 }
  func decode(_ type: UInt64.Type) -> UInt64 { 0 }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.make(type) }
}
