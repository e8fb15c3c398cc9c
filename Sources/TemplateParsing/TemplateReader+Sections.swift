import Diagnostics
import PropertyTree

extension TemplateReader {
  static let sections = [
    "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings",
    "Conditions", "Transform", "Resources", "Outputs", "Hooks",
  ]

  func template(from root: TemplateNode) -> Template {
    var template = Template(file: file)
    guard let sections = root.entries else {
      report(
        .wrongShape, "a template is an object, this is \(root.shape)", at: root.span,
        hint: "it needs a `Resources` section")
      return template
    }
    if let transform = root["Transform"] { template.transforms = transforms(transform) }
    hasExtensions = template.transforms.contains { $0.value == LanguageExtensions.name }
    for section in sections {
      checkNull(section)
      read(section, into: &template)
    }
    let isSAM = template.transforms.contains { $0.value.hasPrefix("AWS::Serverless") }
    for section in sections where !Self.sections.contains(section.key.value) {
      if isSAM, section.key.value == "Globals" { continue }
      if isMacro(section) { continue }
      report(
        .unknownSection, "`\(section.key.value)` is not a section of a template",
        at: section.key.span,
        hint: Suggestion.didYouMean(section.key.value, among: Self.sections)
          ?? Self.invisibleHint(section.key.value)
          ?? "the sections are \(Self.sections.dropLast().joined(separator: ", "))")
    }
    if !sections.contains(where: { $0.key.value == "Resources" }) {
      let near = Suggestion.nearest(to: "Resources", among: sections.map(\.key.value))
      if near == nil {
        report(
          .missingSection, "the template has no `Resources` section",
          at: SourceSpan(file: file, start: root.span.start, end: root.span.start),
          hint: "add `Resources:` with at least one resource")
      }
    }
    return template
  }

  private func read(_ section: TemplateEntry, into template: inout Template) {
    let node = section.value
    switch section.key.value {
    case "AWSTemplateFormatVersion":
      template.formatVersion = formatVersion(node)
    case "Description":
      guard let description = text(of: node, "`Description`") else { return }
      checkLength(ofDescription: description)
      template.description = description.value
    case "Metadata":
      for entry in entries(of: node, "`Metadata`") {
        checkNulls(in: entry.value, below: entry.key)
      }
      template.metadata = expression(node, in: .value)
    case "Parameters":
      let parameters = entries(of: node, "`Parameters`")
      checkCount(parameters, most: 200, "parameters")
      template.parameters = parameters.compactMap(parameter)
    case "Mappings":
      let mappings = entries(of: node, "`Mappings`")
      checkCount(mappings, most: 200, "mappings")
      template.mappings = mappings.compactMap(mapping)
    case "Conditions":
      for entry in entries(of: node, "`Conditions`") where !isMacro(entry) {
        // CloudFormation takes any name here; published templates have `&` in theirs.
        template.conditions.append(
          TemplateCondition(
            name: entry.key, expression: expression(entry.value, in: .condition)))
      }
    case "Rules":
      template.rules = entries(of: node, "`Rules`").compactMap(rule)
    case "Resources":
      resources(node, into: &template)
    case "Outputs":
      let outputs = entries(of: node, "`Outputs`")
      checkCount(outputs, most: 200, "outputs")
      template.outputs = outputs.compactMap(output)
    case "Hooks":
      report(
        .unsupportedIntrinsic, "Leat does not implement the `Hooks` section", at: section.key.span)
    default: break
    }
  }

  private func formatVersion(_ node: TemplateNode) -> Spanned<String>? {
    guard let version = text(of: node, "`AWSTemplateFormatVersion`") else { return nil }
    if version.value != "2010-09-09" {
      report(
        .wrongShape, "`\(version.value)` is not a version of the template format",
        at: version.span, hint: "the only one is `2010-09-09`")
    }
    return version
  }

  private func transforms(_ node: TemplateNode) -> [Spanned<String>] {
    let nodes = node.elements ?? [node]
    return nodes.compactMap { element in
      if let entries = element.entries {
        return entries.first { $0.key.value == "Name" }
          .flatMap { text(of: $0.value, "a transform's `Name`") } ?? namelessTransform(element)
      }
      return text(of: element, "a transform")
    }
  }

  private func namelessTransform(_ node: TemplateNode) -> Spanned<String>? {
    guard node["Name"] == nil else { return nil }
    report(
      .wrongShape, "a transform needs a `Name`", at: node.span,
      hint: "write `Transform: AWS::LanguageExtensions`, or `Name: …` with `Parameters`")
    return nil
  }

  private func resources(_ node: TemplateNode, into template: inout Template) {
    let entries = entries(of: node, "`Resources`")
    template.resources.reserveCapacity(entries.count)
    for entry in entries where !isMacro(entry) {
      if let resource = resource(entry) { template.resources.append(resource) }
    }
    if node.entries?.isEmpty == true || node.scalar?.isNull == true {
      report(.missingSection, "the template has no resources", at: node.span)
    }
    checkCount(entries, most: 500, "resources")
  }

  private func mapping(_ entry: TemplateEntry) -> TemplateMapping? {
    guard !isMacro(entry) else { return nil }
    checkName(entry.key, "a mapping")
    let rows = entries(of: entry.value, "a mapping").compactMap { row -> TemplateMapping.Row? in
      guard !isMacro(row) else { return nil }
      checkMappingKey(row.key, isFirstLevel: true)
      let columns = entries(of: row.value, "a mapping's first level").map { column in
        checkMappingKey(column.key, isFirstLevel: false)
        return ExpressionEntry(key: column.key, value: expression(column.value, in: .value))
      }
      return TemplateMapping.Row(key: row.key, columns: columns)
    }
    if entry.value.entries?.isEmpty == true {
      report(
        .wrongShape, "the mapping `\(entry.key.value)` is empty", at: entry.key.span,
        hint: "give it a key with values, or remove it")
    }
    return TemplateMapping(name: entry.key, rows: rows)
  }

  private func rule(_ entry: TemplateEntry) -> TemplateRule? {
    checkName(entry.key, "a rule")
    var condition: Expression?
    var assertions: [TemplateRule.Assertion] = []
    let parts = entries(of: entry.value, "a rule")
    for part in parts {
      switch part.key.value {
      case "RuleCondition": condition = expression(part.value, in: .rule)
      case "Assertions":
        guard let elements = part.value.elements else {
          report(
            .wrongShape, "`Assertions` must be a list, this is \(part.value.shape)",
            at: part.value.span)
          continue
        }
        assertions += elements.compactMap(assertion)
      default:
        report(
          .unknownAttribute, "`\(part.key.value)` is not part of a rule", at: part.key.span,
          hint: Suggestion.didYouMean(part.key.value, among: ["RuleCondition", "Assertions"]))
      }
    }
    if !parts.contains(where: { $0.key.value == "Assertions" }) {
      report(.wrongShape, "a rule needs `Assertions`", at: entry.key.span)
    }
    return TemplateRule(name: entry.key, condition: condition, assertions: assertions)
  }

  private func assertion(_ node: TemplateNode) -> TemplateRule.Assertion? {
    let parts = entries(of: node, "an assertion")
    guard let assert = parts.first(where: { $0.key.value == "Assert" }) else {
      report(.wrongShape, "an assertion needs `Assert`", at: node.span)
      return nil
    }
    let description = parts.first { $0.key.value == "AssertDescription" }
      .flatMap { text(of: $0.value, "`AssertDescription`")?.value }
    return TemplateRule.Assertion(
      expression: expression(assert.value, in: .rule), description: description)
  }
}
