import Diagnostics
import PropertyTree
import TemplateParsing

extension Resolution {
  /// Checks the assertions of `Rules` over the parameters' values.
  func assertRules() {
    for rule in template.rules {
      if let condition = rule.condition {
        checkNames(condition, in: .condition)
        guard truth(condition) == true else { continue }
      }
      for assertion in rule.assertions {
        let errorsBefore = errorCount
        checkNames(assertion.expression, in: .condition)
        let truth = truth(assertion.expression)
        // Assertions about parameters that have no value can't be judged.
        let isAssumed = assertion.expression.refers { name in
          assumed.contains { $0.value == name }
        }
        if isAssumed { continue }
        if truth == nil, errorCount == errorsBefore {
          report(
            .unsupportedIntrinsic,
            "the rule `\(rule.name.value)` asks for attributes of resources that are not here",
            at: assertion.expression.span,
            hint: "the assertion is left out; CloudFormation looks the attributes up",
            severity: .warning)
        }
        guard truth == false else { continue }
        report(
          .invalidParameter, "the rule `\(rule.name.value)` does not hold",
          at: assertion.expression.span, hint: assertion.description)
      }
    }
  }

  /// The functions that only rules know; nil where an error has been reported.
  func ruleTruth(_ name: String, _ arguments: [Expression], at span: SourceSpan) -> Bool? {
    guard name == "Fn::Contains" || name == "Fn::EachMemberEquals" || name == "Fn::EachMemberIn",
      arguments.count == 2
    else {
      report(.malformedIntrinsic, "`\(name)` gives a value, not true or false", at: span)
      return nil
    }
    guard let members = list(arguments[0], "the first argument of `\(name)`") else { return nil }
    if name == "Fn::EachMemberIn" {
      guard let allowed = list(arguments[1], "the second argument of `\(name)`") else {
        return nil
      }
      guard !(members + allowed).contains(where: \.containsUnknown) else { return nil }
      return members.allSatisfy { allowed.contains($0) }
    }
    let wanted = value(arguments[1]) ?? ""
    guard !(members + [wanted]).contains(where: \.containsUnknown) else { return nil }
    return name == "Fn::Contains"
      ? members.contains { $0.differences(to: wanted).isEmpty }
      : members.allSatisfy { $0.differences(to: wanted).isEmpty }
  }

  /// `Fn::RefAll`: the values of all parameters of one type.
  func refAll(_ type: Expression) -> PropertyValue {
    guard let type = text(type, "the argument of `Fn::RefAll`") else { return Self.unresolved }
    var values: [PropertyValue] = []
    for parameter in template.parameters where parameter.type.value == type {
      usedParameters.insert(parameter.name.value)
      switch parameters[parameter.name.value] ?? nil {
      case .list(let list): values += list
      case .some(let value): values.append(value)
      case nil: return Self.unresolved
      }
    }
    return .list(values)
  }

  /// `Fn::ValueOf`: an attribute of what a parameter names, in the account that CloudFormation
  /// looks into. Nothing here has such attributes, so it is not known.
  func valueOf(_ arguments: [Expression]) -> PropertyValue {
    guard let name = text(arguments[0], "the first argument of `Fn::ValueOf`") else {
      return Self.unresolved
    }
    guard case .parameter? = symbols[name] else {
      report(
        .unknownReference, "no parameter is called `\(name)`", at: arguments[0].span,
        hint: suggestion(name, among: template.parameters.map(\.name.value)))
      return Self.unresolved
    }
    usedParameters.insert(name)
    return attribute(arguments[1], of: name)
  }

  /// `Fn::ValueOfAll`: the same of all parameters of a type.
  func valueOfAll(_ arguments: [Expression]) -> PropertyValue {
    guard let type = text(arguments[0], "the first argument of `Fn::ValueOfAll`") else {
      return Self.unresolved
    }
    for parameter in template.parameters where parameter.type.value == type {
      usedParameters.insert(parameter.name.value)
    }
    return attribute(arguments[1], of: type)
  }

  private func attribute(_ expression: Expression, of name: String) -> PropertyValue {
    guard let attribute = text(expression, "an attribute's name") else { return Self.unresolved }
    return .unknown("\(attribute) of \(name)")
  }
}
