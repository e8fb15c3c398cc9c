import Diagnostics

/// Answers what is known before anything is resolved: parameters, mappings, conditions, and
/// functions over them. Loops take their collections from here.
final class StaticValues {
  enum Value: Equatable {
    case text(String)
    case list([String])
    /// `AWS::NoValue`: drops out of the list around it.
    case nothing
  }

  private let mappings: TemplateNode?
  private let parameters: TemplateNode?
  /// The section `Conditions`, with its loops written out as soon as they are.
  var conditions: TemplateNode?
  /// The conditions whose evaluation led to the one at hand.
  var conditionChain: [String] = []
  private let given: [String: String]
  private let isByItself: Bool
  private(set) var diagnostics: [Diagnostic] = []

  init(_ root: TemplateNode, _ inputs: TransformInputs) {
    isByItself = inputs.isByItself
    given = inputs.parameters
    mappings = root["Mappings"]
    parameters = root["Parameters"]
    conditions = root["Conditions"]
  }

  func isParameter(_ name: String) -> Bool { parameters?[name] != nil }

  /// A list of texts; nil, with a finding, where the node gives none.
  func texts(_ node: TemplateNode) -> [String]? {
    switch value(node) {
    case .list(let list): return list
    case .text:
      report(
        .wrongIntrinsicValue, "a loop goes over a list, this gives text", at: node.span,
        hint: "write `[a, b]`, or refer to a parameter of type `CommaDelimitedList`")
      return nil
    case .nothing:
      report(
        .wrongIntrinsicValue, "a loop goes over a list, this gives nothing", at: node.span,
        hint: "write an empty list, `[]`, where there is nothing to go over")
      return nil
    case nil: return nil
    }
  }

  /// A text; nil, with a finding, where the node gives none.
  func text(_ node: TemplateNode) -> String? {
    switch value(node) {
    case .text(let text): return text
    case .list:
      report(.wrongIntrinsicValue, "text must stand here, this gives a list", at: node.span)
      return nil
    case .nothing:
      report(.wrongIntrinsicValue, "text must stand here, this gives nothing", at: node.span)
      return nil
    case nil: return nil
    }
  }

  func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, hint: String? = nil,
    sentence: CloudFormationSentence? = nil
  ) {
    guard diagnostics.count < DocumentLimits.diagnosticsMax else { return }
    diagnostics.append(Diagnostic(code, message, at: span, hint: hint, sentence: sentence))
  }

  func value(_ node: TemplateNode) -> Value? {
    if let (name, argument) = node.functionCall { return call(name, argument, node.span) }
    switch node.content {
    case .scalar(let scalar): return .text(scalar.text)
    case .sequence(let elements):
      var list: [String] = []
      for element in elements {
        guard let value = value(element) else { return nil }
        switch value {
        case .text(let text): list.append(text)
        case .list(let more): list += more
        case .nothing: break
        }
      }
      return .list(list)
    case .mapping:
      report(
        .wrongIntrinsicValue, "a name or a list of names must stand here, this is an object",
        at: node.span)
      return nil
    }
  }

  private func call(_ name: String, _ argument: TemplateNode, _ span: SourceSpan) -> Value? {
    let arguments = argument.elements ?? []
    switch (name, arguments.count) {
    case ("Ref", _) where argument.scalar != nil:
      return reference(argument.scalar?.text ?? "", span)
    case ("Fn::FindInMap", 3...4): return find(arguments, span)
    case ("Fn::Split", 2):
      guard let mark = text(arguments[0]), let text = text(arguments[1]) else { return nil }
      return .list(Self.split(text, at: mark))
    case ("Fn::Join", 2):
      guard let mark = text(arguments[0]), let list = texts(arguments[1]) else { return nil }
      return .text(list.joined(separator: mark))
    case ("Fn::Select", 2):
      guard let index = text(arguments[0]), let list = texts(arguments[1]) else { return nil }
      guard let position = Int(index), list.indices.contains(position) else {
        report(
          .wrongIntrinsicValue, "the list has no index \(index)", at: arguments[0].span,
          hint: "indices count from 0")
        return nil
      }
      return .text(list[position])
    case ("Fn::If", 3):
      guard let name = argument.elements?[0].scalar?.text else { break }
      return truth(ofCondition: name, at: arguments[0].span).flatMap {
        value(arguments[$0 ? 1 : 2])
      }
    case ("Fn::Sub", _) where argument.scalar != nil:
      return substituted(argument.scalar?.text ?? "", span)
    default: break
    }
    report(
      .malformedIntrinsic, "`\(name)` can't be answered before the resources are there",
      at: span,
      hint: "loops and names can use parameters, mappings, `Fn::If`, `Fn::Split`, `Fn::Join` and "
        + "`Fn::Sub`")
    return nil
  }

  private func reference(_ name: String, _ span: SourceSpan) -> Value? {
    if name == "AWS::NoValue" { return .nothing }
    guard let parameter = parameters?[name] else {
      if let value = given[name], name.hasPrefix("AWS::") { return .text(value) }
      if name == "AWS::NotificationARNs" { return .list([]) }
      let names = parameters?.entries?.map(\.key.value) ?? []
      report(
        .unknownReference, "no parameter is called `\(name)`", at: span,
        hint: Suggestion.didYouMean(name, among: names)
          ?? "loops and names that functions make can refer to parameters only")
      return nil
    }
    let type = parameter["Type"]?.scalar?.text ?? ""
    let isList = type == "CommaDelimitedList" || type.hasPrefix("List<")
    guard let text = given[name] ?? parameter["Default"]?.scalar?.text else {
      if isByItself {
        let one = parameter["AllowedValues"]?.elements?.first?.scalar?.text ?? "\(name)1"
        return isList ? .list([one]) : .text(one)
      }
      report(
        .missingParameter, "the parameter `\(name)` has no value", at: span,
        hint: "give it one (`--parameters \(name)=…`), or add a `Default` in the template",
        sentence: .valueMissing(name))
      return nil
    }
    guard isList else { return .text(text) }
    guard !text.isEmpty else { return .list([]) }
    return .list(Self.split(text, at: ",").map(Self.trimmed))
  }

  private func find(_ arguments: [TemplateNode], _ span: SourceSpan) -> Value? {
    let names = arguments.prefix(3).map(text)
    guard let map = names[0], let row = names[1], let column = names[2] else { return nil }
    if let found = mappings?[map]?[row]?[column] { return value(found) }
    // The first row stands for an environment's own, where that is not known.
    if isByItself, arguments[1].functionCall?.argument.scalar?.text.hasPrefix("AWS::") == true,
      let found = mappings?[map]?.entries?.first?.value[column]
    {
      return value(found)
    }
    if arguments.count == 4, let fallback = arguments[3]["DefaultValue"] { return value(fallback) }
    let isMap = mappings?[map] != nil
    report(
      .unknownMapping,
      isMap
        ? "the mapping `\(map)` has nothing under `\(row)` and `\(column)`"
        : "no mapping is called `\(map)`", at: span,
      hint: Suggestion.didYouMean(map, among: mappings?.entries?.map(\.key.value) ?? []))
    return nil
  }

  /// `Fn::Sub` over parameters.
  private func substituted(_ text: String, _ span: SourceSpan) -> Value? {
    var result = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "${") {
      result += rest[..<open.lowerBound]
      guard let close = rest[open.upperBound...].firstIndex(of: "}") else { break }
      let name = String(rest[open.upperBound..<close])
      rest = rest[rest.index(after: close)...]
      if name.hasPrefix("!") {
        result += "${\(name.dropFirst())}"
        continue
      }
      guard case .text(let value)? = reference(name, span) else { return nil }
      result += value
    }
    return .text(result + rest)
  }

  private static func split(_ text: String, at mark: String) -> [String] {
    guard !mark.isEmpty else { return [text] }
    return text.split(separator: mark, omittingEmptySubsequences: false).map { String($0) }
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
