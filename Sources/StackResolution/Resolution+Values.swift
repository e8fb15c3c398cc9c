import Diagnostics
import PropertyTree
import ResourceModel
import StackModel
import TemplateParsing

extension Resolution {
  /// The value of an expression; nil for `AWS::NoValue`. What can't be answered has been reported
  /// and is `unresolved`.
  func value(_ expression: Expression) -> PropertyValue? {
    switch expression.kind {
    case .literal(let value): return literal(value, at: expression.span)
    case .list(let elements):
      var values: [PropertyValue] = []
      values.reserveCapacity(elements.count)
      for index in elements.indices {
        if let value = value(elements[index]) { values.append(value) }
      }
      return .list(values)
    case .object(let entries):
      var object = PropertyObject()
      // By index: to take a whole entry out counts references of what is not looked at.
      for index in entries.indices {
        if let value = value(entries[index].value) { object[entries[index].key.value] = value }
      }
      return .object(object)
    case .reference(let name):
      if dynamicPlace != .elsewhere, emptyParameters.contains(name) { return nil }
      return reference(name)
    case .attribute(let resource, let name):
      guard let name = text(name, "an attribute's name") else { return Self.unresolved }
      return attribute(name, of: resource.value, at: expression.span)
    case .conditional(let condition, let then, let otherwise):
      guard let truth = truth(ofCondition: condition.value) else { return Self.unresolved }
      return value(truth ? then : otherwise)
    case .unsupported(let name):
      reportUnsupported(name, at: expression.span)
      return Self.unresolved
    case .invalid: return Self.unresolved
    case .ruleFunction("Fn::RefAll", let arguments): return refAll(arguments[0])
    case .ruleFunction("Fn::ValueOf", let arguments): return valueOf(arguments)
    case .ruleFunction("Fn::ValueOfAll", let arguments): return valueOfAll(arguments)
    case .and, .or, .not, .equals, .condition, .ruleFunction:
      return truth(expression).map { .bool($0) } ?? Self.unresolved
    default: return function(expression)
    }
  }

  func reportUnsupported(_ name: String, at span: SourceSpan) {
    report(.unsupportedIntrinsic, "Leat does not implement `\(name)`", at: span)
  }

  private func literal(_ value: PropertyValue, at span: SourceSpan) -> PropertyValue {
    switch value {
    case .null:
      report(
        .wrongShape, "CloudFormation takes no empty value here", at: span,
        hint: "give a value, or remove the key")
      return Self.unresolved
    case .string(let text):
      guard text.utf8.count > 12, text.containsDynamicReference else { return value }
      for case .reference(let reference, _) in DynamicPiece.pieces(of: text)
      where reference.isGiven {
        report(
          .malformedIntrinsic,
          "a dynamic reference has no service `\(reference.service.rawValue)`", at: span)
        return Self.unresolved
      }
      return dynamic(text, at: span)
    default: return value
    }
  }

  /// The value of `Ref`; nil for `AWS::NoValue`.
  func reference(_ name: String) -> PropertyValue? {
    switch symbols[name] {
    case .parameter:
      let value = (parameters[name] ?? nil) ?? Self.unresolved
      guard dynamicPlace == .elsewhere, value.containsDeferred else { return value }
      reportDeferred(name)
      return Self.unresolved
    case .resource(let index):
      if case .identified(let identity) = statuses[index] {
        if identity.isPending { hasDynamicReferences = true }
        return identity.reference
      }
      return Self.unresolved
    case nil:
      if name == "AWS::NoValue" { return nil }
      return PseudoParameter.value(name, in: environment) ?? Self.unresolved
    }
  }

  /// Reports a parameter that decides about resources, which must be known before any is made.
  private func reportDeferred(_ parameter: String) {
    guard let place = template.parameters.first(where: { $0.name.value == parameter }) else {
      return
    }
    report(
      .unresolvedValue,
      "the value of `\(parameter)` comes from a step of the deployment, and conditions and rules "
        + "are decided before", at: place.name.span,
      hint: "use it in properties and outputs alone")
  }

  /// The value of `GetAtt`. Names that the schema lacks have been reported by `checkNames`.
  func attribute(_ name: String, of resource: String, at span: SourceSpan) -> PropertyValue {
    guard case .resource(let index) = symbols[resource],
      case .identified(let identity) = statuses[index]
    else { return Self.unresolved }
    if let value = identity.attributes[name] {
      if value.containsDynamicReference { hasDynamicReferences = true }
      return value
    }
    if identity.isPending {
      hasDynamicReferences = true
      return .string(
        DeferredValue.resource(
          LogicalID(resource), attribute: name, stackID: environment.stackID
        ).text)
    }
    if leftOut.contains(index) { return placeholderAttribute(name, of: index) }
    let type = template.resources[index].type.value
    if allowsUnsupported, publicAttributes(of: type).contains(name) {
      holdsPlaceholders = true
      return placeholderAttribute(name, of: index)
    }
    guard let schema = catalog[ResourceType(type)]?.schema, schema.hasAttribute(name) else {
      return Self.unresolved
    }
    if name.hasPrefix("Outputs."), schema.attributes.contains("Outputs.*") {
      // Nested stacks are planned by whoever identifies resources.
      if isProbing { return .unknown(name) }
      reportOutput(name, of: resource, index, identity, at: span)
      return Self.unresolved
    }
    report(
      .unknownReturnValue, "`\(resource)` does not have the attribute `\(name)` as it is written",
      at: span, hint: "its properties decide which attributes of \(type) exist",
      related: declared(index))
    return Self.unresolved
  }

  /// A nested stack's outputs are those of its template.
  private func reportOutput(
    _ name: String, of resource: String, _ index: Int, _ identity: ResourceIdentity,
    at span: SourceSpan
  ) {
    let prefix = "Outputs."
    let outputs = identity.attributes.keys.filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }.sorted()
    let output = String(name.dropFirst(prefix.count))
    report(
      .unknownReturnValue, "the nested stack `\(resource)` has no output `\(output)`", at: span,
      hint: suggestion(output, among: outputs)
        ?? (outputs.isEmpty
          ? "its template has no outputs" : "its outputs are \(outputs.joined(separator: ", "))"),
      related: declared(index))
  }

  // MARK: Shapes of arguments

  /// A scalar as text; nil where it is not, which is then reported, or unresolved.
  func text(_ expression: Expression, _ what: String) -> String? {
    guard let value = value(expression) else {
      report(.wrongIntrinsicValue, "\(what) can't be `AWS::NoValue`", at: expression.span)
      return nil
    }
    return text(value, what, at: expression.span)
  }

  func text(_ value: PropertyValue, _ what: String, at span: SourceSpan) -> String? {
    if let text = value.scalarText { return text }
    if !value.containsUnknown {
      report(
        .wrongIntrinsicValue, "\(what) must be text, this gives \(value.shape)", at: span,
        hint: value.listValue != nil ? "join a list with `Fn::Join`" : nil)
    }
    return nil
  }

  /// A list's elements; nil where it is not, which is then reported, or unresolved.
  func list(_ expression: Expression, _ what: String) -> [PropertyValue]? {
    list(value(expression), what, at: expression.span)
  }

  /// - Parameter value: nil for `AWS::NoValue`, which is an empty list.
  func list(_ value: PropertyValue?, _ what: String, at span: SourceSpan) -> [PropertyValue]? {
    guard let value else { return [] }
    switch value {
    case .list(let list): return list
    case .unknown: return nil
    case .string where holdsPlaceholders && value.isPlaceholder: return [value]
    default:
      report(
        .wrongIntrinsicValue, "\(what) must be a list, this gives \(value.shape)", at: span,
        hint: value.stringValue?.contains(",") == true ? "cut text with `Fn::Split`" : nil)
      return nil
    }
  }

  /// A whole number; nil where it is not, which is then reported, or unresolved.
  func integer(_ expression: Expression, _ what: String) -> Int? {
    guard let text = text(expression, what) else { return nil }
    if let integer = Int(text) { return integer }
    report(
      .wrongIntrinsicValue, "\(what) must be a whole number, this gives `\(text)`",
      at: expression.span)
    return nil
  }
}

extension PropertyValue {
  /// The kind of the value, for messages.
  var shape: String {
    switch self {
    case .null: "nothing"
    case .bool: "a boolean"
    case .int, .double: "a number"
    case .string: "text"
    case .list: "a list"
    case .object: "an object"
    case .unknown: "a value that is not known yet"
    }
  }
}
