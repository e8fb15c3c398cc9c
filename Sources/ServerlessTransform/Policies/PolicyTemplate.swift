import Diagnostics

/// A named policy with parameters, as SAM offers them.
struct PolicyTemplate: Sendable {
  struct Statement: Sendable {
    let actions: [String]
    let isSingleAction: Bool
    let resources: [String]
    let isResourceList: Bool
    let condition: (key: String, value: String)?

    /// - Parameters:
    ///   - service: the prefix of the actions.
    ///   - actions: separated by spaces.
    ///   - resource: `*`, a text with parameters, or `service:rest` for an ARN of the stack's own
    ///     region and account (`service:::rest` for one without).
    static func allow(
      _ service: String, _ actions: String, on resource: String, isSingle: Bool = false,
      where key: String? = nil, equals value: String = ""
    ) -> Statement {
      Statement(
        actions: names(service, actions), isSingleAction: isSingle, resources: [resource],
        isResourceList: false, condition: key.map { ($0, value) })
    }

    static func allow(_ service: String, _ actions: String, onAll resources: [String])
      -> Statement
    {
      Statement(
        actions: names(service, actions), isSingleAction: false, resources: resources,
        isResourceList: true, condition: nil)
    }

    private static func names(_ service: String, _ actions: String) -> [String] {
      actions.split(whereSeparator: \.isWhitespace).map { "\(service):\($0)" }
    }
  }

  let name: String
  let parameters: [String]
  let statements: [Statement]

  init(_ name: String, _ parameters: [String], _ statements: [Statement]) {
    self.name = name
    self.parameters = parameters
    self.statements = statements
  }

  private static let all: [String: PolicyTemplate] = Dictionary(
    (streaming + operations + applications).map { ($0.name, $0) },
    uniquingKeysWith: { first, _ in first })

  static let names = Set(all.keys)

  /// The document of `{TemplateName: {Parameter: value}}`.
  static func expand(_ policy: Tree) throws(SAMFailure) -> Tree {
    guard let member = policy.members?.first, let template = all[member.key] else {
      throw SAMFailure("this is not a policy template", at: policy.span)
    }
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
    let statements = template.statements.map { template.document($0, member.value) }
    return Tree(
      .object([Tree.Member("Statement", Tree(statements))]), span: member.keySpan ?? policy.span)
  }

  private func document(_ statement: Statement, _ values: Tree) -> Tree {
    let actions = statement.actions.map { Tree($0) }
    let resources = statement.resources.map { resource($0, values) }
    var tree: Tree = [
      "Action": statement.isSingleAction ? actions[0] : Tree(actions),
      "Effect": "Allow",
      "Resource": statement.isResourceList ? Tree(resources) : resources[0],
    ]
    if let (key, value) = statement.condition {
      tree["Condition"] = [
        "StringEquals": Tree(.object([Tree.Member(key, resource(value, values))]))
      ]
    }
    return tree
  }

  /// `${tableName}` in a text stands for the parameter `TableName`.
  private func resource(_ short: String, _ values: Tree) -> Tree {
    if short == "*" { return "*" }
    var variables = Tree.emptyObject
    var rest = short[...]
    while let dollar = rest.firstIndex(of: "$"),
      let close = rest[dollar...].firstIndex(of: "}")
    {
      let variable = String(rest[dollar..<close].dropFirst(2))
      let parameter = parameters.first { $0.lowercased() == variable.lowercased() }
      if let parameter { variables[variable] = values[parameter] }
      rest = rest[rest.index(after: close)...]
    }
    return .sub(arn(short), variables)
  }

  private func arn(_ short: String) -> String {
    guard !short.hasPrefix("$"), let colon = short.firstIndex(of: ":") else { return short }
    let service = short[..<colon]
    let rest = short[short.index(after: colon)...]
    if rest.hasPrefix("::") { return "arn:${AWS::Partition}:\(short)" }
    return "arn:${AWS::Partition}:\(service):${AWS::Region}:${AWS::AccountId}:\(rest)"
  }
}
