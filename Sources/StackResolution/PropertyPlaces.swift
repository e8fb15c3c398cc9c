import Diagnostics
import PropertyTree
import TemplateParsing

/// Finds the places of properties in a resource as it is written.
struct PropertyPlaces {
  let resolution: Resolution
  let resource: TemplateResource

  /// The nearest known place: the property's key, or its value.
  func span(of path: PropertyPath, isAboutKey: Bool) -> SourceSpan {
    guard var expression = resource.properties.map(taken), !path.steps.isEmpty else {
      return isAboutKey
        ? resource.propertiesKey ?? resource.logicalID.span
        : resource.properties?.span ?? resource.type.span
    }
    var key = resource.propertiesKey ?? resource.logicalID.span
    for step in path.steps {
      switch (step, expression.kind) {
      case (.key(let name), .object(let entries)):
        guard let entry = entries.first(where: { $0.key.value == name }) else { return key }
        key = entry.key.span
        expression = taken(entry.value)
      case (.index(let index), .list(let elements)):
        let live = elements.lazy.filter { !resolution.isNoValue($0) }
        guard let element = live.dropFirst(index).first else { return key }
        expression = taken(element)
        if case .object(let entries) = expression.kind, let first = entries.first {
          key = first.key.span
        } else {
          key = expression.span
        }
      default: return isAboutKey ? key : expression.span
      }
    }
    // A value that starts below its key is shown by the key, which says more than the value's first
    // line.
    let isBelow = expression.span.start.line > key.start.line
    return isAboutKey || isBelow && expression.isCollection ? key : expression.span
  }

  /// The value at a path as it is written; nil where a function stands around it.
  func expression(at path: PropertyPath) -> Expression? {
    guard var expression = resource.properties.map(taken) else { return nil }
    for step in path.steps {
      switch (step, expression.kind) {
      case (.key(let name), .object(let entries)):
        guard let entry = entries.first(where: { $0.key.value == name }) else { return nil }
        expression = taken(entry.value)
      case (.index(let index), .list(let elements)):
        let live = elements.lazy.filter { !resolution.isNoValue($0) }
        guard let element = live.dropFirst(index).first else { return nil }
        expression = taken(element)
      default: return nil
      }
    }
    return expression
  }

  /// The branch of `Fn::If` that counts.
  private func taken(_ expression: Expression) -> Expression {
    guard case .conditional(let condition, let then, let otherwise) = expression.kind,
      let truth = resolution.truth(ofCondition: condition.value)
    else { return expression }
    return taken(truth ? then : otherwise)
  }
}

extension Expression {
  var isCollection: Bool {
    switch kind {
    case .list, .object: true
    default: false
    }
  }
}
