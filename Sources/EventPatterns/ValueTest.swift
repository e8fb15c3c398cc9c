import PropertyTree

/// One test of a value.
indirect enum ValueTest: Sendable, Hashable {
  case text(String)
  case number(Double)
  case bool(Bool)
  case null
  case prefix(String, ignoringCase: Bool)
  case suffix(String, ignoringCase: Bool)
  case equalsIgnoringCase(String)
  case wildcard(Wildcard)
  case numeric([NumericBound])
  case cidr(AddressBlock)
  case exists(Bool)
  case anythingBut([ValueTest])

  func matches(_ value: PropertyValue) -> Bool {
    switch self {
    case .text(let text): value.stringValue == text
    case .number(let number): value.number == number
    case .bool(let bool): value == .bool(bool)
    case .null: value == .null
    case .prefix(let prefix, let ignoringCase):
      value.stringValue.map { $0.begins(with: prefix, ignoringCase: ignoringCase) } ?? false
    case .suffix(let suffix, let ignoringCase):
      value.stringValue.map { $0.ends(with: suffix, ignoringCase: ignoringCase) } ?? false
    case .equalsIgnoringCase(let text): value.stringValue?.lowercased() == text
    case .wildcard(let wildcard): value.stringValue.map(wildcard.matches) ?? false
    case .numeric(let bounds):
      value.number.map { number in bounds.allSatisfy { $0.holds(number) } } ?? false
    case .cidr(let block): value.stringValue.map(block.contains) ?? false
    case .exists(let exists): exists
    case .anythingBut(let tests): !tests.contains { $0.matches(value) }
    }
  }
}

/// `>= 10`
struct NumericBound: Sendable, Hashable {
  enum Comparison: String, Sendable {
    case equal = "=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
  }

  var comparison: Comparison
  var number: Double

  func holds(_ value: Double) -> Bool {
    switch comparison {
    case .equal: value == number
    case .less: value < number
    case .lessOrEqual: value <= number
    case .greater: value > number
    case .greaterOrEqual: value >= number
    }
  }
}

extension PropertyValue {
  var number: Double? {
    switch self {
    case .int(let int): Double(int)
    case .double(let double): double
    default: nil
    }
  }
}

extension String {
  fileprivate func begins(with prefix: String, ignoringCase: Bool) -> Bool {
    ignoringCase ? lowercased().utf8.starts(with: prefix.utf8) : utf8.starts(with: prefix.utf8)
  }

  fileprivate func ends(with suffix: String, ignoringCase: Bool) -> Bool {
    let text = ignoringCase ? lowercased() : self
    return text.utf8.reversed().starts(with: suffix.utf8.reversed())
  }
}

// MARK: Reading

extension ValueTest {
  init(_ value: PropertyValue, at path: String) throws(EventPattern.Fault) {
    guard let object = value.objectValue else {
      self = try .exact(value, at: path)
      return
    }
    guard object.count == 1, let (name, operand) = Array(object).first else {
      throw EventPattern.Fault("Only one key is allowed in a match expression: \(path).")
    }
    switch name {
    case "prefix", "suffix", "equals-ignore-case", "wildcard":
      self = try .textual(name, operand, at: path)
    case "numeric": self = .numeric(try Self.bounds(operand, at: path))
    case "cidr":
      guard let block = operand.stringValue.flatMap(AddressBlock.init) else {
        throw EventPattern.Fault("cidr needs an address block, such as 10.0.0.0/24: \(path).")
      }
      self = .cidr(block)
    case "exists":
      guard case .bool(let exists) = operand else {
        throw EventPattern.Fault("exists must be true or false: \(path).")
      }
      self = .exists(exists)
    case "anything-but": self = .anythingBut(try Self.unwanted(operand, at: path))
    default: throw EventPattern.Fault("Unrecognized match type \(name): \(path).")
    }
  }

  private static func exact(_ value: PropertyValue, at path: String) throws(EventPattern.Fault)
    -> ValueTest
  {
    switch value {
    case .string(let text): return .text(text)
    case .bool(let bool): return .bool(bool)
    case .null: return .null
    default:
      guard let number = value.number else {
        throw EventPattern.Fault("Nested arrays are not allowed: \(path).")
      }
      return .number(number)
    }
  }

  private static func textual(_ name: String, _ operand: PropertyValue, at path: String)
    throws(EventPattern.Fault) -> ValueTest
  {
    if let object = operand.objectValue, name == "prefix" || name == "suffix" {
      guard object.count == 1, let text = object["equals-ignore-case"]?.stringValue else {
        throw EventPattern.Fault("\(name) takes a text, or equals-ignore-case with one: \(path).")
      }
      let lower = text.lowercased()
      return name == "prefix"
        ? .prefix(lower, ignoringCase: true) : .suffix(lower, ignoringCase: true)
    }
    guard let text = operand.stringValue else {
      throw EventPattern.Fault("\(name) match pattern must be a string: \(path).")
    }
    switch name {
    case "prefix": return .prefix(text, ignoringCase: false)
    case "suffix": return .suffix(text, ignoringCase: false)
    case "wildcard": return .wildcard(try Wildcard(text, at: path))
    default: return .equalsIgnoringCase(text.lowercased())
    }
  }

  /// A value, a list of values, or one of the tests of text with a text or a list of them.
  private static func unwanted(_ operand: PropertyValue, at path: String)
    throws(EventPattern.Fault) -> [ValueTest]
  {
    var tests: [ValueTest] = []
    switch operand {
    case .object(let object):
      guard object.count == 1, let (name, inner) = Array(object).first,
        ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(name)
      else { throw EventPattern.Fault("Unsupported anything-but pattern: \(path).") }
      for item in inner.listValue ?? [inner] { tests.append(try textual(name, item, at: path)) }
    case .list(let list):
      for item in list { tests.append(try exact(item, at: path)) }
    default: tests.append(try exact(operand, at: path))
    }
    guard !tests.isEmpty else { throw EventPattern.Fault("Empty arrays are not allowed: \(path).") }
    return tests
  }

  private static func bounds(_ operand: PropertyValue, at path: String)
    throws(EventPattern.Fault) -> [NumericBound]
  {
    let parts = operand.listValue ?? []
    guard !parts.isEmpty, parts.count % 2 == 0 else {
      throw EventPattern.Fault("numeric needs operators, each with a number: \(path).")
    }
    var bounds: [NumericBound] = []
    for index in stride(from: 0, to: parts.count, by: 2) {
      guard let comparison = parts[index].stringValue.flatMap(NumericBound.Comparison.init),
        let number = parts[index + 1].number
      else { throw EventPattern.Fault("numeric needs operators, each with a number: \(path).") }
      bounds.append(NumericBound(comparison: comparison, number: number))
    }
    return bounds
  }
}
