import PropertyTree

/// The meaning of a plain scalar.
///
/// YAML 1.1's rules, less those that damage text: dates, octal and sexagesimal numbers, digits
/// with underscores and numbers that would not come back as they were written (`012345678901`,
/// `1.10`) stay text. A property that wants a number takes such text too.
enum ScalarTyping {
  static func value(of scalar: TemplateScalar) -> PropertyValue {
    scalar.isPlain ? value(ofPlain: scalar.text) : .string(scalar.text)
  }

  static func isNull(_ text: String) -> Bool {
    switch text {
    case "", "~", "null", "Null", "NULL": true
    default: false
    }
  }

  static func value(ofPlain text: String) -> PropertyValue {
    guard let first = text.utf8.first else { return .null }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return number(text) ?? .string(text)
    default: return word(text)
    }
  }

  private static func word(_ text: String) -> PropertyValue {
    guard text.utf8.count <= 5 else { return .string(text) }
    switch text {
    case "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
    default: return .string(text)
    }
  }

  private static func number(_ text: String) -> PropertyValue? {
    guard text.utf8.count <= 24 else { return nil }
    if let integer = Int64(text) { return String(integer) == text ? .int(integer) : nil }
    let isDecimal = text.utf8.allSatisfy {
      ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
    }
    guard isDecimal, let double = Double(text), String(double) == text else { return nil }
    return .double(double)
  }
}
