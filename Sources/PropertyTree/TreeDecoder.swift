/// Decodes a `Decodable` from a `PropertyValue`.
///
/// - Scalars are lenient where AWS's text protocols need it: `"5"` decodes as an `Int`.
/// - A list decodes from a list and, where `lenientLists` says so, from `{"member": [...]}`, from a
///   single value and from empty text (Query and XML).
/// - `unread` tells which keys of the input nobody asked for, so that nothing is accepted and
///   ignored.
public struct TreeDecoder {
  public var lenientLists: LenientLists

  public init(lenientLists: LenientLists = .never) { self.lenientLists = lenientLists }

  /// Throws `DecodingError`.
  public func decode<T: Decodable>(_ type: T.Type, from value: PropertyValue) throws -> T {
    try TreeNode(value, record: nil, lenience: lenientLists).decode(type)
  }

  /// Like `decode`, and returns the dotted paths of keys that the type did not read, in order.
  public func decodeReportingUnread<T: Decodable>(_ type: T.Type, from value: PropertyValue) throws
    -> (value: T, unread: [String])
  {
    let record = ReadRecord()
    let decoded = try TreeNode(value, record: record, lenience: lenientLists).decode(type)
    return (decoded, record.unread)
  }
}

/// Places where a single value may stand for a list of one.
public enum LenientLists: Sendable, Hashable {
  /// JSON and CBOR: a list is a list.
  case never
  /// Query and XML: one value looks like a list of one, and an empty list like empty text.
  case always
  /// These members of the root: those that a REST request carries in its query.
  case members(Set<String>)
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
  let lenience: LenientLists
  /// The object's place in the record, when it has been asked for its keys.
  var slot: Int?
  private let parent: TreeNode?
  private let key: (any CodingKey)?

  private var lenientLists: Bool { lenience == .always }

  init(_ value: PropertyValue, record: ReadRecord?, lenience: LenientLists) {
    self.value = value
    self.record = record
    self.lenience = lenience
    parent = nil
    key = nil
  }

  private init(_ value: PropertyValue, _ key: any CodingKey, in parent: TreeNode) {
    self.value = value
    record = parent.record
    if case .members(let members) = parent.lenience {
      lenience = parent.parent == nil && members.contains(key.stringValue) ? .always : .never
    } else {
      lenience = parent.lenience
    }
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
