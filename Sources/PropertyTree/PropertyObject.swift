import OrderedCollections

/// An object that keeps the order in which its keys were written. Equality ignores that order,
/// because neither CloudFormation nor JSON gives it a meaning.
public struct PropertyObject: Sendable {
  private var storage: OrderedDictionary<String, PropertyValue>

  public init() { storage = [:] }

  public init(_ pairs: some Sequence<(String, PropertyValue)>) {
    storage = OrderedDictionary(pairs, uniquingKeysWith: { _, last in last })
  }

  public subscript(key: String) -> PropertyValue? {
    get { storage[key] }
    set { storage[key] = newValue }
  }

  public var keys: some RandomAccessCollection<String> & Sendable { storage.keys }
  public var values: some RandomAccessCollection<PropertyValue> & Sendable { storage.values }
  public var isEmpty: Bool { storage.isEmpty }
  public var count: Int { storage.count }
}

extension PropertyObject: Sequence {
  /// The pairs, in the order in which their keys were written.
  public struct Iterator: IteratorProtocol {
    fileprivate var base: OrderedDictionary<String, PropertyValue>.Iterator

    public mutating func next() -> (key: String, value: PropertyValue)? { base.next() }
  }

  public func makeIterator() -> Iterator { Iterator(base: storage.makeIterator()) }

  public var underestimatedCount: Int { count }
}

extension PropertyObject: Hashable {
  public static func == (a: PropertyObject, b: PropertyObject) -> Bool {
    guard a.count == b.count else { return false }
    return a.storage.allSatisfy { b.storage[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    var combined = 0
    for (key, value) in storage {
      var pair = Hasher()
      pair.combine(key)
      pair.combine(value)
      combined ^= pair.finalize()
    }
    hasher.combine(combined)
  }
}

extension PropertyObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, PropertyValue)...) { self.init(elements) }
}
