import Diagnostics
import PropertyTree
import ResourceModel
import TemplateParsing

/// The place of a name, which decides what it may name.
enum NamePlace {
  /// `Conditions` and `Rules`: parameters alone.
  case condition
  /// Properties of a resource, by its index. Only what is live makes dependencies.
  case resource(Int, isLive: Bool)
  /// Metadata of a resource: names must exist, nothing depends on them.
  case metadata
  case output(isLive: Bool)
}

extension Resolution {
  /// Checks that every name in an expression exists, in branches not taken too; notes what is used
  /// and which resource depends on which.
  func checkNames(_ expression: Expression, in place: NamePlace) {
    switch expression.kind {
    case .literal(.string(let text)):
      if text.utf8.contains(UInt8(ascii: "$")) { checkPlaceholders(in: text, at: expression.span) }
    case .literal, .invalid, .unsupported: break
    case .list(let elements), .and(let elements), .or(let elements),
      .ruleFunction(_, let elements):
      for index in elements.indices { checkNames(elements[index], in: place) }
    case .object(let entries):
      // By index: to take a whole entry out counts references of what is not looked at.
      for index in entries.indices
      where !entries[index].value.isText || !Self.foreignText.contains(entries[index].key.value) {
        checkNames(entries[index].value, in: place)
      }
    case .reference(let name):
      checkReference(Spanned(name, expression.span), in: place)
    case .attribute(let resource, let name):
      checkNames(name, in: place)
      checkAttribute(resource, literalText(name), nameSpan: name.span, in: place)
    case .substitution(let parts, let variables):
      checkSubstitution(parts, variables, in: place)
    case .conditional(let condition, let then, let otherwise):
      checkCondition(condition)
      let truth = truth(ofCondition: condition.value)
      checkNames(then, in: truth == true ? place : place.asDead)
      checkNames(otherwise, in: truth == false ? place : place.asDead)
    case .condition(let name): checkCondition(Spanned(name, expression.span))
    case .findInMap(let map, let first, let second, let fallback):
      checkMapping(map, hasFallback: fallback != nil)
      for part in [map, first, second] { checkNames(part, in: place) }
      if let fallback { checkNames(fallback, in: place) }
    case .importValue(let name):
      if case .condition = place {
        report(
          .malformedIntrinsic, "`Fn::ImportValue` can't stand in conditions and rules",
          at: expression.span)
      }
      checkNames(name, in: place)
      if case .resource? = firstResource(in: name) {
        report(
          .malformedIntrinsic, "the name of an export can't depend on a resource",
          at: name.span)
      }
    case .stackOutput(let stack, let output, let region, let role):
      if case .condition = place {
        report(
          .malformedIntrinsic, "`Fn::GetStackOutput` can't stand in conditions and rules",
          at: expression.span)
      }
      for part in [stack, output, region, role].compactMap({ $0 }) {
        checkNames(part, in: place)
        if case .resource? = firstResource(in: part) {
          report(
            .malformedIntrinsic, "what `Fn::GetStackOutput` names can't depend on a resource",
            at: part.span)
        }
      }
    case .not(let part), .base64(let part), .availabilityZones(let part), .length(let part),
      .jsonText(let part):
      checkNames(part, in: place)
    case .join(let a, let b), .select(let a, let b), .split(let a, let b), .equals(let a, let b):
      checkNames(a, in: place)
      checkNames(b, in: place)
    case .cidr(let block, let count, let bits):
      for part in [block, count] { checkNames(part, in: place) }
      if let bits { checkNames(bits, in: place) }
    }
  }

  /// The first resource that an expression refers to by `Ref` or `Fn::Sub` directly.
  func firstResource(in expression: Expression) -> Symbol? {
    var names: [String] = []
    switch expression.kind {
    case .reference(let name): names = [name]
    case .attribute(let resource, _): names = [resource.value]
    case .substitution(let parts, let variables):
      let own = Set(variables.map(\.key.value))
      for part in parts {
        switch part {
        case .text: break
        case .reference(let name): if !own.contains(name.value) { names.append(name.value) }
        case .attribute(let resource, _, _): names.append(resource)
        }
      }
    default: break
    }
    return names.lazy.compactMap { self.symbols[$0] }.first {
      if case .resource = $0 { true } else { false }
    }
  }

  private func literalText(_ expression: Expression) -> String? {
    if case .literal(.string(let text)) = expression.kind { text } else { nil }
  }

  private func checkSubstitution(
    _ parts: [SubstitutionPart], _ variables: [ExpressionEntry], in place: NamePlace
  ) {
    for variable in variables { checkNames(variable.value, in: place) }
    var unused = Set(variables.map(\.key.value))
    let names = unused
    for part in parts {
      switch part {
      case .text: break
      case .reference(let name):
        if names.contains(name.value) {
          unused.remove(name.value)
        } else {
          checkReference(name, in: place)
        }
      case .attribute(let resource, let name, let span):
        checkAttribute(Spanned(resource, span), name, nameSpan: span, in: place)
      }
    }
    for variable in variables where unused.contains(variable.key.value) {
      report(
        .unusedDefinition, "the variable `\(variable.key.value)` is not used in the text",
        at: variable.key.span, hint: "write `${\(variable.key.value)}` in the text, or remove it",
        severity: .warning)
    }
  }

  // MARK: One name

  private func checkReference(_ name: Spanned<String>, in place: NamePlace) {
    switch symbols[name.value] {
    case .parameter: usedParameters.insert(name.value)
    case .resource(let target):
      if case .condition = place {
        report(
          .unknownReference,
          "`\(name.value)` is a resource, and conditions can refer to parameters only",
          at: name.span, related: declared(target))
        return
      }
      note(target, name.span, in: place)
    case nil:
      guard !PseudoParameter.names.contains(name.value) else { return }
      reportUnknown(name, in: place)
    }
  }

  /// True for what a module may bring along: its resources' ids begin with the module's own. That
  /// modules are not implemented is reported where they stand.
  private func isOfModule(_ name: String) -> Bool {
    template.resources.contains {
      $0.type.value.hasSuffix("::MODULE") && name.hasPrefix($0.logicalID.value)
    }
  }

  private func reportUnknown(_ name: Spanned<String>, in place: NamePlace) {
    guard !isOfModule(name.value) else { return }
    var hint: String?
    if let dot = name.value.firstIndex(of: "."),
      case .resource = symbols[String(name.value[..<dot])]
    {
      hint = "write `!GetAtt \(name.value)` for an attribute"
    } else if conditionIndex[name.value] != nil {
      hint = "it is a condition; use it in `Fn::If` or `Condition`"
    } else if mappingIndex[name.value] != nil {
      hint = "it is a mapping; read it with `Fn::FindInMap`"
    } else {
      var candidates = template.parameters.map(\.name.value) + PseudoParameter.names
      if case .condition = place {
      } else {
        candidates += template.resources.map(\.logicalID.value)
      }
      hint = suggestion(name.value, among: candidates)
    }
    let kinds =
      if case .condition = place { "parameter" } else { "parameter or resource" }
    report(
      .unknownReference, "no \(kinds) is called `\(name.value)`", at: name.span, hint: hint,
      sentence: .unresolvedDependency(name.value, in: place.block))
  }

  private func checkAttribute(
    _ resource: Spanned<String>, _ attribute: String?, nameSpan: SourceSpan, in place: NamePlace
  ) {
    if case .condition = place {
      report(
        .unknownReference, "conditions can't read attributes of resources", at: resource.span)
      return
    }
    guard case .resource(let target) = symbols[resource.value] else {
      let ids = template.resources.map(\.logicalID.value)
      let isParameter = symbols[resource.value] != nil
      guard isParameter || !isOfModule(resource.value) else { return }
      report(
        .unknownReference,
        isParameter
          ? "`\(resource.value)` is a parameter and has no attributes"
          : "no resource is called `\(resource.value)`",
        at: resource.span,
        hint: isParameter
          ? "use `!Ref \(resource.value)`" : suggestion(resource.value, among: ids),
        sentence: CloudFormationSentence(
          "Template error: instance of Fn::GetAtt references undefined resource "
            + resource.value))
      if isParameter { usedParameters.insert(resource.value) }
      return
    }
    note(target, resource.span, in: place)
    if let attribute { checkAttribute(attribute, of: target, at: nameSpan) }
  }

  private func checkAttribute(_ attribute: String, of target: Int, at span: SourceSpan) {
    let resource = template.resources[target]
    guard let schema = catalog[ResourceType(resource.type.value)]?.schema else { return }
    guard !schema.hasAttribute(attribute) else { return }
    let isPublic = publicAttributes(of: resource.type.value).contains(attribute)
    if isPublic, allowsUnsupported {
      report(
        .unknownReturnValue,
        "Leat does not implement the attribute `\(attribute)` of \(resource.type.value): "
          + "a placeholder stands for it, which names nothing here", at: span, severity: .warning)
      return
    }
    let names = schema.attributes.sorted()
    report(
      .unknownReturnValue,
      isPublic
        ? "Leat does not implement the attribute `\(attribute)` of \(resource.type.value) yet"
        : "\(resource.type.value) has no attribute `\(attribute)`",
      at: span,
      hint: suggestion(attribute, among: names)
        ?? (names.isEmpty
          ? "it has no attributes; `!Ref \(resource.logicalID.value)` gives its identifier"
          : "its attributes are \(names.joined(separator: ", "))"),
      related: declared(target),
      sentence: isPublic
        ? nil
        : CloudFormationSentence(
          "Template error: resource \(resource.logicalID.value) does not support attribute type "
            + "\(attribute) in Fn::GetAtt"))
  }

  /// - Parameter block: the section in which a resource or an output names the condition.
  func checkCondition(_ name: Spanned<String>, block: String? = nil) {
    usedConditions.insert(name.value)
    guard conditionIndex[name.value] == nil else { return }
    let names = template.conditions.map(\.name.value)
    report(
      .unknownCondition, "no condition is called `\(name.value)`", at: name.span,
      hint: suggestion(name.value, among: names)
        ?? (names.isEmpty
          ? "the template has no `Conditions`" : "the conditions are \(shown(names))"),
      sentence: CloudFormationSentence(
        "Template format error: Unresolved condition dependency \(name.value)"
          + (block.map { " in the \($0) block of the template" } ?? "")))
  }

  private func checkMapping(_ map: Expression, hasFallback: Bool) {
    guard let name = literalText(map) else {
      usesAnyMapping = true
      return
    }
    usedMappings.insert(name)
    guard mappingIndex[name] == nil, !hasFallback else { return }
    let names = template.mappings.map(\.name.value)
    report(
      .unknownMapping, "no mapping is called `\(name)`", at: map.span,
      hint: suggestion(name, among: names)
        ?? (names.isEmpty
          ? "the template has no `Mappings`" : "the mappings are \(shown(names))"))
  }

  private func shown(_ names: [String]) -> String {
    names.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }

  /// Notes a live reference: an edge of the dependency graph, or one to what is not created.
  private func note(_ target: Int, _ span: SourceSpan, in place: NamePlace) {
    switch place {
    case .resource(_, isLive: false), .output(isLive: false), .condition, .metadata: return
    case .resource(let source, isLive: true):
      if source == target {
        report(
          .dependencyCycle,
          "`\(template.resources[target].logicalID.value)` refers to itself", at: span,
          hint: "its own attributes exist only once it does; write the value out")
        return
      }
      if case .pruned = statuses[target] {
        reportPruned(target, span, block: place.block)
      } else {
        edges[source].append(Edge(target: target, span: span))
      }
    case .output(isLive: true):
      if case .pruned = statuses[target] { reportPruned(target, span, block: place.block) }
    }
  }

  private func reportPruned(_ target: Int, _ span: SourceSpan, block: String) {
    let resource = template.resources[target]
    let condition = resource.condition?.value ?? ""
    let isAssumed = assumedConditions.contains(condition)
    report(
      .prunedReference,
      isAssumed
        ? "`\(resource.logicalID.value)` is not there where `\(condition)` is false"
        : "`\(resource.logicalID.value)` is not created here, because `\(condition)` is false",
      at: span, hint: "guard it: `!If [\(condition), …, !Ref AWS::NoValue]`",
      severity: isAssumed ? .warning : .error,
      related: resource.condition.map { [.init(span: $0.span, label: "its condition")] } ?? [],
      sentence: .unresolvedDependency(resource.logicalID.value, in: block))
  }

  func declared(_ index: Int) -> [Diagnostic.Related] {
    let id = template.resources[index].logicalID
    return [.init(span: id.span, label: "`\(id.value)` is declared here")]
  }
}

extension Expression {
  fileprivate var isText: Bool { if case .literal(.string) = kind { true } else { false } }
}

extension NamePlace {
  /// The section of the template, as CloudFormation's errors name it.
  var block: String {
    switch self {
    case .condition: "Conditions"
    case .resource, .metadata: "Resources"
    case .output: "Outputs"
    }
  }

  /// The same place in a branch that is not taken.
  var asDead: NamePlace {
    switch self {
    case .condition, .metadata: self
    case .resource(let index, _): .resource(index, isLive: false)
    case .output: .output(isLive: false)
    }
  }
}

extension ResourceSchema {
  /// True for a listed name, and for names under a listed `Prefix.*`.
  func hasAttribute(_ name: String) -> Bool {
    if attributes.contains(name) || attributes.contains("*") { return true }
    guard let dot = name.firstIndex(of: ".") else { return false }
    return attributes.contains("\(name[..<dot]).*")
  }
}
