import Diagnostics

/// Puts templates into one form: sections and the attributes of resources in their usual order, no
/// blanks at the ends of lines, one empty line at most. Comments stay with what they stand above.
public enum TemplateFormatter {
  /// The usual order of sections.
  static let sections = [
    "AWSTemplateFormatVersion", "Description", "Transform", "Metadata", "Parameters", "Rules",
    "Mappings", "Conditions", "Globals", "Resources", "Outputs",
  ]
  /// The usual order of a resource's attributes.
  static let attributes = [
    "Type", "Description", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy",
    "CreationPolicy", "UpdatePolicy", "Metadata", "Properties",
  ]

  /// Formats a template, YAML or JSON. Formatting twice changes nothing more, and what the template
  /// means never changes: where a change of order would alter it, the order stays.
  ///
  /// - Returns: the new text; with errors in the diagnostics, the text as it was.
  public static func format(_ text: String, file: String = "template") -> (
    text: String, diagnostics: [Diagnostic]
  ) {
    let (once, diagnostics) = layOut(text, file: file)
    if once == text || diagnostics.hasErrors { return (text, diagnostics) }
    // A text whose layout would not settle stays as it is: comments in odd places can do that.
    return (layOut(once, file: file).text == once ? once : text, diagnostics)
  }

  private static func layOut(_ text: String, file: String) -> (
    text: String, diagnostics: [Diagnostic]
  ) {
    let bytes = Array(text.utf8)
    guard bytes.count <= DocumentLimits.bytesMax else {
      return (text, TemplateParser.parse(bytes, file: file).diagnostics)
    }
    let (root, diagnostics) = TemplateParser.document(bytes, file: file)
    guard let root, !diagnostics.hasErrors else {
      let nothing = Diagnostic(.missingSection, "the template is empty", at: nil)
      return (text, diagnostics.isEmpty ? [nothing] : diagnostics)
    }
    if let tree = JSONTextTree(bytes) {
      let formatted = tree.formatted()
      return (means(formatted, root) ? formatted : text, diagnostics)
    }
    for order in [true, false] {
      let formatted = YAMLLayout(text, root).formatted(ordering: order)
      if means(formatted, root) { return (formatted, diagnostics) }
    }
    return (text, diagnostics)
  }

  /// True where a text means what a document means, but for the order that formatting changes.
  private static func means(_ text: String, _ root: TemplateNode) -> Bool {
    let (other, diagnostics) = TemplateParser.document(Array(text.utf8), file: "")
    guard let other, !diagnostics.hasErrors else { return false }
    return DocumentMeaning(root, level: 0) == DocumentMeaning(other, level: 0)
  }

  /// The rank of a key; unknown ones come last, as they were.
  static func rank(of key: String, in order: [String]) -> Int {
    order.firstIndex(of: key) ?? order.count
  }
}

/// A document without its places, and without the order of sections and attributes.
private struct DocumentMeaning: Equatable {
  private indirect enum Content: Equatable {
    case scalar(TemplateScalar)
    case sequence([DocumentMeaning])
    case ordered([(key: String, value: DocumentMeaning)])
    case unordered([String: DocumentMeaning])

    static func == (a: Content, b: Content) -> Bool {
      switch (a, b) {
      case (.scalar(let a), .scalar(let b)): a == b
      case (.sequence(let a), .sequence(let b)): a == b
      case (.ordered(let a), .ordered(let b)):
        a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
      case (.unordered(let a), .unordered(let b)): a == b
      default: false
      }
    }
  }

  private let content: Content
  private let tag: String?

  /// - Parameter level: 0 for the document, 1 for `Resources`, 2 for a resource, 3 for all else.
  init(_ node: TemplateNode, level: Int) {
    tag = node.tag
    switch node.content {
    case .scalar(let scalar): content = .scalar(scalar)
    case .sequence(let elements):
      content = .sequence(elements.map { DocumentMeaning($0, level: 3) })
    case .mapping(let entries):
      let pairs = entries.map { entry in
        let isInside = level == 1 || level == 0 && entry.key.value == "Resources"
        return (entry.key.value, DocumentMeaning(entry.value, level: isInside ? level + 1 : 3))
      }
      content =
        level == 0 || level == 2
        ? .unordered(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
        : .ordered(pairs.map { (key: $0.0, value: $0.1) })
    }
  }
}
