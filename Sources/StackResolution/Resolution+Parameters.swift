import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

extension Resolution {
  /// Gives each parameter its value (given, previous, default) and checks its constraints.
  func bindParameters(given: [String: String], previous: [String: String]) {
    let names = template.parameters.map(\.name.value)
    let declared = Set(names)
    for name in given.keys.sorted() where !declared.contains(name) {
      report(
        .unknownParameter, "the template has no parameter `\(name)`", at: nil,
        hint: suggestion(name, among: names)
          ?? (names.isEmpty
            ? "it has no parameters at all" : "it has \(names.joined(separator: ", "))"),
        sentence: CloudFormationSentence("Parameters: ", [name], " do not exist in the template"))
    }
    reportSharedNames()
    for parameter in template.parameters {
      bind(parameter, given: given, previous: previous)
    }
  }

  /// `Ref` could not tell a parameter from a resource of the same name.
  private func reportSharedNames() {
    for (name, index) in sharedNames {
      report(
        .invalidName, "`\(name.value)` names a parameter and a resource", at: name.span,
        hint: "rename one of the two",
        related: [.init(span: template.resources[index].logicalID.span, label: "the resource")])
    }
  }

  private func bind(
    _ parameter: TemplateParameter, given: [String: String], previous: [String: String]
  ) {
    let name = parameter.name.value
    parameters[name] = .some(nil)
    guard let type = ParameterType(parameter.type.value) else {
      reportType(parameter)
      return
    }
    let isGiven = given[name] != nil || previous[name] != nil
    guard let text = given[name] ?? previous[name] ?? parameter.defaultValue?.value else {
      guard !parameter.isDefaultInvalid else { return }
      guard !isByItself else { return assume(parameter, type) }
      report(
        .missingParameter, "the parameter `\(name)` has no value", at: parameter.name.span,
        hint: "give it one (`--parameters \(name)=…`), or add a `Default` in the template",
        sentence: .valueMissing(name))
      return
    }
    if !isGiven { defaulted.insert(name) }
    let place = isGiven ? parameter.name.span : parameter.defaultValue?.span ?? parameter.name.span
    let check = ParameterCheck(
      parameter: parameter, type: type, isGiven: isGiven, place: place, patterns: patterns)
    let elements = type.elements(of: text)
    let isPlaceholder = allowsUnsupported && Placeholder.isPart(of: text)
    if isPlaceholder { holdsPlaceholders = true }
    // A step of the stack around may give a nested stack's parameter its value.
    let isDeferred = text.containsDeferred
    let findings = isPlaceholder || isDeferred ? [] : check.findings(elements, text: text)
    for finding in findings { report(finding) }
    guard findings.isEmpty else { return }
    if text.containsDynamicReference { hasDynamicReferences = true }
    if text == "AWS::NoValue" { emptyParameters.insert(name) }
    var bound = ParameterValue(name: name, value: text, isSecret: parameter.isSecret)
    if let stored = ParameterType(stored: parameter.type.value) {
      guard let answer = storedText(parameter, name: text) else { return }
      parameters[name] = answer.value.map { stored.value(of: $0) } ?? .unknown("`\(text)`")
      bound.resolved = answer.value
    } else if isDeferred, type.isList {
      let whole = DeferredValue.function(.split, [.string(","), .string(text)])
      parameters[name] = .string(whole.text)
    } else {
      parameters[name] = type.value(of: text)
    }
    if parameter.type.value == "AWS::SSM::Parameter::Name" { checkExists(parameter, name: text) }
    parameterValues.append(bound)
  }

  /// The text that the parameter store holds; nil inside where that is not known.
  private struct StoredText { var value: String? }

  /// nil where an error has been reported.
  private func storedText(_ parameter: TemplateParameter, name: String) -> StoredText? {
    switch lookup(DynamicReference(service: .ssm, name: name)) {
    case .value(let text): return StoredText(value: text)
    case .unknown: return StoredText(value: nil)
    case .missing(let reason, let hint):
      reportMissing(parameter, name, reason, hint)
      return nil
    }
  }

  /// `AWS::SSM::Parameter::Name` stands for the name alone, of something that is there.
  private func checkExists(_ parameter: TemplateParameter, name: String) {
    let reference = DynamicReference(service: .secureSSM, name: name)
    guard case .missing(let reason, let hint) = lookup(reference) else { return }
    reportMissing(parameter, name, reason, hint)
  }

  private func reportMissing(
    _ parameter: TemplateParameter, _ name: String, _ reason: String, _ hint: String?
  ) {
    let shown = parameter.isSecret ? "****" : name
    report(
      .unresolvedValue,
      "the parameter `\(parameter.name.value)` reads `\(shown)` from the parameter store: "
        + reason, at: parameter.type.span,
      hint: parameter.isSecret ? "make it first: `aws ssm put-parameter`" : hint)
  }

  private func reportType(_ parameter: TemplateParameter) {
    let type = parameter.type.value
    report(
      .invalidParameter, "`\(type)` is not a type of parameter", at: parameter.type.span,
      hint: suggestion(type, among: ParameterType.common)
        ?? "the types are \(ParameterType.common.joined(separator: ", ")) and AWS-specific ones")
  }
}

/// The meaning of a parameter's text.
struct ParameterType {
  static let common = ["String", "Number", "List<Number>", "CommaDelimitedList"]

  var isList: Bool
  var isNumber: Bool

  /// nil where the type does not exist or can't be answered.
  init?(_ type: String) {
    switch type {
    case "String": self.init(isList: false, isNumber: false)
    case "Number": self.init(isList: false, isNumber: true)
    case "List<Number>": self.init(isList: true, isNumber: true)
    case "CommaDelimitedList", "List<String>": self.init(isList: true, isNumber: false)
    case _ where ParameterType(stored: type) != nil:
      // A name is given; the list comes with the value.
      self.init(isList: false, isNumber: false)
    case "AWS::SSM::Parameter::Name": self.init(isList: false, isNumber: false)
    default:
      let element = type.hasPrefix("List<") && type.hasSuffix(">") ? type.dropFirst(5) : type[...]
      guard element.hasPrefix("AWS::EC2::") || element.hasPrefix("AWS::Route53::HostedZone::Id")
      else { return nil }
      self.init(isList: element.startIndex != type.startIndex, isNumber: false)
    }
  }

  /// The type inside of `AWS::SSM::Parameter::Value<…>`.
  init?(stored type: String) {
    let prefix = "AWS::SSM::Parameter::Value<"
    guard type.hasPrefix(prefix), type.hasSuffix(">"), type.count > prefix.count + 1 else {
      return nil
    }
    let inner = String(type.dropFirst(prefix.count).dropLast())
    guard inner != "Number", !inner.hasPrefix("AWS::SSM::"), let found = ParameterType(inner) else {
      return nil
    }
    self = found
  }

  private init(isList: Bool, isNumber: Bool) {
    self.isList = isList
    self.isNumber = isNumber
  }

  /// The value of `Ref` for the text.
  func value(of text: String) -> PropertyValue {
    isList ? .list(elements(of: text).map { .string($0) }) : .string(text)
  }

  func elements(of text: String) -> [String] {
    guard isList else { return [text] }
    guard !text.isEmpty else { return [] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let trimmed = part.drop { $0 == " " }
      return String(trimmed.reversed().drop { $0 == " " }.reversed())
    }
  }
}
