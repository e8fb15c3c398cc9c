import APIFacts
import AWSModel
import PropertyTree

/// Holds a shaped input against the bounds of its operation's model, and words every violation as
/// AWS does: `2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint:
/// Member must have length greater than or equal to 1; …`.
struct InputValidator {
  let shapes: OperationShapes
  let style: ValidationStyle
  private var violations: [String] = []
  /// A sentence that takes the place of the list.
  private var sentence: String?

  init(shapes: OperationShapes, style: ValidationStyle) {
    self.shapes = shapes
    self.style = style
  }

  /// Throws one error with all violations, in the model's order.
  static func check(_ members: PropertyValue, _ shapes: OperationShapes, _ style: ValidationStyle)
    throws(ServiceError)
  {
    guard let input = shapes.input else { return }
    var validator = InputValidator(shapes: shapes, style: style)
    validator.structure(members, input, at: "")
    try validator.finish()
  }

  private func finish() throws(ServiceError) {
    guard !violations.isEmpty else { return }
    if let sentence, violations.count == 1 { throw ServiceError(style.code, sentence) }
    let noun = violations.count == 1 ? "error" : "errors"
    throw ServiceError(
      style.code,
      "\(violations.count) validation \(noun) detected: \(violations.joined(separator: "; "))")
  }

  private mutating func violate(
    _ value: PropertyValue?, _ shape: APIShape, at path: String, _ rule: String
  ) {
    let shown =
      value.map { shape.isSensitive ? "Value" : "Value '\(text($0, shape))'" } ?? "Value null"
    violations.append("\(shown) at '\(path)' failed to satisfy constraint: \(rule)")
  }

  private mutating func structure(_ tree: PropertyValue, _ shape: APIShape, at path: String) {
    for member in shape.members where !(path.isEmpty && style.own.contains(member.name)) {
      let place = path.isEmpty ? member.name.lowerFirst : "\(path).\(member.name.lowerFirst)"
      if let value = tree[member.name] {
        self.value(value, shapes[member], at: place)
      } else if shape.required.contains(member.name), shape.payload != member.name {
        violate(nil, shapes[member], at: place, "Member must not be null")
      }
    }
  }

  private mutating func value(_ value: PropertyValue, _ shape: APIShape, at path: String) {
    switch (shape.kind, value) {
    case (.structure, .object) where !shape.isDocument: structure(value, shape, at: path)
    case (.list, .list(let items)):
      length(items.count, value, shape, at: path)
      if let element = shape.element { self.items(items, value, shape, element, at: path) }
    case (.map, .object(let object)):
      length(object.count, value, shape, at: path)
      map(object, value, shape, at: path)
    default:
      for rule in broken(value, shape) {
        violate(value, shape, at: path, rule)
        if let own = style.sentence, shape.pattern == own.pattern, rule == shape.patternRule {
          sentence = "The specified value for \(path) \(own.rest)"
        }
      }
    }
  }

  private mutating func length(
    _ count: Int, _ value: PropertyValue, _ shape: APIShape, at path: String
  ) {
    if let rule = shape.brokenLength(count) { violate(value, shape, at: path, rule) }
  }

  /// Elements that are scalars are judged together, others one by one.
  private mutating func items(
    _ items: [PropertyValue], _ list: PropertyValue, _ shape: APIShape, _ element: APIMember,
    at path: String
  ) {
    let inner = shapes[element]
    switch inner.kind {
    case .structure, .list, .map:
      for (index, item) in items.enumerated() {
        value(item, inner, at: "\(path).\(index + 1).member")
      }
    default:
      guard inner.isConstrained else { return }
      for item in items where !broken(item, inner).isEmpty {
        violate(list, shape, at: path, "Member must satisfy constraint: \(inner.rules)")
        return
      }
    }
  }

  private mutating func map(
    _ object: PropertyObject, _ map: PropertyValue, _ shape: APIShape, at path: String
  ) {
    guard let key = shape.key, let entry = shape.value else { return }
    let keys = shapes[key]
    for name in object.keys where !broken(.string(name), keys).isEmpty {
      violate(map, shape, at: path, "Map keys must satisfy constraint: \(keys.rules)")
      break
    }
    let values = shapes[entry]
    for (name, inner) in object {
      switch values.kind {
      case .structure, .list, .map: value(inner, values, at: "\(path).\(name).member")
      default:
        if !broken(inner, values).isEmpty {
          violate(map, shape, at: path, "Map value must satisfy constraint: \(values.rules)")
          return
        }
      }
    }
  }

  /// The rules that a scalar breaks, in the order in which AWS lists them.
  private func broken(_ value: PropertyValue, _ shape: APIShape) -> [String] {
    guard shape.isConstrained else { return [] }
    var rules: [String] = []
    if let text = value.stringValue, shape.kind != .blob {
      if !shape.enumeration.isEmpty, !shape.enumeration.contains(text) {
        rules.append(shape.enumerationRule)
      }
      if let pattern = shape.pattern, PatternMemo.matches(text, pattern) == false,
        StandInURL.demanded(text).map({ PatternMemo.matches($0, pattern) != false }) != true
      {
        rules.append(shape.patternRule)
      }
      if let rule = shape.brokenLength(text.utf16.count) { rules.append(rule) }
    } else if let text = value.stringValue, let count = Base64.decodedCount(text) {
      if let rule = shape.brokenLength(count) { rules.append(rule) }
    } else if let rule = shape.brokenRange(value) {
      rules.append(rule)
    }
    return rules
  }

  /// A value as AWS shows it.
  private func text(_ value: PropertyValue, _ shape: APIShape) -> String {
    switch (shape.kind, value) {
    case (.blob, .string(let text)):
      let count = Base64.decodedCount(text) ?? text.utf8.count
      return "java.nio.HeapByteBuffer[pos=0 lim=\(count) cap=\(count)]"
    case (.structure, .object(let object)):
      let members = object.compactMap { name, inner in
        shape.member(name).map { "\(name.lowerFirst)=\(text(inner, shapes[$0]))" }
      }
      return "\(shape.name)(\(members.joined(separator: ", ")))"
    case (.list, .list(let items)):
      guard let element = shape.element else { return "" }
      return "[\(items.map { text($0, shapes[element]) }.joined(separator: ", "))]"
    case (.map, .object(let object)):
      guard let entry = shape.value else { return "" }
      let pairs = object.map { "\($0.key)=\(text($0.value, shapes[entry]))" }
      return "{\(pairs.joined(separator: ", "))}"
    default: return value.scalarText ?? ""
    }
  }
}

extension APIShape {
  var enumerationRule: String {
    "Member must satisfy enum value set: [\(enumeration.joined(separator: ", "))]"
  }

  var patternRule: String { "Member must satisfy regular expression pattern: \(pattern ?? "")" }

  /// All rules of elements, keys or values, as AWS lists them where one of them is broken.
  var rules: String {
    var rules: [String] = []
    if !enumeration.isEmpty { rules.append(enumerationRule) }
    let measure = kind.isNumber ? "value" : "length"
    if let maximum {
      rules.append("Member must have \(measure) less than or equal to \(maximum.text)")
    }
    if let minimum {
      rules.append("Member must have \(measure) greater than or equal to \(minimum.text)")
    }
    if pattern != nil { rules.append(patternRule) }
    return "[\(rules.joined(separator: ", "))]"
  }

  func brokenLength(_ count: Int) -> String? {
    if let maximum, Double(count) > maximum.value {
      return "Member must have length less than or equal to \(maximum.text)"
    }
    if let minimum, Double(count) < minimum.value {
      return "Member must have length greater than or equal to \(minimum.text)"
    }
    return nil
  }

  func brokenRange(_ value: PropertyValue) -> String? {
    let number: Double
    switch value {
    case .int(let integer): number = Double(integer)
    case .double(let double): number = double
    default: return nil
    }
    if let maximum, number > maximum.value {
      return "Member must have value less than or equal to \(maximum.text)"
    }
    if let minimum, number < minimum.value {
      return "Member must have value greater than or equal to \(minimum.text)"
    }
    return nil
  }
}

extension String {
  /// `streamName` for `StreamName`, as validators write members.
  var lowerFirst: String {
    guard let first else { return "" }
    return first.lowercased() + dropFirst()
  }
}

extension Base64 {
  /// The number of bytes that a text stands for; nil where it can't be base64.
  static func decodedCount(_ text: String) -> Int? {
    let count = text.utf8.count
    guard count % 4 == 0 else { return nil }
    let padding = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
    return count / 4 * 3 - padding
  }
}
