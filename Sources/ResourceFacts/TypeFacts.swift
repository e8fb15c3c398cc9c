import PropertyTree

/// The facts of one resource type.
public final class TypeFacts: Sendable {
  public let type: String
  public let shapes: [ShapeFacts]
  private let resolved: [Shape]
  /// Index of the shape of the properties as a whole.
  public let root: Int
  /// Dotted paths, `*` for elements left out: `Arn`, `Endpoint.Address`.
  public let readOnly: Set<String>
  public let readOnlyTree: PathTree
  /// Dotted paths of properties whose change replaces the resource.
  public let createOnly: Set<String>
  /// Properties and attributes that name one resource.
  public let identifier: [String]
  /// nil where resources of the type have no tags.
  public let tagging: Tagging?
  /// Properties whose values together name one resource; empty where AWS makes the name.
  public let primary: [String]

  init(type: String, tree: PropertyValue) {
    self.type = type
    var reader = ShapeReader(definitions: tree["definitions"]?.objectValue ?? [:])
    root = reader.read(tree)
    reader.readDefinitions()
    let shapes = reader.shapes
    self.shapes = shapes
    resolved = shapes.indices.map { Self.resolve($0, in: shapes) }
    readOnly = Self.paths(tree["readOnlyProperties"])
    readOnlyTree = PathTree(readOnly)
    createOnly = Self.paths(tree["createOnlyProperties"])
    let primary = Self.paths(tree["primaryIdentifier"])
    let isGiven = primary.isDisjoint(with: readOnly) && !primary.contains { $0.contains(".") }
    identifier = primary.sorted()
    tagging = tree["tagging"].flatMap(Tagging.init)
    self.primary = isGiven ? identifier : []
  }

  /// A shape with its references followed.
  public func shape(_ index: Int) -> Shape { resolved[index] }

  private static func resolve(_ start: Int, in shapes: [ShapeFacts]) -> Shape {
    var index = start
    var name: String?
    // Definitions that refer to each other in a circle would go on for ever.
    for _ in 0..<16 {
      guard let next = shapes[index].reference else { break }
      name = shapes[next].name ?? name
      index = next
    }
    var shape = shapes[index]
    shape.name = shape.name ?? name
    return Shape(shape)
  }

  private static func paths(_ value: PropertyValue?) -> Set<String> {
    Set(
      (value?.listValue ?? []).compactMap(\.stringValue).map { path in
        path.split(separator: "/").filter { $0 != "*" }.joined(separator: ".")
      })
  }
}

/// The tags of a type's resources.
public struct Tagging: Sendable, Hashable {
  /// The property that holds them.
  public var property: String
  /// True where CloudFormation adds `aws:cloudformation:…` tags.
  public var hasSystemTags: Bool
  /// True where they can change without a replacement.
  public var isUpdatable: Bool

  init?(_ tree: PropertyValue) {
    guard let property = tree["property"]?.stringValue else { return nil }
    self.property = property
    hasSystemTags = tree["system"] == .bool(true)
    isUpdatable = tree["updatable"] == .bool(true)
  }
}

/// Lays the shapes of a type out in one array.
private struct ShapeReader {
  private(set) var shapes: [ShapeFacts] = []
  private var indexByDefinition: [String: Int] = [:]
  private let definitions: PropertyObject

  init(definitions: PropertyObject) {
    self.definitions = definitions
    for name in definitions.keys {
      indexByDefinition[name] = shapes.count
      var shape = ShapeFacts()
      shape.name = name
      shapes.append(shape)
    }
  }

  mutating func readDefinitions() {
    for (name, tree) in definitions {
      guard let index = indexByDefinition[name] else { continue }
      var shape = shape(tree)
      shape.name = name
      shapes[index] = shape
    }
  }

  mutating func read(_ tree: PropertyValue) -> Int {
    let index = shapes.count
    shapes.append(ShapeFacts())
    let shape = shape(tree)
    shapes[index] = shape
    return index
  }

  private mutating func shape(_ tree: PropertyValue) -> ShapeFacts {
    var shape = ShapeFacts()
    guard let object = tree.objectValue else { return shape }
    for (key, value) in object { read(key, value, into: &shape) }
    if shape.kinds.isEmpty, !shape.properties.isEmpty { shape.kinds = .object }
    return shape
  }

  private mutating func read(_ key: String, _ value: PropertyValue, into shape: inout ShapeFacts) {
    switch key {
    case "type": shape.kinds = kinds(value)
    case "enum": shape.enumeration = (value.listValue ?? []).compactMap(\.scalarText)
    case "const": shape.enumeration = value.scalarText.map { [$0] } ?? []
    case "pattern": shape.pattern = value.stringValue
    case "minimum": shape.minimum = number(value)
    case "maximum": shape.maximum = number(value)
    case "default": shape.defaultValue = value
    case "format": shape.format = value.stringValue
    case "uniqueItems": shape.isUnique = value == .bool(true)
    case "minProperties": shape.minProperties = value.integerValue.map { Int($0) }
    case "maxProperties": shape.maxProperties = value.integerValue.map { Int($0) }
    case "minLength": shape.minLength = value.integerValue.map { Int($0) }
    case "maxLength": shape.maxLength = value.integerValue.map { Int($0) }
    case "minItems": shape.minItems = value.integerValue.map { Int($0) }
    case "maxItems": shape.maxItems = value.integerValue.map { Int($0) }
    case "items": shape.items = read(value)
    case "open": shape.isOpen = true
    case "keys": shape.keyPatterns = texts(value)
    case "values": shape.values = read(value)
    case "required": shape.required = texts(value)
    case "requiredXor": shape.requiredXor = groups(value)
    case "requiredOr": shape.requiredOr = groups(value)
    case "dependentRequired": shape.dependentRequired = lists(value)
    case "dependentExcluded": shape.dependentExcluded = lists(value)
    case "$ref": shape.reference = definition(value)
    case "properties":
      for (name, property) in value.objectValue ?? [:] {
        shape.properties[name] = read(property)
      }
    case "oneOf", "anyOf":
      readChoices(value.listValue ?? [], into: &shape)
      shape.areChoicesExclusive = key == "oneOf"
    default: break
    }
  }

  /// Alternatives are either shapes of the whole value or sets of required properties.
  private mutating func readChoices(_ choices: [PropertyValue], into shape: inout ShapeFacts) {
    let isAboutRequired = choices.allSatisfy { choice in
      choice.objectValue?.keys.elementsEqual(["required"]) == true
    }
    if isAboutRequired {
      shape.requiredChoices = choices.compactMap { $0["required"].map(texts) }
    } else {
      shape.choices = choices.map { read($0) }
    }
  }

  private func definition(_ value: PropertyValue) -> Int? {
    value.stringValue?.split(separator: "/").last.flatMap { indexByDefinition[String($0)] }
  }

  private func kinds(_ value: PropertyValue) -> ShapeFacts.Kinds {
    let names = value.listValue ?? [value]
    return names.reduce(into: []) { kinds, name in
      switch name {
      case "string": kinds.insert(.string)
      case "integer": kinds.insert(.integer)
      case "number": kinds.insert(.number)
      case "boolean": kinds.insert(.boolean)
      case "array": kinds.insert(.array)
      case "object": kinds.insert(.object)
      default: break
      }
    }
  }

  private func number(_ value: PropertyValue) -> Double? {
    if case .double(let double) = value { return double }
    return value.integerValue.map { Double($0) }
  }

  private func texts(_ value: PropertyValue) -> [String] {
    (value.listValue ?? []).compactMap(\.stringValue)
  }

  /// One group, or a list of groups.
  private func groups(_ value: PropertyValue) -> [[String]] {
    guard let list = value.listValue, let first = list.first else { return [] }
    return first.listValue == nil ? [texts(value)] : list.map(texts)
  }

  private func lists(_ value: PropertyValue) -> [String: [String]] {
    var out: [String: [String]] = [:]
    for (name, list) in value.objectValue ?? [:] { out[name] = texts(list) }
    return out
  }
}
