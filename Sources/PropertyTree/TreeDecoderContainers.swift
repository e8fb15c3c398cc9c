struct KeyedNode<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: TreeNode
  let object: PropertyObject
  private let slot: Int

  init(node: TreeNode, object: PropertyObject) {
    self.node = node
    self.object = object
    // A value that is read as two types has been read when either has.
    slot = node.slot ?? node.record?.objects.count ?? 0
    if node.slot == nil {
      node.slot = slot
      node.record?.objects.append((node.pathText, Array(object.keys), []))
    }
  }

  private func noteRead(_ key: String) { node.record?.objects[slot].isRead.insert(key) }

  var codingPath: [any CodingKey] { node.path }
  var allKeys: [Key] {
    object.keys.compactMap {
      noteRead($0)
      return Key(stringValue: $0)
    }
  }

  func contains(_ key: Key) -> Bool {
    noteRead(key.stringValue)
    return object[key.stringValue] != nil
  }

  private func value(_ key: Key) throws -> PropertyValue {
    noteRead(key.stringValue)
    guard let value = object[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: node.path, debugDescription: "missing \(key.stringValue)"))
    }
    return value
  }

  func found(_ key: Key) throws -> TreeNode { node.child(try value(key), key) }

  func decodeNil(forKey key: Key) throws -> Bool {
    if case .null = try value(key) { true } else { false }
  }

  // Text and numbers, of which most models are made, need no node of their own.
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    if case .string(let text) = try value(key) { return text }
    return try found(key).decode(type)
  }

  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try present(key).map { try $0.stringValue ?? node.child($0, key).decode(type) }
  }

  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    try present(key).map { try node.child($0, key).decode(type) }
  }

  private func present(_ key: Key) -> PropertyValue? {
    noteRead(key.stringValue)
    guard let value = object[key.stringValue] else { return nil }
    if case .null = value { return nil }
    return value
  }

  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    if case .int(let integer) = try value(key) { return Int(integer) }
    return try found(key).decode(type)
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    if case .bool(let bool) = try value(key) { return bool }
    return try found(key).decode(type)
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try found(key).decode(type)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  {
    try found(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try found(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { node }
  func superDecoder(forKey key: Key) throws -> any Decoder { try found(key) }
}

struct UnkeyedNode: UnkeyedDecodingContainer {
  let node: TreeNode
  let list: [PropertyValue]
  var currentIndex = 0

  var codingPath: [any CodingKey] { node.path }
  var count: Int? { list.count }
  var isAtEnd: Bool { currentIndex >= list.count }

  init(node: TreeNode, list: [PropertyValue]) {
    self.node = node
    self.list = list
  }

  mutating func next() throws -> TreeNode {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        PropertyValue.self, .init(codingPath: node.path, debugDescription: "the list ends early"))
    }
    defer { currentIndex += 1 }
    return node.child(list[currentIndex], IndexKey(currentIndex))
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, list[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws
    -> KeyedDecodingContainer<Nested>
  {
    try next().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }
}

struct ScalarNode: SingleValueDecodingContainer {
  let node: TreeNode
  var codingPath: [any CodingKey] { node.path }

  func decodeNil() -> Bool { node.value == .null }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let value = node.value.booleanValue else { throw node.mismatch(type, "a boolean") }
    return value
  }

  func decode(_ type: String.Type) throws -> String {
    guard let value = node.value.scalarText else { throw node.mismatch(type, "a string") }
    return value
  }

  func decode(_ type: Double.Type) throws -> Double {
    switch node.value {
    case .double(let double): return double
    case .int(let int): return Double(int)
    case .string(let text):
      if let double = Double(text) { return double }
    default: break
    }
    throw node.mismatch(type, "a number")
  }

  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

  private func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
    guard let value = node.value.integerValue, let exact = I(exactly: value) else {
      throw node.mismatch(type, "an integer")
    }
    return exact
  }

  func decode(_ type: Int.Type) throws -> Int { try integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }

  func decode<T: Decodable>(_ type: T.Type) throws -> T { try node.decode(type) }
}

extension PropertyValue: Codable {
  public init(from decoder: any Decoder) throws {
    guard let node = decoder as? TreeNode else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "use TreeDecoder"))
    }
    self = node.value
  }

  public func encode(to encoder: any Encoder) throws {
    guard let sink = encoder as? TreeSink else {
      throw EncodingError.invalidValue(
        self, .init(codingPath: encoder.codingPath, debugDescription: "use TreeEncoder"))
    }
    sink.value = self
  }
}
