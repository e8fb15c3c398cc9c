import Diagnostics
import PropertyTree

extension TemplateReader {
  /// The form of each function with a list of arguments.
  private static let forms: [String: (count: ClosedRange<Int>, form: String)] = [
    "Fn::Join": (2...2, "[separator, [a, b]]"),
    "Fn::Select": (2...2, "[index, [a, b]]"),
    "Fn::Split": (2...2, "[separator, text]"),
    "Fn::If": (3...3, "[condition, then, else]"),
    "Fn::FindInMap": (3...4, "[map, first key, second key]"),
    "Fn::Cidr": (2...3, "[block, count, bits]"),
    "Fn::Equals": (2...2, "[a, b]"),
    "Fn::And": (2...10, "[condition, condition]"),
    "Fn::Or": (2...10, "[condition, condition]"),
    "Fn::Not": (1...1, "[condition]"),
    "Fn::Contains": (2...2, "[[a, b], a]"),
    "Fn::EachMemberEquals": (2...2, "[[a, b], a]"),
    "Fn::EachMemberIn": (2...2, "[[a, b], [a, b]]"),
    "Fn::ValueOf": (2...2, "[parameter, attribute]"),
    "Fn::ValueOfAll": (2...2, "[parameter type, attribute]"),
  ]

  private func arguments(_ name: String, _ node: TemplateNode) -> [TemplateNode]? {
    guard let (count, form) = Self.forms[name] else { return nil }
    guard let elements = node.elements, node.tag == nil else {
      report(
        .malformedIntrinsic, "`\(name)` takes a list, this is \(node.tag ?? node.shape)",
        at: node.span, hint: "write `\(name): \(form)`")
      return nil
    }
    guard count.contains(elements.count) else {
      let wanted =
        count.lowerBound == count.upperBound
        ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
      report(
        .malformedIntrinsic,
        "`\(name)` takes \(wanted) \(wanted == "1" ? "argument" : "arguments"), not \(elements.count)",
        at: node.span, hint: "write `\(name): \(form)`")
      return nil
    }
    return elements
  }

  func listed(_ name: String, _ node: TemplateNode, in place: ExpressionPlace)
    -> Expression.Kind?
  {
    guard let nodes = arguments(name, node) else { return nil }
    if name == "Fn::If" { return conditional(nodes, in: place) }
    if name == "Fn::FindInMap" { return findInMap(nodes, in: place) }
    if name == "Fn::Join" || name == "Fn::Select", nodes[0].elements != nil, nodes[0].tag == nil {
      let what = name == "Fn::Join" ? "separator" : "index"
      report(
        .malformedIntrinsic, "`\(name)` takes the \(what) first, this is a list",
        at: nodes[0].span, hint: Self.forms[name].map { "write `\(name): \($0.form)`" })
      return nil
    }
    let values = nodes.map { expression($0, in: place) }
    switch name {
    case "Fn::Join": return .join(separator: values[0], list: values[1])
    case "Fn::Select": return .select(index: values[0], list: values[1])
    case "Fn::Split": return .split(separator: values[0], text: values[1])
    default:
      return .cidr(block: values[0], count: values[1], bits: values.count > 2 ? values[2] : nil)
    }
  }

  private func conditional(_ nodes: [TemplateNode], in place: ExpressionPlace)
    -> Expression.Kind?
  {
    let then = expression(nodes[1], in: place)
    let otherwise = expression(nodes[2], in: place)
    guard let name = nodes[0].scalar, nodes[0].tag == nil else {
      report(
        .malformedIntrinsic, "`Fn::If` takes the name of a condition first", at: nodes[0].span,
        hint: "declare the condition under `Conditions` and name it here")
      return nil
    }
    return .conditional(
      condition: Spanned(name.text, nodes[0].span), then: then, else: otherwise)
  }

  private func findInMap(_ nodes: [TemplateNode], in place: ExpressionPlace) -> Expression.Kind? {
    var fallback: Expression?
    for node in nodes.prefix(3) {
      guard let (name, _) = node.functionCall, name != "Ref", name != "Fn::FindInMap" else {
        continue
      }
      needsExtensions("`\(name)` in `Fn::FindInMap`", at: node.span)
    }
    if nodes.count == 4 {
      needsExtensions("`DefaultValue` of `Fn::FindInMap`", at: nodes[3].span)
      guard let entries = nodes[3].entries, entries.count == 1,
        entries[0].key.value == "DefaultValue"
      else {
        report(
          .malformedIntrinsic, "the fourth argument of `Fn::FindInMap` is `DefaultValue: …`",
          at: nodes[3].span)
        return nil
      }
      fallback = expression(entries[0].value, in: place)
    }
    return .findInMap(
      map: expression(nodes[0], in: place), first: expression(nodes[1], in: place),
      second: expression(nodes[2], in: place), fallback: fallback)
  }

  func logic(
    _ name: String, _ node: TemplateNode, _ span: SourceSpan, in place: ExpressionPlace
  ) -> Expression.Kind? {
    guard place != .value else {
      report(
        .malformedIntrinsic, "`\(name)` can't stand here, only under `Conditions`", at: span,
        hint: "declare a condition and choose with `Fn::If`")
      return nil
    }
    guard let values = arguments(name, node)?.map({ expression($0, in: place) }) else { return nil }
    switch name {
    case "Fn::Equals": return .equals(values[0], values[1])
    case "Fn::And": return .and(values)
    case "Fn::Or": return .or(values)
    default: return .not(values[0])
    }
  }

  func ruleFunction(
    _ name: String, _ node: TemplateNode, _ span: SourceSpan, in place: ExpressionPlace
  ) -> Expression.Kind? {
    guard place == .rule else {
      report(.malformedIntrinsic, "`\(name)` can't stand here, only under `Rules`", at: span)
      return nil
    }
    if name == "Fn::RefAll" { return .ruleFunction(name, [expression(node, in: place)]) }
    return arguments(name, node).map {
      .ruleFunction(name, $0.map { expression($0, in: place) })
    }
  }

  /// `Fn::GetAtt`: `Resource.Attribute` or `[Resource, Attribute]`.
  func attribute(_ node: TemplateNode) -> Expression.Kind? {
    if let scalar = node.scalar, node.tag == nil {
      let parts = scalar.text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty {
        return .attribute(
          resource: Spanned(String(parts[0]), node.span),
          name: Expression(.literal(.string(String(parts[1]))), node.span))
      }
    } else if let elements = node.elements, elements.count >= 2, let resource = elements[0].scalar,
      elements[0].tag == nil
    {
      let names = elements.dropFirst().compactMap { $0.tag == nil ? $0.scalar?.text : nil }
      if names.count == elements.count - 1 {
        return .attribute(
          resource: Spanned(resource.text, elements[0].span),
          name: Expression(.literal(.string(names.joined(separator: "."))), elements[1].span))
      }
      if elements.count == 2 {
        return .attribute(
          resource: Spanned(resource.text, elements[0].span),
          name: expression(elements[1], in: .value))
      }
    }
    report(
      .malformedIntrinsic, "`Fn::GetAtt` takes a resource and an attribute", at: node.span,
      hint: "write `!GetAtt Resource.Attribute` or `Fn::GetAtt: [Resource, Attribute]`")
    return nil
  }

  /// `Fn::GetStackOutput`: `{StackName, OutputName, Region, RoleArn}`, the last two as wished.
  func stackOutput(_ node: TemplateNode, in place: ExpressionPlace) -> Expression.Kind? {
    let names = ["StackName", "OutputName", "Region", "RoleArn"]
    guard let entries = node.entries, node.tag == nil else {
      report(
        .malformedIntrinsic, "`Fn::GetStackOutput` takes an object", at: node.span,
        hint: "write `Fn::GetStackOutput: {StackName: …, OutputName: …}`")
      return nil
    }
    var values: [String: Expression] = [:]
    for entry in entries {
      guard names.contains(entry.key.value) else {
        report(
          .malformedIntrinsic, "`Fn::GetStackOutput` has no argument `\(entry.key.value)`",
          at: entry.key.span,
          hint: Suggestion.didYouMean(entry.key.value, among: names)
            ?? "its arguments are \(names.joined(separator: ", "))")
        return nil
      }
      values[entry.key.value] = expression(entry.value, in: place)
    }
    guard let stack = values["StackName"], let output = values["OutputName"] else {
      let missing = values["StackName"] == nil ? "StackName" : "OutputName"
      report(.malformedIntrinsic, "`Fn::GetStackOutput` needs `\(missing)`", at: node.span)
      return nil
    }
    return .stackOutput(
      stack: stack, output: output, region: values["Region"], role: values["RoleArn"])
  }
}
