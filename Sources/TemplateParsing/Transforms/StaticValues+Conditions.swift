import Diagnostics

/// Conditions, where loops and the names that functions make need them: over parameters and
/// mappings alone, as CloudFormation has them too.
extension StaticValues {
  /// The longest chain of conditions that name conditions.
  private static let chainMax = 200

  /// nil, with a finding, for a condition that is not there or can't be told yet.
  func truth(ofCondition name: String, at span: SourceSpan) -> Bool? {
    guard let node = conditions?[name] else {
      report(
        .unknownCondition, "no condition is called `\(name)`", at: span,
        hint: Suggestion.didYouMean(name, among: conditions?.entries?.map(\.key.value) ?? []))
      return nil
    }
    guard !conditionChain.contains(name) else {
      report(.dependencyCycle, "the condition `\(name)` depends on itself", at: node.span)
      return nil
    }
    guard conditionChain.count < Self.chainMax else {
      report(
        .tooDeep, "conditions name each other more than \(Self.chainMax) times in a row",
        at: node.span)
      return nil
    }
    conditionChain.append(name)
    defer { conditionChain.removeLast() }
    return truth(node)
  }

  private func truth(_ node: TemplateNode) -> Bool? {
    if let named = named(node) { return truth(ofCondition: named, at: node.span) }
    guard let (name, argument) = node.functionCall else { return unclear(node) }
    let parts = argument.elements ?? []
    switch (name, parts.count) {
    case ("Fn::Not", 1): return truth(parts[0]).map { !$0 }
    case ("Fn::And", 2...):
      let values = parts.map(truth)
      return values.contains(nil) ? nil : values.allSatisfy { $0 == true }
    case ("Fn::Or", 2...):
      let values = parts.map(truth)
      return values.contains(nil) ? nil : values.contains(true)
    case ("Fn::Equals", 2):
      guard let first = value(parts[0]), let second = value(parts[1]) else { return nil }
      return first == second
    default: return unclear(node)
    }
  }

  /// The name of `Condition: Name` (or `!Condition Name`).
  private func named(_ node: TemplateNode) -> String? {
    if node.tag == "!Condition" { return node.scalar?.text }
    guard let entries = node.entries, entries.count == 1, entries[0].key.value == "Condition"
    else { return nil }
    return entries[0].value.scalar?.text
  }

  private func unclear(_ node: TemplateNode) -> Bool? {
    report(
      .malformedIntrinsic, "a condition must be true or false", at: node.span,
      hint: "compare with `Fn::Equals: [a, b]`, or name a condition with `Condition: Name`")
    return nil
  }
}
