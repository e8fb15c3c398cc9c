import Diagnostics
import TemplateParsing

extension Resolution {
  /// Properties that hold a language of their own, in which `${Name}` may mean something else.
  static let foreignText: Set<String> = [
    "Definition", "DefinitionString", "DefinitionSubstitutions", "TemplateBody",
  ]

  /// Warns of `${Name}` in plain text where the template has that name: `Fn::Sub` was forgotten.
  /// CloudFormation deploys the text as it stands.
  func checkPlaceholders(in text: String, at span: SourceSpan) {
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: "}") else { return }
      let name = String(rest[..<end])
      rest = rest[end...].dropFirst()
      guard isName(name) else { continue }
      report(
        .plainPlaceholder, "`${\(name)}` stays as it is written", at: span,
        hint: "only `Fn::Sub` replaces it: put `!Sub` before the text", severity: .warning)
      return
    }
  }

  /// True for what `Fn::Sub` could replace: a parameter, a resource, an attribute of one.
  private func isName(_ name: String) -> Bool {
    if symbols[name] != nil || PseudoParameter.names.contains(name) { return true }
    guard let dot = name.firstIndex(of: ".") else { return false }
    if case .resource = symbols[String(name[..<dot])] { return true }
    return false
  }
}
