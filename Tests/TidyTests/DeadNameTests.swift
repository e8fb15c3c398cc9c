import Testing

/// A name that stands nowhere but where it is declared is dead.
@Suite struct DeadNameTests {
  /// Called by the toolchain or a package, by these names.
  private static let witnesses: Set<String> = [
    "underestimatedCount", "callAsFunction", "channelActive", "InboundOut", "handlerAdded",
    "handlerRemoved", "userInboundEventTriggered", "channelReadComplete",
    "channelWritabilityChanged",
  ]

  private static let kinds: Set<String> = [
    "func", "struct", "class", "enum", "protocol", "actor", "var", "let", "typealias",
  ]

  /// The name that a line declares, if it declares one. Members of shapes that are encoded or
  /// decoded have no other use.
  ///
  /// - Parameter isShape: true within such a shape; follows the lines.
  static func declared(_ line: String, isShape: inout Bool) -> String? {
    let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
    for (index, word) in words.enumerated().prefix(6) where kinds.contains(String(word)) {
      guard index + 1 < words.count else { return nil }
      let name = String(words[index + 1])
      guard word == "var" || word == "let" else {
        if word != "func" { isShape = words.contains { $0.hasSuffix("codable") } }
        if word != "func" { isShape = isShape || words.contains { $0.hasSuffix("Codable") } }
        return name
      }
      return isShape || name.first?.isUppercase == true ? nil : name
    }
    return nil
  }

  @Test func everyDeclarationIsUsed() {
    var count: [Substring: Int] = [:]
    var places: [(name: String, place: String)] = []
    for file in SourceTree.sources + SourceTree.tests
    where !file.path.hasSuffix("Data.swift") {
      let isSource = file.path.hasPrefix("Sources/")
      var isShape = false
      for (number, text) in file.code {
        for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
          count[word, default: 0] += 1
        }
        // Names inside of texts (interpolations) count as uses too.
        for word in file.lines[number - 1].split(separator: "\\(").dropFirst() {
          for name in word.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
            count[name, default: 0] += 1
          }
        }
        if isSource, let name = Self.declared(text, isShape: &isShape) {
          places.append((name, "\(file.path):\(number)"))
        }
      }
    }
    #expect(places.count > 5_000)
    for (name, place) in places where count[name[...]] == 1 && !Self.witnesses.contains(name) {
      Issue.record("\(place) declares `\(name)`, which nothing uses")
    }
  }
}
