/// A JSON-like value: a resource's properties, an operation's input and output, a stored model.
public enum PropertyValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case list([PropertyValue])
  case object(PropertyObject)
  /// A value that only the provider can tell, after the apply; the text says which
  /// (`CustomResource.Data`). Never stored as live state.
  case unknown(String)
}

extension PropertyValue {
  public var objectValue: PropertyObject? {
    if case .object(let object) = self { object } else { nil }
  }

  public var listValue: [PropertyValue]? {
    if case .list(let list) = self { list } else { nil }
  }

  public var stringValue: String? {
    if case .string(let string) = self { string } else { nil }
  }

  /// A scalar as CloudFormation passes it where text is wanted: `true`, `1`, `1.5`.
  public var scalarText: String? {
    switch self {
    case .string(let string): string
    case .bool(let bool): bool ? "true" : "false"
    case .int(let int): String(int)
    case .double(let double): String(double)
    case .null, .list, .object, .unknown: nil
    }
  }

  /// An integer, or text that reads as one: CloudFormation accepts `"1"` for `1`.
  public var integerValue: Int64? {
    switch self {
    case .int(let int): int
    case .string(let string): Int64(string)
    case .double(let double): Int64(exactly: double)
    default: nil
    }
  }

  /// A boolean, or the text `true`/`false`.
  public var booleanValue: Bool? {
    switch self {
    case .bool(let bool): bool
    case .string("true"), .string("True"): true
    case .string("false"), .string("False"): false
    default: nil
    }
  }

  public subscript(key: String) -> PropertyValue? { objectValue?[key] }

  /// The value without the property at a path; as it is where there is none.
  public func removing(_ path: PropertyPath) -> PropertyValue { removing(path.steps[...]) }

  private func removing(_ steps: ArraySlice<PropertyPath.Step>) -> PropertyValue {
    switch (self, steps.first) {
    case (.object(var object), .key(let key)?):
      object[key] = steps.count == 1 ? nil : object[key]?.removing(steps.dropFirst())
      return .object(object)
    case (.list(var list), .index(let index)?) where steps.count > 1 && index < list.count:
      list[index] = list[index].removing(steps.dropFirst())
      return .list(list)
    default: return self
    }
  }

  /// True when `.unknown` stands anywhere inside.
  public var containsUnknown: Bool {
    switch self {
    case .unknown: true
    case .list(let list): list.contains { $0.containsUnknown }
    case .object(let object): object.values.contains { $0.containsUnknown }
    default: false
    }
  }
}

extension PropertyValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: PropertyValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, PropertyValue)...) {
    self = .object(PropertyObject(elements))
  }
}
