import PropertyTree

/// A tag as AWS's lists spell it.
public protocol TagShape: Sendable {
  var Key: String { get }
  /// nil where none was given, which counts as an empty one.
  var text: String? { get }

  init(key: String, value: String)
}

/// A tag whose value may be left out.
public struct Tag: TagShape, Codable, Hashable {
  public var Key: String
  public var Value: String?
  public var text: String? { Value }

  public init(Key: String, Value: String?) {
    self.Key = Key
    self.Value = Value
  }

  public init(key: String, value: String) { self.init(Key: key, Value: value) }
}

/// A tag with a value, which may be empty.
public struct ValuedTag: TagShape, Codable, Hashable {
  public var Key: String
  public var Value: String
  public var text: String? { Value }

  public init(Key: String, Value: String) {
    self.Key = Key
    self.Value = Value
  }

  public init(key: String, value: String) { self.init(Key: key, Value: value) }
}

extension Sequence where Element: TagShape {
  /// Values by key; of a key that comes twice, the later value.
  public var table: [String: String] {
    Dictionary(map { ($0.Key, $0.text ?? "") }, uniquingKeysWith: { _, last in last })
  }
}

extension Array where Element: TagShape {
  /// The tags that people have set, without AWS's own.
  public var own: [Element] { filter { !TagRules.isSystemKey($0.Key) } }

  /// AWS's own tags.
  public var system: [Element] { filter { TagRules.isSystemKey($0.Key) } }

  /// These tags with `new` added or in place of those of the same keys, which move to the end.
  public func merging(_ new: [Element]) -> [Element] {
    let keys = Set(new.map(\.Key))
    return filter { !keys.contains($0.Key) } + new
  }
}

extension Array<ValuedTag> {
  /// A table as a list, keys ascending.
  public init(table: [String: String]) {
    self = table.sorted { $0.key < $1.key }.map { ValuedTag(Key: $0.key, Value: $0.value) }
  }
}

/// A fault in a set of tags; each service has its own words for it.
public enum TagViolation: Sendable, Hashable {
  /// Keys have 1 to 128 characters.
  case key(String)
  /// The tag of this key has a value that is too long: more than 256 characters.
  case value(String)
  /// Keys that begin with `aws:`, in any case, are AWS's own.
  case reserved(String)
  case duplicate(String)
  /// More tags than a resource may have.
  case count(Int)
}

/// Bounds of tags (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html).
public struct TagRules: Sendable {
  public var countMax = 50
  public var keyCharactersMax = 128
  public var valueCharactersMax = 256
  /// True if keys are compared without regard to case.
  public var ignoresCase = false

  public init() {}

  /// True for the key of a tag that only AWS itself sets, changes and removes.
  public static func isSystemKey(_ key: String) -> Bool { key.prefix(4).lowercased() == "aws:" }

  /// The first violation; nil where the tags are as they should be.
  public func violation(of tags: some Collection<(key: String, value: String)>) -> TagViolation? {
    var keys: Set<String> = []
    for (key, value) in tags {
      if !(1...keyCharactersMax).contains(key.utf16.count) { return .key(key) }
      if value.utf16.count > valueCharactersMax { return .value(key) }
      if Self.isSystemKey(key) { return .reserved(key) }
      if !keys.insert(ignoresCase ? key.lowercased() : key).inserted { return .duplicate(key) }
    }
    return tags.count > countMax ? .count(countMax) : nil
  }

  public func violation(of tags: [some TagShape]) -> TagViolation? {
    violation(of: tags.map { (key: $0.Key, value: $0.text ?? "") })
  }
}

extension Array<ValuedTag> {
  /// Tags that are stored as one object, keys ascending; nil where there are none.
  public init?(stored: PropertyObject) {
    if stored.isEmpty { return nil }
    self.init(table: stored.reduce(into: [:]) { $0[$1.key] = $1.value.scalarText ?? "" })
  }

  /// As one object, in this order; of a key that comes twice, the later value.
  public var stored: PropertyObject {
    var tags = PropertyObject()
    for tag in self { tags[tag.Key] = .string(tag.Value) }
    return tags
  }
}
