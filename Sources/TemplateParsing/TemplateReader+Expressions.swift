import Diagnostics
import PropertyTree

/// The place of an expression, which decides what it may hold.
enum ExpressionPlace {
  /// Properties, outputs, mappings, metadata.
  case value
  /// The `Conditions` section.
  case condition
  /// The `Rules` section.
  case rule
}

extension TemplateReader {
  static let functions = [
    "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::If", "Fn::Equals",
    "Fn::And", "Fn::Or", "Fn::Not", "Condition", "Fn::FindInMap", "Fn::Base64", "Fn::Cidr",
    "Fn::GetAZs", "Fn::ImportValue", "Fn::Transform", "Fn::Length", "Fn::ToJsonString",
    "Fn::ForEach", "Fn::GetStackOutput", "Fn::Contains", "Fn::EachMemberEquals",
    "Fn::EachMemberIn", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll",
  ]

  /// Reads a value, a literal or a function.
  func expression(_ node: TemplateNode, in place: ExpressionPlace) -> Expression {
    if let tag = node.tag {
      if tag.hasPrefix("!") { return tagged(node, tag, in: place) }
      if let literal = standardTag(node, tag) { return literal }
    }
    switch node.content {
    case .scalar(let scalar):
      return Expression(.literal(ScalarTyping.value(of: scalar)), node.span)
    case .sequence(let elements):
      return Expression(.list(elements.map { expression($0, in: place) }), node.span)
    case .mapping(let entries):
      return object(entries, node, in: place)
    }
  }

  /// `!!str` keeps a plain scalar text; tags of collections say nothing new.
  private func standardTag(_ node: TemplateNode, _ tag: String) -> Expression? {
    switch tag.dropFirst("tag:yaml.org,2002:".count) {
    case "str":
      guard let scalar = node.scalar else { return nil }
      return Expression(.literal(.string(scalar.text)), node.span)
    case "int", "float", "bool", "null":
      guard let scalar = node.scalar else { return nil }
      return Expression(.literal(ScalarTyping.value(ofPlain: scalar.text)), node.span)
    case "map", "seq": return nil
    default:
      report(
        .unknownTag,
        "CloudFormation does not read the tag `!!\(tag.dropFirst("tag:yaml.org,2002:".count))`",
        at: node.span,
        hint: "remove it, or write the value as plain text")
      return Expression(.invalid, node.span)
    }
  }

  private func tagged(_ node: TemplateNode, _ tag: String, in place: ExpressionPlace)
    -> Expression
  {
    let short = String(tag.dropFirst())
    let name = short == "Ref" || short == "Condition" ? short : "Fn::\(short)"
    guard Self.functions.contains(name) else {
      let tags = Self.functions.map { "!" + ($0.hasPrefix("Fn::") ? String($0.dropFirst(4)) : $0) }
      report(
        .unknownTag, "`\(tag)` is not a function of CloudFormation", at: node.span,
        hint: tag == "!"
          ? "write the function's name right after the mark, as in `!Ref Name`"
          : Suggestion.didYouMean(tag, among: tags))
      return Expression(.invalid, node.span)
    }
    var argument = node
    argument.tag = nil
    return call(name, argument, node.span, in: place)
  }

  private func object(
    _ entries: [TemplateEntry], _ node: TemplateNode, in place: ExpressionPlace
  ) -> Expression {
    if entries.count == 1 {
      let key = entries[0].key.value
      if key == "Ref" || key.hasPrefix("Fn::") || (key == "Condition" && place != .value) {
        return call(key, entries[0].value, entries[0].key.span, in: place)
      }
    }
    var pairs: [ExpressionEntry] = []
    pairs.reserveCapacity(entries.count)
    for index in entries.indices {
      let key = entries[index].key
      if key.value.hasPrefix("Fn::") {
        guard !isMacro(entries[index]) else { continue }
        report(
          .malformedIntrinsic, "`\(key.value)` must be the only key of its object",
          at: key.span, hint: "move the other keys out")
        continue
      }
      pairs.append(ExpressionEntry(key: key, value: expression(entries[index].value, in: place)))
    }
    return Expression(.object(pairs), node.span)
  }

  private func call(
    _ name: String, _ node: TemplateNode, _ span: SourceSpan, in place: ExpressionPlace
  ) -> Expression {
    let kind: Expression.Kind?
    switch name {
    case "Ref": kind = argumentText(node, name).map { .reference($0.value) }
    case "Condition": kind = argumentText(node, name).map { .condition($0.value) }
    case "Fn::GetAtt": kind = attribute(node)
    case "Fn::Sub": kind = substitution(node, in: place)
    case "Fn::Base64": kind = .base64(expression(node, in: place))
    case "Fn::GetAZs":
      let isEmpty = node.scalar?.isNull == true
      let region = isEmpty ? Expression(.literal(""), span) : expression(node, in: place)
      kind = .availabilityZones(region)
    case "Fn::Length", "Fn::ToJsonString":
      needsExtensions(name, at: span)
      let argument = expression(node, in: place)
      kind = name == "Fn::Length" ? .length(argument) : .jsonText(argument)
    case "Fn::ImportValue": kind = .importValue(expression(node, in: place))
    case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
      kind = logic(name, node, span, in: place)
    case "Fn::Join", "Fn::Select", "Fn::Split", "Fn::If", "Fn::FindInMap", "Fn::Cidr":
      kind = listed(name, node, in: place)
    case "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::RefAll", "Fn::ValueOf",
      "Fn::ValueOfAll":
      kind = ruleFunction(name, node, span, in: place)
    case "Fn::GetStackOutput": kind = stackOutput(node, in: place)
    case "Fn::Transform":
      reportTransform(node, at: span)
      kind = nil
    default:
      if name.hasPrefix("Fn::ForEach") {
        if !needsExtensions("Fn::ForEach", at: span) {
          report(.malformedIntrinsic, "`Fn::ForEach` can't stand here", at: span)
        }
        kind = nil
      } else {
        report(
          .malformedIntrinsic, "`\(name)` is not a function of CloudFormation", at: span,
          hint: Suggestion.didYouMean(name, among: Self.functions))
        kind = nil
      }
    }
    return Expression(kind ?? .invalid, span)
  }

  /// The text that a function takes as its only argument.
  private func argumentText(_ node: TemplateNode, _ name: String) -> Spanned<String>? {
    if let scalar = node.scalar, node.tag == nil, !scalar.text.isEmpty {
      return Spanned(scalar.text, node.span)
    }
    report(
      .malformedIntrinsic, "`\(name)` takes a name, this is \(node.tag ?? node.shape)",
      at: node.span, hint: name == "Ref" ? "write `!Ref Name`, or `Ref: Name`" : nil)
    return nil
  }
}
