import Diagnostics

extension TemplateReader {
  static let resourceAttributes = [
    "Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy",
    "Metadata", "CreationPolicy", "UpdatePolicy", "Description",
  ]
  static let outputAttributes = ["Value", "Description", "Export", "Condition"]

  func resource(_ entry: TemplateEntry) -> TemplateResource? {
    checkName(entry.key, "a resource")
    guard entry.value.entries != nil else {
      _ = entries(of: entry.value, "a resource", hint: typeHint(entry.value))
      if entry.value.scalar?.isNull == true { reportMissingType(entry.key) }
      return nil
    }
    let attributes = entries(of: entry.value, "a resource")
    var type = Spanned("", entry.key.span)
    if let node = attributes.first(where: { $0.key.value == "Type" })?.value {
      type = text(of: node, "a resource's `Type`") ?? type
    } else {
      reportMissingType(entry.key)
    }
    var resource = TemplateResource(logicalID: entry.key, type: type)
    for attribute in attributes {
      checkNull(attribute)
      read(attribute, into: &resource)
    }
    return resource
  }

  /// `Queue: AWS::SQS::Queue`
  private func typeHint(_ node: TemplateNode) -> String? {
    guard let text = node.scalar?.text, node.tag == nil, text.contains("::"),
      !text.hasPrefix("Type:")
    else { return nil }
    return "write `Type: \(text.prefix(80))` on a line of its own below the name"
  }

  private func reportMissingType(_ key: Spanned<String>) {
    report(
      .wrongShape, "the resource `\(key.value)` has no `Type`", at: key.span,
      hint: "add one, for example `Type: AWS::Kinesis::Stream`")
  }

  private func read(_ attribute: TemplateEntry, into resource: inout TemplateResource) {
    let node = attribute.value
    switch attribute.key.value {
    case "Type": break
    case "Properties":
      resource.properties = properties(node)
      resource.propertiesKey = attribute.key.span
    case "DependsOn":
      resource.dependsOn = names(
        in: node, "`DependsOn`", hint: "write logical ids as they are: `DependsOn: [A, B]`")
    case "Condition": resource.condition = name(in: node, "a resource's `Condition`")
    case "DeletionPolicy":
      resource.deletionPolicy = policy(node, "DeletionPolicy")
    case "UpdateReplacePolicy":
      resource.updateReplacePolicy = policy(node, "UpdateReplacePolicy")
    case "Metadata": resource.metadata = expression(node, in: .value)
    case "CreationPolicy", "UpdatePolicy":
      _ = entries(of: node, "`\(attribute.key.value)`")
      resource.lifecyclePolicies.append(
        ExpressionEntry(key: attribute.key, value: expression(node, in: .value)))
    case "Description", "Version": break
    default:
      guard !isMacro(attribute) else { return }
      let near = Suggestion.didYouMean(attribute.key.value, among: Self.resourceAttributes)
      report(
        .unknownAttribute, "`\(attribute.key.value)` is not an attribute of a resource",
        at: attribute.key.span,
        hint: near ?? Self.invisibleHint(attribute.key.value)
          ?? "properties of the resource's type stand under `Properties`")
    }
  }

  private func properties(_ node: TemplateNode) -> Expression? {
    if node.scalar?.isNull == true, node.tag == nil { return nil }
    guard node.entries != nil else {
      _ = entries(of: node, "`Properties`")
      return Expression(.invalid, node.span)
    }
    return expression(node, in: .value)
  }

  private func policy(_ node: TemplateNode, _ name: String) -> Expression? {
    if let (function, _) = node.functionCall {
      if function != "Ref" { needsExtensions("`\(function)` in `\(name)`", at: node.span) }
      return expression(node, in: .value)
    }
    guard let policy = text(of: node, "`\(name)`") else { return nil }
    return Expression(.literal(.string(policy.value)), policy.span)
  }

  func output(_ entry: TemplateEntry) -> TemplateOutput? {
    guard !isMacro(entry) else { return nil }
    checkName(entry.key, "an output")
    let attributes = entries(
      of: entry.value, "an output", hint: "write `\(entry.key.value): {Value: …}`")
    guard let value = attributes.first(where: { $0.key.value == "Value" }) else {
      guard entry.value.entries != nil else { return nil }
      let written = attributes.filter { !Self.outputAttributes.contains($0.key.value) }
      let near = written.first { Suggestion.nearest(to: $0.key.value, among: ["Value"]) != nil }
      if let near {
        report(
          .unknownAttribute, "`\(near.key.value)` is not an attribute of an output",
          at: near.key.span, hint: "did you mean `Value`?")
      } else {
        report(
          .wrongShape, "the output `\(entry.key.value)` has no `Value`", at: entry.key.span,
          hint: "add `Value: …`, most often `!Ref` or `!GetAtt` of a resource")
      }
      return nil
    }
    var output = TemplateOutput(key: entry.key, value: expression(value.value, in: .value))
    for attribute in attributes {
      switch attribute.key.value {
      case "Value": break
      case "Description":
        output.description = text(of: attribute.value, "an output's `Description`")?.value
      case "Condition": output.condition = name(in: attribute.value, "an output's `Condition`")
      case "Export": output.exportName = exportName(attribute)
      default:
        report(
          .unknownAttribute, "`\(attribute.key.value)` is not an attribute of an output",
          at: attribute.key.span,
          hint: Suggestion.didYouMean(attribute.key.value, among: Self.outputAttributes)
            ?? "the attributes are \(Self.outputAttributes.joined(separator: ", "))")
      }
    }
    return output
  }

  private func exportName(_ entry: TemplateEntry) -> Expression? {
    let parts = entries(of: entry.value, "`Export`", hint: "write `Export: {Name: …}`")
    for part in parts where part.key.value != "Name" {
      report(
        .unknownAttribute, "`\(part.key.value)` is not part of `Export`", at: part.key.span,
        hint: Suggestion.didYouMean(part.key.value, among: ["Name"]))
    }
    guard let name = parts.first(where: { $0.key.value == "Name" }) else {
      if entry.value.entries != nil {
        report(
          .wrongShape, "`Export` has no `Name`", at: entry.key.span,
          hint: "write `Export: {Name: …}`")
      }
      return nil
    }
    return expression(name.value, in: .value)
  }
}
