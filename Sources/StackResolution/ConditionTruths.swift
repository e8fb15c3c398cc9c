import StackModel
import TemplateParsing

/// The truth of a template's conditions, apart from the resolution that has found it out.
struct ConditionTruths: Sendable {
  let index: [String: Int]
  /// nil for a condition that can't be evaluated.
  let values: [Bool?]
  /// The parameters whose value is the text `AWS::NoValue`, which means just that in a property.
  let emptyParameters: Set<String>

  subscript(name: String) -> Bool? { index[name].flatMap { values[$0] } }

  /// True for what drops out of its list or object.
  func isNoValue(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .reference(let name): name == "AWS::NoValue" || emptyParameters.contains(name)
    case .conditional(let condition, let then, let otherwise):
      self[condition.value].map { isNoValue($0 ? then : otherwise) } ?? false
    default: false
    }
  }

  /// The places of an expression's values, of the branches that count.
  func places(_ expression: Expression) -> ValuePlaces {
    var places = ValuePlaces(expression.span)
    switch expression.kind {
    case .object(let entries):
      places.entries = entries.map { .init($0.key.value, self.places($0.value)) }
    case .list(let elements):
      for element in elements where !isNoValue(element) {
        places.elements.append(self.places(element))
      }
    case .conditional(let condition, let then, let otherwise):
      guard let truth = self[condition.value] else { return places }
      return self.places(truth ? then : otherwise)
    default: break
    }
    return places
  }
}
