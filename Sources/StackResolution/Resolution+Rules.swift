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
        checkNames(assertion.expression, in: .condition)
        guard truth(assertion.expression) == false else { continue }
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
      if name == "Fn::RefAll" {
        report(.malformedIntrinsic, "`Fn::RefAll` gives a list, not true or false", at: span)
      } else {
        reportUnsupported(name, at: span)
      }
      return nil
    }
    guard let members = list(arguments[0], "the first argument of `\(name)`") else { return nil }
    if name == "Fn::EachMemberIn" {
      guard let allowed = list(arguments[1], "the second argument of `\(name)`") else {
        return nil
      }
      return members.allSatisfy { allowed.contains($0) }
    }
    let wanted = value(arguments[1]) ?? ""
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
}
