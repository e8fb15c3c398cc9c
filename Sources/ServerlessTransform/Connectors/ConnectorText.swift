import Diagnostics

/// Puts what is known of a connector's ends into the texts of its profile.
struct ConnectorText {
  private let ends: [(prefix: String, end: ConnectorEnd)]
  private let span: SourceSpan?

  init(source: ConnectorEnd, destination: ConnectorEnd, at span: SourceSpan?) {
    ends = [("Source", source), ("Destination", destination)]
    self.span = span
  }

  /// A text where `%{Source.Arn}` and its like stand for values: the value where the text is that
  /// alone, `Fn::Sub` otherwise.
  func replaced(_ text: String) throws(SAMFailure) -> Tree {
    var result = text[...]
    var replaced = ""
    var variables = Tree.emptyObject
    while let percent = result.firstIndex(of: "%"), result[percent...].hasPrefix("%{"),
      let close = result[percent...].firstIndex(of: "}")
    {
      let name = String(result[percent..<close].dropFirst(2))
      guard let value = value(name) else {
        throw SAMFailure(
          .missingProperty, "the connector doesn't know `\(name)`", at: span,
          hint: "give it at the connector's end")
      }
      if text == "%{\(name)}" { return value }
      let variable = name.filter { $0 != "." }
      replaced += result[..<percent] + "${\(variable)}"
      variables[variable] = value
      result = result[result.index(after: close)...]
    }
    replaced += result
    return replaced.contains("${") ? .sub(replaced, variables) : Tree(replaced)
  }

  /// A statement with each of its texts replaced.
  func filled(_ tree: Tree) throws(SAMFailure) -> Tree {
    switch tree.content {
    case .scalar:
      return try tree.string.map { text throws(SAMFailure) in try replaced(text) } ?? tree
    case .list(let elements):
      var filled: [Tree] = []
      for element in elements { filled.append(try self.filled(element)) }
      return Tree(filled)
    case .object(let members):
      var filled: [Tree.Member] = []
      for member in members {
        filled.append(Tree.Member(member.key, try self.filled(member.value)))
      }
      return Tree(.object(filled))
    }
  }

  private func value(_ name: String) -> Tree? {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count == 2 else { return nil }
    return ends.first { $0.prefix == parts[0] }?.end.values[parts[1]]
  }
}
