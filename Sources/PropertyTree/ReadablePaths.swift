/// The members that a `Decodable` type reads, found out by decoding it.
///
/// The type is decoded from a decoder that has an answer to everything and notes what it is asked
/// for. So a type that declares its members needs no second list of them.
public enum ReadablePaths {
  /// A type whose members can't be found out: it refuses every answer, as an enumeration does that
  /// is not `CaseIterable`.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The dotted path of the member that was refused.
    public var path: String
    public var description: String {
      "the members can't be read off at `\(path)`: make its type CaseIterable, or optional"
    }
  }

  /// Dotted paths, indices dropped; `X.*` where a dictionary or a `PropertyValue` takes all that is
  /// below `X`.
  public static func of<T: Decodable>(_ type: T.Type) throws(Failure) -> Set<String> {
    let record = PathRecord()
    let node = ProbeNode(keys: [], types: [], record: record)
    do { _ = try node.value(type) } catch let failure as Failure { throw failure } catch {
      throw Failure(path: record.last)
    }
    return record.paths
  }
}

/// The keys that were asked for. One record for each type that is looked at, never shared between
/// threads.
private final class PathRecord {
  var paths: Set<String> = []
  var last = ""

  func note(_ keys: [String]) {
    last = keys.joined(separator: ".")
    if !keys.isEmpty { paths.insert(last) }
  }
}

/// A decoder that answers everything.
private struct ProbeNode: Decoder {
  let keys: [String]
  /// The types around this place: one that contains itself is not entered again.
  let types: [ObjectIdentifier]
  let record: PathRecord

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func child(_ key: String) -> ProbeNode {
    ProbeNode(keys: keys + [key], types: types, record: record)
  }

  func value<T: Decodable>(_ type: T.Type) throws -> T {
    if let whole = PropertyValue.null as? T {
      record.note(keys + ["*"])
      return whole
    }
    if let choices = type as? any CaseIterable.Type, let first = Self.first(of: choices) as? T {
      return first
    }
    let id = ObjectIdentifier(type)
    if types.contains(id) {
      record.note(keys + ["*"])
      throw ReadablePaths.Failure(path: keys.joined(separator: "."))
    }
    return try T(from: ProbeNode(keys: keys, types: types + [id], record: record))
  }

  private static func first<C: CaseIterable>(of type: C.Type) -> Any? { type.allCases.first }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ProbeObject<Key>(node: self))
  }

  func unkeyedContainer() -> any UnkeyedDecodingContainer { ProbeList(node: self) }

  func singleValueContainer() -> any SingleValueDecodingContainer { ProbeScalar(node: self) }
}

private struct ProbeObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: ProbeNode
  var codingPath: [any CodingKey] { [] }

  /// Only a type with names of its user's asks which there are.
  var allKeys: [Key] {
    node.record.note(node.keys + ["*"])
    return []
  }

  private func child(_ key: Key) -> ProbeNode {
    let child = node.child(key.stringValue)
    child.record.note(child.keys)
    return child
  }

  func contains(_ key: Key) -> Bool {
    _ = child(key)
    return true
  }

  func decodeNil(forKey key: Key) -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try child(key).value(type)
  }

  /// Optional values are missing where no answer fits.
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    do { return try child(key).value(type) } catch is DecodingError {
      return nil
    } catch is ReadablePaths.Failure { return nil }
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedDecodingContainer<Nested>
  { child(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer {
    child(key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder { node }
  func superDecoder(forKey key: Key) -> any Decoder { child(key) }
}

/// A list of one.
private struct ProbeList: UnkeyedDecodingContainer {
  let node: ProbeNode
  var currentIndex = 0
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 1 }
  var isAtEnd: Bool { currentIndex > 0 }

  mutating func decodeNil() -> Bool { false }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    currentIndex += 1
    return try node.value(type)
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type)
    -> KeyedDecodingContainer<Nested>
  {
    currentIndex += 1
    return node.container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
    currentIndex += 1
    return node.unkeyedContainer()
  }

  mutating func superDecoder() -> any Decoder {
    currentIndex += 1
    return node
  }
}

private struct ProbeScalar: SingleValueDecodingContainer {
  let node: ProbeNode
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
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try node.value(type) }
}
