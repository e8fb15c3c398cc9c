import Diagnostics
import PropertyTree
import TemplateParsing

/// Parameters without a value, where a template is looked at without being deployed.
extension Resolution {
  /// Gives a parameter the first of its allowed values, else none that is known: what depends on it
  /// is not checked.
  func assume(_ parameter: TemplateParameter, _ type: ParameterType) {
    let name = parameter.name.value
    assumed.append(parameter.name)
    let isStored = ParameterType(stored: parameter.type.value) != nil
    if let first = parameter.allowedValues.first, !isStored {
      parameters[name] = type.value(of: first.value)
    } else {
      parameters[name] = .unknown("the parameter \(name)")
    }
  }

  /// Says once which parameters have no value.
  func reportAssumed() {
    guard let first = assumed.first else { return }
    let names = assumed.prefix(8).map { "`\($0.value)`" }.joined(separator: ", ")
    let shown = names + (assumed.count > 8 ? ", …" : "")
    report(
      .missingParameter,
      assumed.count == 1
        ? "the parameter \(shown) has no value: what depends on it is not checked"
        : "\(assumed.count) parameters have no value: what depends on them is not checked",
      at: first.span,
      hint: assumed.count == 1
        ? "give it one: `--parameters \(first.value)=…`"
        : "give them some with `--parameters`: \(shown)",
      severity: .note)
  }

  /// The answer to a comparison with something unknown; nil where an error is behind it.
  ///
  /// A template that is looked at by itself is taken as if the unknown value were none of those
  /// that it is compared with.
  func assumedEquality(_ parts: Expression..., errorsBefore: Int) -> Bool? {
    guard isByItself, errorCount == errorsBefore, !parts.contains(where: readsFailed) else {
      return nil
    }
    return false
  }

  /// True for a condition that would perhaps be another one with a value for each parameter.
  func isAssumed(_ expression: Expression) -> Bool {
    guard !assumed.isEmpty else { return false }
    return expression.refers { name in assumed.contains { $0.value == name } }
      || conditionNames(in: expression).contains(where: assumedConditions.contains)
  }

  /// True where a parameter is read whose value is wrong.
  private func readsFailed(_ expression: Expression) -> Bool {
    expression.refers { name in
      guard let known = parameters[name] else { return false }
      return known == nil
    }
  }
}
