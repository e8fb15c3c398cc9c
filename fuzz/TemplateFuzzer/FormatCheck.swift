import Diagnostics
import StackModel
import TemplateParsing

/// Formatting settles at once; the document, and the stack that it gives, stay what they were.
enum FormatCheck {
  static func run(on input: FuzzedInput) {
    let text = String(decoding: input.template, as: UTF8.self)
    let (once, findings) = TemplateFormatter.format(text)
    guard !findings.hasErrors else {
      precondition(once == text, "a broken template was changed")
      return
    }
    let (twice, _) = TemplateFormatter.format(once)
    precondition(once == twice, "formatting twice differs from formatting once")
    guard once != text else { return }
    let before = outline(of: Array(text.utf8))
    precondition(before == outline(of: Array(once.utf8)), "formatting changed the document")
    let (first, _) = CompileCheck.resolve(Array(text.utf8), input)
    let (second, _) = CompileCheck.resolve(Array(once.utf8), input)
    precondition(meaning(first) == meaning(second), "formatting changed what is deployed")
  }

  /// The part of a stack that does not depend on where it is written.
  private static func meaning(_ stack: ResolvedStack?) -> [String]? {
    stack.map { stack in
      var words = stack.resources.map {
        "\($0.logicalID.text) \($0.type.text) \($0.properties) \($0.dependsOn.map(\.text)) "
          + "\($0.deletionPolicy) \($0.updateReplacePolicy)"
      }
      words += stack.outputs.map { "\($0.key) \($0.value) \($0.exportName ?? "-")" }
      words += stack.parameters.map { "\($0.name) \($0.value)" }
      return words
    }
  }

  /// The document with the keys of the objects that formatting puts in order sorted.
  private static func outline(of bytes: [UInt8]) -> String {
    guard let root = TemplateParser.document(bytes, file: "").root else { return "nothing" }
    return outline(root, path: [])
  }

  private static func outline(_ node: TemplateNode, path: [String]) -> String {
    let tag = node.tag.map { "<\($0)>" } ?? ""
    switch node.content {
    case .scalar(let scalar): return "\(tag)\(scalar.isPlain):\(scalar.text)\u{0}"
    case .sequence(let elements):
      return tag + "[" + elements.map { outline($0, path: path + ["-"]) }.joined() + "]"
    case .mapping(let entries):
      var pairs = entries.map {
        "\($0.key.value)\u{0}" + outline($0.value, path: path + [$0.key.value])
      }
      let isResource = path.count == 2 && path[0] == "Resources"
      if path.isEmpty || isResource { pairs.sort() }
      return tag + "{" + pairs.joined(separator: ",") + "}"
    }
  }
}
