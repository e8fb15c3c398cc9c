import Diagnostics

/// The transform `AWS::LanguageExtensions`: writes `Fn::ForEach` out, and answers names that are
/// made by functions. `Fn::Length`, `Fn::ToJsonString` and the rest are answered with the other
/// functions, once the template is resolved.
public enum LanguageExtensions {
  /// The name under which templates ask for it.
  public static let name = "AWS::LanguageExtensions"

  /// Sections in which loops may stand.
  static let sections: Set<String> = ["Conditions", "Resources", "Outputs"]

  /// Writes out the loops of a document. Generated nodes keep the places of what they are made of.
  ///
  /// - Parameter inputs: given values; defaults come from the document.
  public static func expand(_ root: TemplateNode, _ inputs: TransformInputs)
    -> (root: TemplateNode, diagnostics: [Diagnostic])
  {
    guard case .mapping(var entries) = root.content else { return (root, []) }
    let values = StaticValues(root, inputs)
    let expansion = LoopExpansion(values)
    // Conditions come first: the loops of the other sections may need them.
    let inOrder = entries.indices.filter { sections.contains(entries[$0].key.value) }
      .sorted { entries[$0].key.value < entries[$1].key.value }
    for index in inOrder {
      entries[index].value = expansion.expand(entries[index].value)
      if entries[index].key.value == "Conditions" { values.conditions = entries[index].value }
    }
    var expanded = root
    expanded.content = .mapping(entries)
    return (expanded, expansion.diagnostics)
  }
}

/// The walk that writes loops out.
final class LoopExpansion {
  private static let prefix = "Fn::ForEach::"
  /// CloudFormation's own limit.
  private static let nestingMax = 5

  private let values: StaticValues
  private var own: [Diagnostic] = []
  private var nodesLeft = DocumentLimits.generatedNodesMax
  private var bytesLeft = DocumentLimits.generatedBytesMax
  /// The identifiers of the loops around.
  private var identifiers: [String] = []

  init(_ values: StaticValues) { self.values = values }

  var diagnostics: [Diagnostic] { own + values.diagnostics }

  func expand(_ node: TemplateNode) -> TemplateNode {
    var node = node
    switch node.content {
    case .scalar: return node
    case .sequence(let elements):
      node.content = .sequence(elements.map(expand))
    case .mapping(let entries):
      node.content = .mapping(expand(entries))
    }
    return nameFolded(node)
  }

  private func expand(_ entries: [TemplateEntry]) -> [TemplateEntry] {
    guard entries.contains(where: { $0.key.value.hasPrefix(Self.prefix) }) else {
      return entries.map { TemplateEntry(key: $0.key, value: expand($0.value)) }
    }
    var builder = MappingBuilder()
    for entry in entries {
      for made in written(entry) {
        builder.add(made, isMergeKey: false) { report(Self.aboutLoop($0, made, of: entry)) }
      }
    }
    return builder.entries
  }

  /// A key that a loop makes more than once is no slip of copying.
  private static func aboutLoop(
    _ diagnostic: Diagnostic, _ made: TemplateEntry, of entry: TemplateEntry
  ) -> Diagnostic {
    guard diagnostic.code == .duplicateKey, entry.key.value.hasPrefix(prefix),
      diagnostic.related.first?.span == made.key.span
    else { return diagnostic }
    let identifier = entry.value.elements?.first?.scalar?.text ?? "Identifier"
    return Diagnostic(
      .duplicateKey, "the loop gives the key `\(made.key.value)` more than once",
      at: made.key.span, hint: "let the key hold `${\(identifier)}`, and each value stand once")
  }

  /// The entries for a pair: itself, or those that its loop gives.
  private func written(_ entry: TemplateEntry) -> [TemplateEntry] {
    guard entry.key.value.hasPrefix(Self.prefix) else {
      return [TemplateEntry(key: entry.key, value: expand(entry.value))]
    }
    guard let loop = Loop(entry, report: report) else { return [] }
    guard canOpen(loop), let collection = values.texts(loop.collection) else { return [] }
    var made: [TemplateEntry] = []
    identifiers.append(loop.identifier.value)
    for text in collection {
      let variable = LoopVariable(loop.identifier.value, text)
      for pair in loop.body {
        guard spend(pair, at: loop.identifier.span) else { break }
        made += written(
          TemplateEntry(
            key: Spanned(variable.applied(to: pair.key.value), pair.key.span),
            value: applied(variable, to: pair.value)))
      }
    }
    identifiers.removeLast()
    return made
  }

  private func canOpen(_ loop: Loop) -> Bool {
    let name = loop.identifier.value
    if identifiers.contains(name) {
      report(
        Diagnostic(
          .invalidName, "`\(name)` is the identifier of a loop around this one already",
          at: loop.identifier.span, hint: "give each loop an identifier of its own"))
      return false
    }
    if values.isParameter(name) {
      report(
        Diagnostic(
          .invalidName, "`\(name)` is a parameter, and can't be a loop's identifier too",
          at: loop.identifier.span, hint: "rename the identifier"))
      return false
    }
    guard identifiers.count < Self.nestingMax else {
      report(
        Diagnostic(
          .tooDeep, "loops are nested more than \(Self.nestingMax) times",
          at: loop.identifier.span))
      return false
    }
    return true
  }

  private func report(_ diagnostic: Diagnostic) {
    if own.count < DocumentLimits.diagnosticsMax { own.append(diagnostic) }
  }

  // MARK: Substitution

  private func applied(_ variable: LoopVariable, to node: TemplateNode) -> TemplateNode {
    if let (name, argument) = node.functionCall, name == "Ref",
      argument.scalar?.text == variable.name
    {
      let scalar = TemplateScalar(variable.value, isPlain: false)
      return TemplateNode(.scalar(scalar), span: node.span)
    }
    var node = node
    switch node.content {
    case .scalar(var scalar):
      guard scalar.text.utf8.contains(UInt8(ascii: "{")) else { return node }
      scalar.text = variable.applied(to: scalar.text)
      bytesLeft -= scalar.text.utf8.count
      node.content = .scalar(scalar)
    case .sequence(let elements):
      node.content = .sequence(elements.map { applied(variable, to: $0) })
    case .mapping(let entries):
      node.content = .mapping(
        entries.map { entry in
          let key = Spanned(variable.applied(to: entry.key.value), entry.key.span)
          return TemplateEntry(key: key, value: applied(variable, to: entry.value))
        })
    }
    return node
  }

  /// False, with one finding, where loops would make more than is bearable.
  private func spend(_ pair: TemplateEntry, at span: SourceSpan) -> Bool {
    guard nodesLeft > 0, bytesLeft > 0 else { return false }
    nodesLeft -= weight(of: pair.value)
    guard nodesLeft > 0, bytesLeft > 0 else {
      report(
        Diagnostic(
          .tooLarge, "the loops give more than \(DocumentLimits.generatedNodesMax) values",
          at: span))
      return false
    }
    return true
  }

  private func weight(of node: TemplateNode) -> Int {
    switch node.content {
    case .scalar: 1
    case .sequence(let elements): elements.reduce(1) { $0 + weight(of: $1) }
    case .mapping(let entries): entries.reduce(1) { $0 + weight(of: $1.value) }
    }
  }

  // MARK: Names that are made by functions

  /// `Ref` and `Fn::GetAtt` with a name that a function gives, with the name written out.
  private func nameFolded(_ node: TemplateNode) -> TemplateNode {
    guard let (name, argument) = node.functionCall else { return node }
    switch name {
    case "Ref" where argument.functionCall != nil:
      guard let text = values.text(argument) else { return node }
      return call("Ref", TemplateNode(plain(text), span: argument.span), node.span)
    case "Fn::GetAtt":
      guard var elements = argument.elements, let first = elements.first,
        first.functionCall != nil, let text = values.text(first)
      else { return node }
      elements[0] = TemplateNode(plain(text), span: first.span)
      return call("Fn::GetAtt", TemplateNode(.sequence(elements), span: argument.span), node.span)
    default: return node
    }
  }

  private func plain(_ text: String) -> TemplateNode.Content {
    .scalar(TemplateScalar(text, isPlain: false))
  }

  private func call(_ name: String, _ argument: TemplateNode, _ span: SourceSpan) -> TemplateNode {
    TemplateNode(.mapping([TemplateEntry(key: Spanned(name, span), value: argument)]), span: span)
  }
}
