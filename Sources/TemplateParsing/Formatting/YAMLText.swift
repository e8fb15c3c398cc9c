import PropertyTree

/// A tree as YAML: blocks, and text in quotes where it would be read as something else.
public enum YAMLText {
  public static func write(_ value: PropertyValue) -> String {
    lines(value).joined(separator: "\n") + "\n"
  }

  private static func lines(_ value: PropertyValue) -> [String] {
    switch value {
    case .object(let object) where !object.isEmpty:
      object.flatMap { key, value -> [String] in
        let inner = lines(value)
        if isBlock(value) { return ["\(scalar(key)):"] + inner.map { "  \($0)" } }
        return ["\(scalar(key)): \(inner[0])"] + inner.dropFirst().map { "  \($0)" }
      }
    case .list(let list) where !list.isEmpty:
      list.flatMap { element -> [String] in
        let inner = lines(element)
        return ["- \(inner[0])"] + inner.dropFirst().map { "  \($0)" }
      }
    case .object: ["{}"]
    case .list: ["[]"]
    case .string(let text): [scalar(text)]
    default: [JSONWriter.compact(value)]
    }
  }

  private static func isBlock(_ value: PropertyValue) -> Bool {
    switch value {
    case .object(let object): !object.isEmpty
    case .list(let list): !list.isEmpty
    default: false
    }
  }

  /// Plain where every version of YAML reads it as this text; else as JSON has it, which YAML reads.
  private static func scalar(_ text: String) -> String {
    let reserved: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
    let isPlain =
      text.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "/") } == true
      && text.utf8.allSatisfy { byte in
        isLetter(byte) || isDigit(byte) || "-_./*+@".utf8.contains(byte) || byte == 0x3A
      }
      && !text.hasSuffix(":") && !reserved.contains(text.lowercased())
    return isPlain ? text : JSONWriter.compact(.string(text))
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
