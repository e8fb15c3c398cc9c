import Diagnostics

extension TemplateReader {
  static let parameterAttributes = [
    "Type", "Default", "AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue",
    "MaxValue", "ConstraintDescription", "Description", "NoEcho",
  ]

  func parameter(_ entry: TemplateEntry) -> TemplateParameter? {
    guard !isMacro(entry) else { return nil }
    checkName(entry.key, "a parameter")
    let attributes = entries(of: entry.value, "a parameter")
    guard let typeEntry = attributes.first(where: { $0.key.value == "Type" }) else {
      report(
        .wrongShape, "the parameter `\(entry.key.value)` has no `Type`", at: entry.key.span,
        hint: "add `Type: String`")
      return nil
    }
    guard let type = text(of: typeEntry.value, "a parameter's `Type`") else { return nil }
    var parameter = TemplateParameter(name: entry.key, type: type)
    for attribute in attributes { read(attribute, into: &parameter) }
    checkBounds(&parameter.minLength, parameter.maxLength, "Length")
    checkBounds(&parameter.minValue, parameter.maxValue, "Value")
    return parameter
  }

  /// Of bounds that no value can meet, the lower one counts as none.
  private func checkBounds<Number: Comparable>(
    _ least: inout Spanned<Number>?, _ most: Spanned<Number>?, _ what: String
  ) {
    guard let low = least, let high = most, low.value > high.value else { return }
    report(
      .wrongShape, "`Min\(what)` is more than `Max\(what)`, so that no value fits", at: low.span,
      related: [.init(span: high.span, label: "`Max\(what)`")])
    least = nil
  }

  private func read(_ attribute: TemplateEntry, into parameter: inout TemplateParameter) {
    let node = attribute.value
    let what = "`\(attribute.key.value)`"
    switch attribute.key.value {
    case "Type": break
    case "Default":
      parameter.defaultValue = defaultValue(node)
      parameter.isDefaultInvalid = parameter.defaultValue == nil
    case "AllowedValues":
      guard node.elements != nil else {
        report(.wrongShape, "`AllowedValues` must be a list, this is \(node.shape)", at: node.span)
        return
      }
      parameter.allowedValues = texts(of: node, what)
    case "AllowedPattern": parameter.allowedPattern = text(of: node, what)
    case "MinLength": parameter.minLength = integer(of: node, what)
    case "MaxLength": parameter.maxLength = integer(of: node, what)
    case "MinValue": parameter.minValue = number(of: node, what)
    case "MaxValue": parameter.maxValue = number(of: node, what)
    case "ConstraintDescription": parameter.constraintDescription = text(of: node, what)?.value
    case "Description": parameter.description = text(of: node, what)?.value
    case "NoEcho":
      guard let value = text(of: node, what) else { return }
      let lowered = value.value.lowercased()
      if lowered != "true" && lowered != "false" {
        report(
          .wrongShape, "`NoEcho` is true or false, this is `\(value.value)`", at: value.span)
      }
      parameter.isSecret = lowered == "true"
    default:
      report(
        .unknownAttribute, "`\(attribute.key.value)` is not an attribute of a parameter",
        at: attribute.key.span,
        hint: Suggestion.didYouMean(attribute.key.value, among: Self.parameterAttributes)
          ?? "the attributes are \(Self.parameterAttributes.joined(separator: ", "))")
    }
  }

  /// A default may be empty, which CloudFormation takes as empty text.
  private func defaultValue(_ node: TemplateNode) -> Spanned<String>? {
    if node.scalar?.isNull == true, node.scalar?.text.isEmpty == true {
      return Spanned("", node.span)
    }
    if node.elements != nil {
      report(
        .wrongShape, "a parameter's `Default` must be text, this is a list", at: node.span,
        hint: "write a list as one text with commas: `a,b`")
      return nil
    }
    return text(of: node, "`Default`")
  }
}
