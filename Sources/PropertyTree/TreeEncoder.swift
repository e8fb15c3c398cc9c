/// Encodes an `Encodable` into a `PropertyValue`, keys in the order of their declaration.
/// nil optionals leave no key behind.
public struct TreeEncoder {
  public init() {}

  /// Throws `EncodingError`, which only a type with an encoding of its own can cause.
  public func encode(_ value: some Encodable) throws -> PropertyValue {
    let sink = TreeSink()
    try sink.encode(value)
    return sink.value
  }
}

/// The place of one value; containers write into it as they go.
final class TreeSink: Encoder {
  var value: PropertyValue = .null
  private let parent: TreeSink?
  private let key: (any CodingKey)?
  /// Children that write after they were handed out (nested containers, super encoders).
  var pending: [(key: String?, sink: TreeSink)] = []
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }

  init() {
    parent = nil
    key = nil
  }

  init(_ key: any CodingKey, in parent: TreeSink) {
    self.parent = parent
    self.key = key
  }

  func encode<Value: Encodable>(_ encodable: Value) throws {
    // The types are compared first, because a cast takes long.
    if Value.self == PropertyValue.self, let tree = encodable as? PropertyValue {
      value = tree
    } else {
      try encodable.encode(to: self)
      attachPending()
    }
  }

  func attachPending() {
    for (key, sink) in pending {
      sink.attachPending()
      if let key { set(sink.value, for: key) } else { append(sink.value) }
    }
    pending = []
  }

  func set(_ new: PropertyValue, for key: String) {
    guard case .object(var object) = value else { return }
    value = .null
    object[key] = new
    value = .object(object)
  }

  func append(_ new: PropertyValue) {
    guard case .list(var list) = value else { return }
    value = .null
    list.append(new)
    value = .list(list)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if value.objectValue == nil { value = .object(PropertyObject()) }
    return KeyedEncodingContainer(KeyedSink<Key>(sink: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if value.listValue == nil { value = .list([]) }
    return UnkeyedSink(sink: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { ScalarSink(sink: self) }
}

struct KeyedSink<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let sink: TreeSink
  var codingPath: [any CodingKey] { sink.codingPath }

  func encodeNil(forKey key: Key) { sink.set(.null, for: key.stringValue) }

  // Text and numbers, of which most models are made, need no sink of their own.
  func encode(_ value: String, forKey key: Key) { sink.set(.string(value), for: key.stringValue) }
  func encode(_ value: Int, forKey key: Key) { sink.set(.int(Int64(value)), for: key.stringValue) }
  func encode(_ value: Bool, forKey key: Key) { sink.set(.bool(value), for: key.stringValue) }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    let child = TreeSink(key, in: sink)
    try child.encode(value)
    sink.set(child.value, for: key.stringValue)
  }

  private func child(_ key: any CodingKey) -> TreeSink {
    let child = TreeSink(key, in: sink)
    sink.pending.append((key.stringValue, child))
    return child
  }

  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  {
    child(key).container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    child(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { sink }
  func superEncoder(forKey key: Key) -> any Encoder { child(key) }
}

struct UnkeyedSink: UnkeyedEncodingContainer {
  let sink: TreeSink
  var codingPath: [any CodingKey] { sink.codingPath }
  var count: Int { sink.value.listValue?.count ?? 0 }

  func encodeNil() { sink.append(.null) }

  func encode<T: Encodable>(_ value: T) throws {
    let child = TreeSink(IndexKey(count), in: sink)
    try child.encode(value)
    sink.append(child.value)
  }

  private func child() -> TreeSink {
    let child = TreeSink(IndexKey(count), in: sink)
    sink.pending.append((nil, child))
    return child
  }

  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type)
    -> KeyedEncodingContainer<Nested>
  {
    child().container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }
  func superEncoder() -> any Encoder { child() }
}

struct ScalarSink: SingleValueEncodingContainer {
  let sink: TreeSink
  var codingPath: [any CodingKey] { sink.codingPath }

  func encodeNil() { sink.value = .null }
  func encode(_ value: Bool) { sink.value = .bool(value) }
  func encode(_ value: String) { sink.value = .string(value) }
  func encode(_ value: Double) { sink.value = .double(value) }
  func encode(_ value: Float) { sink.value = .double(Double(value)) }
  func encode(_ value: Int) { sink.value = .int(Int64(value)) }
  func encode(_ value: Int8) { sink.value = .int(Int64(value)) }
  func encode(_ value: Int16) { sink.value = .int(Int64(value)) }
  func encode(_ value: Int32) { sink.value = .int(Int64(value)) }
  func encode(_ value: Int64) { sink.value = .int(value) }
  func encode(_ value: UInt) throws { try encodeUnsigned(UInt64(value)) }
  func encode(_ value: UInt8) { sink.value = .int(Int64(value)) }
  func encode(_ value: UInt16) { sink.value = .int(Int64(value)) }
  func encode(_ value: UInt32) { sink.value = .int(Int64(value)) }
  func encode(_ value: UInt64) throws { try encodeUnsigned(value) }
  func encode<T: Encodable>(_ value: T) throws { try sink.encode(value) }

  private func encodeUnsigned(_ value: UInt64) throws {
    guard let signed = Int64(exactly: value) else {
      throw EncodingError.invalidValue(
        value, .init(codingPath: codingPath, debugDescription: "larger than a 64-bit integer"))
    }
    sink.value = .int(signed)
  }
}
