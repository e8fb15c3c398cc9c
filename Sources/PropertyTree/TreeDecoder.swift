/// Decodes a `Decodable` from a `PropertyValue`.
///
/// - Scalars are lenient where AWS's text protocols need it: `"5"` decodes as an `Int`.
/// - A list decodes from a list, from `{"member": [...]}`, and, with `lenientLists`, from an object
///   with the keys `1`, `2`, … or from a single value (Query and XML).
/// - `unread` tells which keys of the input nobody asked for, so that nothing is accepted and
///   ignored.
public struct TreeDecoder {
  public var lenientLists = false

  public init(lenientLists: Bool = false) { self.lenientLists = lenientLists }

  /// Throws `DecodingError`.
  public func decode<T: Decodable>(_ type: T.Type, from value: PropertyValue) throws -> T {
    try TreeNode(value, record: nil, lenientLists: lenientLists).decode(type)
  }

  /// Like `decode`, and returns the dotted paths of keys that the type did not read, in order.
  public func decodeReportingUnread<T: Decodable>(_ type: T.Type, from value: PropertyValue) throws
    -> (value: T, unread: [String])
  {
    let record = ReadRecord()
    let decoded = try TreeNode(value, record: record, lenientLists: lenientLists).decode(type)
    return (decoded, record.unread)
  }
}

/// Collects what the containers did not read. One per decode, never shared between threads.
final class ReadRecord {
  var objects: [(path: String, keys: [String], isRead: Set<String>)] = []

  var unread: [String] {
    objects.flatMap { entry in
      entry.keys.filter { !entry.isRead.contains($0) }
        .map { entry.path.isEmpty ? $0 : "\(entry.path).\($0)" }
    }
  }
}

/// One value with its way up to the root, from which its path is put together when it is asked for.
final class TreeNode: Decoder {
  let value: PropertyValue
  /// nil where nobody asks what is left unread.
  let record: ReadRecord?
  let lenientLists: Bool
  private let parent: TreeNode?
  private let key: (any CodingKey)?

  init(_ value: PropertyValue, record: ReadRecord?, lenientLists: Bool) {
    self.value = value
    self.record = record
    self.lenientLists = lenientLists
    parent = nil
    key = nil
  }

  private init(_ value: PropertyValue, _ key: any CodingKey, in parent: TreeNode) {
    self.value = value
    record = parent.record
    lenientLists = parent.lenientLists
    self.parent = parent
    self.key = key
  }

  var path: [any CodingKey] { (parent?.path ?? []) + (key.map { [$0] } ?? []) }
  var codingPath: [any CodingKey] { path }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  var pathText: String { path.map(\.stringValue).joined(separator: ".") }

  func child(_ value: PropertyValue, _ key: any CodingKey) -> TreeNode {
    TreeNode(value, key, in: self)
  }

  func mismatch(_ expected: Any.Type, _ what: String) -> DecodingError {
    .typeMismatch(
      expected, .init(codingPath: path, debugDescription: "expected \(what) at \(pathText)"))
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if type == PropertyValue.self { return value as! T }  // the types were just compared
    return try T(from: self)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    switch value {
    case .object(let object):
      return KeyedDecodingContainer(KeyedNode<Key>(node: self, object: object))
    case .string("") where lenientLists:
      return KeyedDecodingContainer(KeyedNode<Key>(node: self, object: PropertyObject()))
    default: throw mismatch([String: PropertyValue].self, "an object")
    }
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let list = listElements else { throw mismatch([PropertyValue].self, "a list") }
    return UnkeyedNode(node: self, list: list)
  }

  private var listElements: [PropertyValue]? {
    switch value {
    case .list(let list): return list
    case .string("") where lenientLists: return []
    case .object(let object) where lenientLists:
      if object.count == 1, let key = object.keys.first,
        ["member", "item", "Item", "entry"].contains(key), let inner = object[key]
      {
        return child(inner, IndexKey(0)).listElements
      }
      let numbered = object.map { (Int($0.key), $0.value) }
      if !numbered.isEmpty, numbered.allSatisfy({ $0.0 != nil }) {
        return numbered.sorted { $0.0! < $1.0! }.map(\.1)
      }
      return [value]
    case .null: return nil
    default: return lenientLists ? [value] : nil
    }
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { ScalarNode(node: self) }
}

struct IndexKey: CodingKey {
  let index: Int
  var intValue: Int? { index }
  var stringValue: String { String(index) }
  init(_ index: Int) { self.index = index }
  init?(stringValue: String) { return nil }
  init?(intValue: Int) { self.init(intValue) }
}
