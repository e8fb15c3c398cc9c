/// Names of tables and columns as SQL writes them, taken apart so that they are never part of a
/// statement as they come.
enum SQLName {
  /// The parts of `schema.table`, one or two: without quotes in lower case, within them as they are.
  /// nil for anything that is no name.
  static func table(_ text: String) -> [String]? {
    var rest = trimmed(text[...])
    var parts: [String] = []
    while true {
      guard let part = next(&rest) else { return nil }
      parts.append(part)
      if rest.isEmpty { break }
      guard rest.first == "." else { return nil }
      rest.removeFirst()
    }
    return parts.count <= 2 ? parts : nil
  }

  /// The columns of a list with commas; nil for anything else.
  static func columns(_ text: String) -> [String]? {
    var rest = trimmed(text[...])
    var found: [String] = []
    while true {
      guard let name = next(&rest) else { return nil }
      found.append(name)
      rest = trimmed(rest)
      if rest.isEmpty { return Set(found).count == found.count ? found : nil }
      guard rest.first == "," else { return nil }
      rest = trimmed(rest.dropFirst())
    }
  }

  /// The name as it stands in a statement, whatever it holds.
  static func quoted(_ name: String) -> String {
    var text = "\""
    for character in name.unicodeScalars {
      if character == "\"" { text += "\"" }
      text.unicodeScalars.append(character)
    }
    return text + "\""
  }

  private static func next(_ rest: inout Substring) -> String? {
    guard rest.first == "\"" else {
      let word = rest.prefix { isPart($0) }
      guard let first = word.first, !first.isNumber, first != "$" else { return nil }
      rest.removeFirst(word.count)
      return word.lowercased()
    }
    var name = ""
    rest.removeFirst()
    while let character = rest.popFirst() {
      if character != "\"" {
        if character == "\0" { return nil }
        name.append(character)
      } else if rest.first == "\"" {
        name.append("\"")
        rest.removeFirst()
      } else {
        return name.isEmpty ? nil : name
      }
    }
    return nil
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isASCII
      ? character.isLetter || character.isNumber || character == "_" || character == "$"
      : character.isLetter
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
