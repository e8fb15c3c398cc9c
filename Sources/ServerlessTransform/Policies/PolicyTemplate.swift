import Diagnostics

/// A named policy with parameters, as SAM offers them.
struct PolicyTemplate: Sendable {
  let name: String
  let parameters: [String]
  /// With `Ref` to parameters of the template.
  private let statements: [Tree]

  private init(_ name: String, _ json: StaticString) {
    self.name = name
    let tree = ServerlessFacts.tree(json)
    parameters = tree["parameters"]?.elements?.compactMap(\.string) ?? []
    statements = tree["statements"]?.elements ?? []
  }

  private static let table: [String: StaticString] = Dictionary(
    policyTemplatesTable.map { ("\($0.name)", $0.json) }, uniquingKeysWith: { first, _ in first })

  static let names = Set(table.keys)

  /// The document of `{TemplateName: {Parameter: value}}`.
  static func expand(_ policy: Tree) throws(SAMFailure) -> Tree {
    guard let member = policy.members?.first, let json = table[member.key] else {
      throw SAMFailure("this is not a policy template", at: policy.span)
    }
    let template = PolicyTemplate(member.key, json)
    guard member.value.members != nil else {
      throw SAMFailure(
        "the policy template `\(template.name)` takes an object of parameters", at: member.keySpan,
        hint: template.parameters.isEmpty ? "write `\(template.name): {}`" : nil)
    }
    for parameter in template.parameters where member.value[parameter] == nil {
      let given = member.value.keys
      throw SAMFailure(
        "the policy template `\(template.name)` needs `\(parameter)`", at: member.keySpan,
        hint: Suggestion.nearest(to: parameter, among: given).map { "`\($0)` is not one of its" })
    }
    let statements = template.statements.map { template.filled($0, member.value) }
    return Tree(
      .object([Tree.Member("Statement", Tree(statements))]), span: member.keySpan ?? policy.span)
  }

  /// A part of a statement with values in place of its parameters.
  private func filled(_ tree: Tree, _ values: Tree) -> Tree {
    if tree.intrinsic == "Ref", let name = tree["Ref"]?.string, parameters.contains(name) {
      return values[name] ?? tree
    }
    switch tree.content {
    case .scalar: return tree
    case .list(let elements): return Tree(.list(elements.map { filled($0, values) }))
    case .object(let members):
      return Tree(
        .object(members.map { Tree.Member($0.key, filled($0.value, values)) }))
    }
  }
}
