import Diagnostics
import PropertyTree
import TemplateParsing

/// A value of the template while it is being transformed: intrinsics in their long form, no tags.
///
/// A tree that the transform makes has no span of its own; it takes that of the nearest value
/// around it when the tree becomes nodes again.
struct Tree: Sendable {
  enum Content: Sendable {
    case scalar(TemplateScalar)
    case list([Tree])
    case object([Member])
  }

  struct Member: Sendable {
    var key: String
    var keySpan: SourceSpan?
    var value: Tree

    init(_ key: String, _ value: Tree, keySpan: SourceSpan? = nil) {
      self.key = key
      self.keySpan = keySpan
      self.value = value
    }
  }

  var content: Content
  var span: SourceSpan?

  init(_ content: Content, span: SourceSpan? = nil) {
    self.content = content
    self.span = span
  }

  init(_ text: String) { self.init(.scalar(TemplateScalar(text, isPlain: false))) }

  init(_ list: [Tree]) { self.init(.list(list)) }

  init(_ members: [Member]) { self.init(.object(members)) }

  static var emptyObject: Tree { Tree(.object([])) }
}

// MARK: Reading

extension Tree {
  var members: [Member]? {
    if case .object(let members) = content { members } else { nil }
  }

  var elements: [Tree]? {
    if case .list(let elements) = content { elements } else { nil }
  }

  /// The meaning of a scalar; nil for lists and objects.
  var value: PropertyValue? {
    if case .scalar(let scalar) = content { scalar.value } else { nil }
  }

  /// The text of a scalar that is text, not a number or a boolean.
  var string: String? {
    if case .string(let text) = value { text } else { nil }
  }

  /// The text of any scalar but null, as it is written.
  var text: String? {
    if case .scalar(let scalar) = content, !scalar.isNull { scalar.text } else { nil }
  }

  var bool: Bool? {
    if case .bool(let bool) = value { bool } else { nil }
  }

  var isNull: Bool { value == .null }

  /// False for what is empty, zero, false or nothing.
  var isTruthy: Bool {
    switch content {
    case .list(let elements): return !elements.isEmpty
    case .object(let members): return !members.isEmpty
    case .scalar(let scalar):
      switch scalar.value {
      case .null: return false
      case .bool(let bool): return bool
      case .int(let integer): return integer != 0
      case .double(let double): return double != 0
      case .string(let text): return !text.isEmpty
      default: return true
      }
    }
  }

  var keys: [String] { members?.map(\.key) ?? [] }

  /// A member of an object. Members that say nothing count as absent. Setting keeps the place of
  /// the key; setting nil removes it.
  subscript(key: String) -> Tree? {
    get {
      guard case .object(let members) = content,
        let member = members.first(where: { $0.key == key }), !member.value.isNull
      else { return nil }
      return member.value
    }
    set {
      var members = takeMembers()
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key, value))
      case (nil, nil): break
      }
      content = .object(members)
    }
  }

  /// Takes the members out, so that changing them copies nothing; an object must follow.
  private mutating func takeMembers() -> [Member] {
    guard case .object(let members) = content else { return [] }
    content = .object([])
    return members
  }

  /// Sets a member whose key the user wrote, at `span`.
  mutating func set(_ key: String, _ value: Tree, keySpan: SourceSpan?) {
    var members = takeMembers()
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].value = value
    } else {
      members.append(Member(key, value, keySpan: keySpan))
    }
    content = .object(members)
  }

  /// A member below several objects.
  func at(_ path: String...) -> Tree? {
    var tree = self
    for key in path {
      guard let next = tree[key] else { return nil }
      tree = next
    }
    return tree
  }

  /// The place of a member's key, for messages about the key itself.
  func keySpan(_ key: String) -> SourceSpan? {
    members?.first { $0.key == key }?.keySpan
  }

  /// The kind of the value, for messages: `a list`.
  var shape: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "nothing" : "a single value"
    case .list: "a list"
    case .object: "an object"
    }
  }

  /// The same value as if it stood at `span`.
  func placed(at span: SourceSpan?) -> Tree {
    var copy = self
    copy.span = span ?? copy.span
    return copy
  }

  /// One value as a list of one; a list as it is.
  var asList: [Tree] { elements ?? [self] }

  mutating func append(_ element: Tree) { content = .list((elements ?? []) + [element]) }

  /// Sets each member of another object, the later value winning. Where there are many, they are
  /// found by a table.
  mutating func update(with other: Tree) {
    let new = other.members ?? []
    guard new.count > 8, let own = members, own.count > 8 else {
      for member in new { self[member.key] = member.value }
      return
    }
    var members = takeMembers()
    var places = Dictionary(
      members.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    for member in new {
      if let place = places[member.key] {
        members[place].value = member.value
      } else {
        places[member.key] = members.count
        members.append(Member(member.key, member.value))
      }
    }
    content = .object(members)
  }
}

// MARK: Equality and literals

extension Tree: Hashable {
  static func == (a: Tree, b: Tree) -> Bool {
    switch (a.content, b.content) {
    case (.scalar(let a), .scalar(let b)): return a.value == b.value
    case (.list(let a), .list(let b)): return a == b
    case (.object(let a), .object(let b)):
      guard a.count == b.count else { return false }
      let other = Dictionary(b.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
      return a.allSatisfy { other[$0.key] == $0.value }
    default: return false
    }
  }

  /// Places and the order of members don't count, as they don't for equality.
  func hash(into hasher: inout Hasher) {
    switch content {
    case .scalar(let scalar): hasher.combine(scalar.value)
    case .list(let elements): hasher.combine(elements)
    case .object(let members):
      var sum = 0
      for member in members {
        var own = Hasher()
        own.combine(member.key)
        own.combine(member.value)
        sum &+= own.finalize()
      }
      hasher.combine(sum)
    }
  }
}

extension Tree: ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self.init(value) }

  init(booleanLiteral value: Bool) {
    self.init(.scalar(TemplateScalar(value ? "true" : "false", isPlain: true)))
  }

  init(integerLiteral value: Int) {
    self.init(.scalar(TemplateScalar(String(value), isPlain: true)))
  }

  init(arrayLiteral elements: Tree...) { self.init(.list(elements)) }

  init(dictionaryLiteral elements: (String, Tree)...) {
    self.init(.object(elements.map { Member($0.0, $0.1) }))
  }
}
