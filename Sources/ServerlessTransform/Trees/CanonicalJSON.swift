import PropertyTree

/// JSON text whose bytes are settled: keys sorted by scalar, ASCII alone. It is what generated
/// logical ids are hashed of, so that the same definition has the same id everywhere.
enum CanonicalJSON {
  static func compact(_ tree: Tree) -> String {
    var text = ""
    write(tree, indent: nil, into: &text)
    return text
  }

  /// Four spaces a level, a line for each value: the form of a state machine's definition.
  static func indented(_ tree: Tree) -> String {
    var text = ""
    write(tree, indent: 0, into: &text)
    return text
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0x08: result += "\\b"
      case 0x0C: result += "\\f"
      case 0x20..<0x7F: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }

  private static func write(_ tree: Tree, indent: Int?, into text: inout String) {
    switch tree.content {
    case .scalar(let scalar): text += scalarText(scalar.value)
    case .list(let elements):
      enclose(elements, "[", "]", indent: indent, into: &text) { element, text in
        write(element, indent: indent.map { $0 + 1 }, into: &text)
      }
    case .object(let members):
      let sorted = members.sorted {
        $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars)
      }
      enclose(sorted, "{", "}", indent: indent, into: &text) { member, text in
        text += quoted(member.key) + (indent == nil ? ":" : ": ")
        write(member.value, indent: indent.map { $0 + 1 }, into: &text)
      }
    }
  }

  private static func enclose<Item>(
    _ items: [Item], _ open: String, _ close: String, indent: Int?, into text: inout String,
    _ body: (Item, inout String) -> Void
  ) {
    guard !items.isEmpty else {
      text += open + close
      return
    }
    func newLine(_ level: Int) -> String { "\n" + String(repeating: "    ", count: level) }
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += "," }
      if let indent { text += newLine(indent + 1) }
      body(item, &text)
    }
    if let indent { text += newLine(indent) }
    text += close
  }

  static func scalarText(_ value: PropertyValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let bool): bool ? "true" : "false"
    case .int(let integer): String(integer)
    case .double(let double): String(double)
    case .string(let string): quoted(string)
    default: "null"
    }
  }
}
