import PropertyTree

/// A pattern that tells which events are wanted: an object with the fields to look at, and for each a
/// list of values and tests, one of which must hold.
///
/// An event's list counts as each of its values. A field that is missing, an empty list, and an
/// object where a value is looked for are all absent: only `exists: false` holds of them.
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
public struct EventPattern: Sendable, Hashable {
  /// The reason why something is no pattern.
  public struct Fault: Error, Sendable, Hashable {
    public var message: String

    init(_ message: String) { self.message = message }
  }

  struct Fields: Sendable, Hashable {
    var members: [Member] = []
    /// Of each list, one must hold.
    var alternatives: [[Fields]] = []
  }

  struct Member: Sendable, Hashable {
    var key: String
    var node: Node
  }

  indirect enum Node: Sendable, Hashable {
    case fields(Fields)
    case tests([ValueTest])
  }

  let root: Fields

  public init(_ text: String) throws(Fault) {
    let value: PropertyValue
    do throws(JSONReader.Failure) { value = try JSONReader.read(text) } catch {
      throw Fault("The pattern is not JSON: \(error.message).")
    }
    try self.init(value)
  }

  public init(_ pattern: PropertyValue) throws(Fault) {
    guard let object = pattern.objectValue else { throw Fault("A pattern must be an object.") }
    root = try Self.fields(object, at: "")
  }

  /// The fields that the pattern looks at, at the top.
  public var keys: Set<String> { Self.keys(of: root) }

  private static func keys(of fields: Fields) -> Set<String> {
    fields.alternatives.flatMap { $0 }
      .reduce(into: Set(fields.members.map(\.key))) { $0.formUnion(keys(of: $1)) }
  }

  // MARK: Reading

  private static func fields(_ object: PropertyObject, at path: String) throws(Fault) -> Fields {
    guard !object.isEmpty else {
      throw Fault("Empty objects are not allowed\(path.isEmpty ? "" : ": \(path)").")
    }
    var fields = Fields()
    for (key, value) in object {
      let place = path.isEmpty ? key : "\(path).\(key)"
      switch value {
      case .list(let list) where key == "$or":
        fields.alternatives.append(try alternatives(list, at: place))
      case .object(let inner):
        fields.members.append(Member(key: key, node: .fields(try Self.fields(inner, at: place))))
      case .list(let list):
        guard !list.isEmpty else { throw Fault("Empty arrays are not allowed: \(place).") }
        var tests: [ValueTest] = []
        for item in list { tests.append(try ValueTest(item, at: place)) }
        fields.members.append(Member(key: key, node: .tests(tests)))
      default: throw Fault("\(place) must be an object or an array.")
      }
    }
    return fields
  }

  private static func alternatives(_ list: [PropertyValue], at path: String) throws(Fault)
    -> [Fields]
  {
    guard list.count > 1 else { throw Fault("\(path) must have two objects or more.") }
    var found: [Fields] = []
    for item in list {
      guard let object = item.objectValue else { throw Fault("\(path) must hold objects.") }
      found.append(try fields(object, at: path))
    }
    return found
  }

  // MARK: Matching

  public func matches(_ event: PropertyValue) -> Bool { Self.matches(root, event) }

  private static func matches(_ fields: Fields, _ value: PropertyValue?) -> Bool {
    if let list = value?.listValue, !list.isEmpty {
      return list.contains { matches(fields, $0) }
    }
    let object = value?.objectValue
    for member in fields.members {
      let found = object?[member.key]
      switch member.node {
      case .fields(let inner): if !matches(inner, found) { return false }
      case .tests(let tests): if !matches(tests, found) { return false }
      }
    }
    return fields.alternatives.allSatisfy { some in some.contains { matches($0, value) } }
  }

  private static func matches(_ tests: [ValueTest], _ value: PropertyValue?) -> Bool {
    switch value {
    case .list(let list)?:
      let values = list.filter { $0.isValue }
      return values.isEmpty
        ? tests.contains(.exists(false))
        : values.contains { value in tests.contains { $0.matches(value) } }
    case let value? where value.isValue: return tests.contains { $0.matches(value) }
    default: return tests.contains(.exists(false))
    }
  }
}

extension PropertyValue {
  /// True for what a test can look at.
  fileprivate var isValue: Bool {
    switch self {
    case .null, .bool, .int, .double, .string: true
    case .list, .object, .unknown: false
    }
  }
}
