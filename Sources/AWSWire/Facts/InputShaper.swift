import APIFacts
import AWSModel
import PropertyTree

/// Gives a request's tree the form of its operation's model: members by their names, lists as lists,
/// maps as objects, and the texts of text protocols as the numbers, booleans and moments that they
/// stand for. Moments become seconds since 1970, blobs stay base64.
///
/// Keys that the model does not know are refused by name, or stay where a text may hold what belongs
/// to the transport: the operation refuses them then.
struct InputShaper {
  let operation: String
  let shapes: OperationShapes
  let wireProtocol: WireProtocol

  /// True where a document holds nothing but texts.
  private var isText: Bool {
    switch wireProtocol {
    case .query, .ec2Query, .restXML: true
    default: false
    }
  }

  /// Throws `SerializationException` (Query: `MalformedInput`) for a value of another kind than its
  /// member's.
  func members(_ tree: PropertyValue) throws(ServiceError) -> PropertyValue {
    guard let input = shapes.input else { return tree }
    return try structure(tree, input, isText: isText)
  }

  private func structure(_ tree: PropertyValue, _ shape: APIShape, isText: Bool)
    throws(ServiceError) -> PropertyValue
  {
    guard case .object(let object) = tree else {
      if isText, tree == "" { return .object([:]) }
      throw Self.mismatch(tree, shape)
    }
    var out = PropertyObject()
    for (key, value) in object where value != .null {
      // An element's attribute, `@xsi:type`, is a member like others.
      let name = key.hasPrefix("@") ? String(key.dropFirst()) : key
      guard let member = shape.member(inBody: name) else {
        guard isText else {
          throw .unsupported("the parameter `\(key)` of \(operation)")
        }
        out[key] = value
        continue
      }
      out[member.name] = try self.value(
        value, member, isText: isText || member.location != .body)
    }
    return .object(out)
  }

  private func value(_ tree: PropertyValue, _ member: APIMember, isText: Bool)
    throws(ServiceError) -> PropertyValue
  {
    let shape = shapes[member]
    if shape.isDocument { return tree }
    switch shape.kind {
    case .structure: return try structure(tree, shape, isText: isText)
    case .list: return try list(tree, shape, member, isText: isText)
    case .map: return try map(tree, shape, member, isText: isText)
    default: return try isText ? read(tree, shape) : check(tree, shape)
    }
  }

  private func list(
    _ tree: PropertyValue, _ shape: APIShape, _ member: APIMember, isText: Bool
  ) throws(ServiceError) -> PropertyValue {
    guard let element = shape.element else { return tree }
    let items: [PropertyValue]
    switch tree {
    case .list(let list): items = list
    case .string("") where isText: items = []
    case .object(let object) where isText && !member.isFlattened && !shape.isFlattened:
      items = Self.elements(object[element.wireName] ?? object["member"] ?? tree)
    default:
      // A list of one can't be told from its element in a text.
      guard isText else { throw Self.mismatch(tree, shape) }
      items = Self.elements(tree)
    }
    var out: [PropertyValue] = []
    out.reserveCapacity(items.count)
    for item in items {
      out.append(try item == .null ? .null : value(item, element, isText: isText))
    }
    return .list(out)
  }

  /// The content of an element around a list: a list, numbered elements, or one alone.
  private static func elements(_ tree: PropertyValue) -> [PropertyValue] {
    guard case .object(let object) = tree else { return tree.listValue ?? [tree] }
    let numbered = object.compactMap { key, value in Int(key).map { (number: $0, value: value) } }
    guard numbered.count == object.count else { return [tree] }
    return numbered.sorted { $0.number < $1.number }.map(\.value)
  }

  private func map(
    _ tree: PropertyValue, _ shape: APIShape, _ member: APIMember, isText: Bool
  ) throws(ServiceError) -> PropertyValue {
    guard let key = shape.key, let entry = shape.value else { return tree }
    var out = PropertyObject()
    if wireProtocol == .restXML, member.location == .body {
      let pairs = tree["entry"] ?? (member.isFlattened || shape.isFlattened ? tree : .list([]))
      for pair in pairs.listValue ?? [pairs] {
        guard let name = pair[key.wireName]?.scalarText, let inner = pair[entry.wireName] else {
          throw Self.mismatch(tree, shape)
        }
        out[name] = try value(inner, entry, isText: true)
      }
      return .object(out)
    }
    guard case .object(let object) = tree else {
      if isText, tree == "" { return .object([:]) }
      throw Self.mismatch(tree, shape)
    }
    for (name, inner) in object where inner != .null {
      out[name] = try value(inner, entry, isText: isText)
    }
    return .object(out)
  }

  /// A scalar of a typed protocol, which must be of its member's kind.
  private func check(_ tree: PropertyValue, _ shape: APIShape) throws(ServiceError)
    -> PropertyValue
  {
    switch (shape.kind, tree) {
    case (.string, .string), (.blob, .string), (.character, .string), (.boolean, .bool): return tree
    case (.timestamp, .int), (.timestamp, .double): return tree
    case (.timestamp, .string(let text)):
      if (shape.timestampFormat ?? .unixTimestamp) != .unixTimestamp,
        let seconds = WireTime.seconds(text)
      {
        return .double(seconds)
      }
      throw ServiceError(
        "SerializationException", "STRING_VALUE can not be converted to milliseconds since epoch")
    case (let kind, .int) where kind.isNumber: return tree
    case (let kind, .double(let double)) where kind.isNumber:
      if !kind.isInteger { return tree }
      if let whole = Int64(exactly: double) { return .int(whole) }
      throw Self.mismatch(tree, shape)
    case (.float, .string("NaN")), (.double, .string("NaN")): return tree
    default: throw Self.mismatch(tree, shape)
    }
  }

  /// A scalar of a text protocol. Where it can't be read, the services of REST-XML say so in words
  /// of their own.
  private func read(_ tree: PropertyValue, _ shape: APIShape) throws(ServiceError)
    -> PropertyValue
  {
    guard wireProtocol != .restXML else { return tree }
    guard let text = tree.scalarText else { throw malformed(tree, shape) }
    let read: PropertyValue? =
      switch shape.kind {
      case .boolean: PropertyValue.string(text.lowercased()).booleanValue.map { .bool($0) }
      case .timestamp: WireTime.seconds(text).map { .double($0) }
      case let kind where kind.isInteger: Int64(text).map { .int($0) }
      case let kind where kind.isNumber: Double(text).map { .double($0) }
      default: .string(text)
      }
    guard let read else { throw malformed(tree, shape) }
    return read
  }

  private func malformed(_ tree: PropertyValue, _ shape: APIShape) -> ServiceError {
    var error = Self.mismatch(tree, shape)
    if wireProtocol == .query || wireProtocol == .ec2Query { error.code = "MalformedInput" }
    return error
  }

  /// The words of AWS's own parsers.
  private static func mismatch(_ tree: PropertyValue, _ shape: APIShape) -> ServiceError {
    let message =
      switch (shape.kind, tree) {
      case (.list, _): "Expected list or null"
      case (.map, _): "Expected map or null"
      case (.structure, .list): "Start of list found where not expected"
      case (.structure, _): "Expected null"
      case (_, .object): "Start of structure or map found where not expected"
      case (_, .list): "Start of list found where not expected"
      default: "\(token(tree)) can not be converted to \(noun(shape.kind))"
      }
    return ServiceError("SerializationException", message)
  }

  private static func token(_ tree: PropertyValue) -> String {
    switch tree {
    case .bool(let bool): bool ? "TRUE_VALUE" : "FALSE_VALUE"
    case .int, .double: "NUMBER_VALUE"
    default: "STRING_VALUE"
    }
  }

  private static func noun(_ kind: APIShape.Kind) -> String {
    switch kind {
    case .boolean: "a Boolean"
    case .integer: "an Integer"
    case .long: "a Long"
    case .short: "a Short"
    case .byte: "a Byte"
    case .float: "a Float"
    case .double: "a Double"
    case .blob: "a Blob"
    case .timestamp: "milliseconds since epoch"
    default: "a String"
    }
  }
}
