import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

extension Resolution {
  /// Functions that compute; the rest is in `value`.
  func function(_ expression: Expression) -> PropertyValue? {
    switch expression.kind {
    case .substitution(let parts, let variables):
      return substitution(parts, variables, at: expression.span)
    case .join(let separator, let list): return join(separator, list)
    case .select(let index, let list): return select(index, list)
    case .split(let separator, let text): return split(separator, text)
    case .findInMap(let map, let first, let second, let fallback):
      return find(map, first, second, fallback)
    case .base64(let part):
      guard let text = text(part, "the argument of `Fn::Base64`") else { return Self.unresolved }
      if text.containsDeferred { return deferred(.base64, [.string(text)]) }
      if text.containsDynamicReference {
        report(
          .malformedIntrinsic, "a dynamic reference is not answered inside of `Fn::Base64`",
          at: part.span, hint: "give the value through a parameter")
        return Self.unresolved
      }
      return .string(Base64.encode(Array(text.utf8)))
    case .cidr(let block, let count, let bits): return cidr(block, count, bits)
    case .availabilityZones(let region): return zones(region)
    case .length(let part):
      guard let list = list(part, "the argument of `Fn::Length`") else { return Self.unresolved }
      return .int(Int64(list.count))
    case .jsonText(let part): return jsonText(part)
    case .importValue(let name): return imported(name)
    case .stackOutput(let stack, let output, let region, let role):
      return stackOutput(stack, output, region, role, at: expression.span)
    default: return Self.unresolved
    }
  }

  private func substitution(
    _ parts: [SubstitutionPart], _ variables: [ExpressionEntry], at span: SourceSpan
  ) -> PropertyValue {
    var result = ""
    var isResolved = true
    var hasFailed = false
    // Each is answered once: nested substitutions would double the work at every level.
    var values: [String: PropertyValue?] = [:]
    for variable in variables {
      values.updateValue(value(variable.value), forKey: variable.key.value)
    }
    for part in parts {
      let piece: PropertyValue?
      let place: SourceSpan
      switch part {
      case .text(let text):
        result += text
        continue
      case .reference(let name):
        place = name.span
        if let variable = values[name.value] {
          piece = variable
        } else {
          piece = reference(name.value)
        }
      case .attribute(let resource, let name, let span):
        place = span
        piece = attribute(name, of: resource, at: span)
      }
      if let text = piece?.scalarText {
        guard spend(text.utf8.count, at: span) else { return Self.unresolved }
        result += text
        continue
      }
      isResolved = false
      hasFailed = hasFailed || piece?.isUnresolved != false || piece?.containsUnknown != true
      guard piece?.containsUnknown != true else { continue }
      report(
        .wrongIntrinsicValue,
        "this gives \(piece?.shape ?? "`AWS::NoValue`"), and only text can stand in `Fn::Sub`",
        at: place, hint: piece?.listValue == nil ? nil : "join the list first with `Fn::Join`")
    }
    // A dynamic reference may come together from pieces.
    if isResolved, result.utf8.count > 12, result.containsDynamicReference {
      return dynamic(result, at: span)
    }
    if isResolved { return .string(result) }
    return hasFailed ? Self.unresolved : .unknown("a text with something unknown in it")
  }

  private func join(_ separator: Expression, _ list: Expression) -> PropertyValue {
    let separator = text(separator, "the separator of `Fn::Join`")
    let whole = value(list)
    if let separator, let whole, whole.isDeferred {
      return deferred(.join, [.string(separator), whole])
    }
    let elements = self.list(whole, "the second argument of `Fn::Join`", at: list.span)
    guard let separator, let elements else { return Self.unresolved }
    var texts: [String] = []
    for element in elements {
      if let text = element.scalarText {
        texts.append(text)
        continue
      }
      if !element.containsUnknown {
        report(
          .wrongIntrinsicValue, "`Fn::Join` joins texts, an element here is \(element.shape)",
          at: list.span)
      }
      return Self.unresolved
    }
    let count = texts.reduce(separator.utf8.count * texts.count) { $0 + $1.utf8.count }
    guard spend(count, at: list.span) else { return Self.unresolved }
    let joined = texts.joined(separator: separator)
    return joined.containsDynamicReference ? dynamic(joined, at: list.span) : .string(joined)
  }

  /// A function whose value comes with a step, like those of its arguments.
  private func deferred(_ function: DeferredValue.Function, _ arguments: [PropertyValue])
    -> PropertyValue
  {
    hasDynamicReferences = true
    return .string(DeferredValue.function(function, arguments).text)
  }

  private func select(_ index: Expression, _ list: Expression) -> PropertyValue {
    let position = integer(index, "the index of `Fn::Select`")
    let whole = value(list)
    if let position, let whole, whole.isDeferred {
      return deferred(.select, [.int(Int64(position)), whole])
    }
    let elements = self.list(whole, "the second argument of `Fn::Select`", at: list.span)
    guard let position, let elements else { return Self.unresolved }
    guard elements.indices.contains(position) else {
      // The length of a list of something left out is not known.
      if holdsPlaceholders, let one = elements.first(where: \.isPlaceholder) { return one }
      let isAssumed = isAssumed(list) || isAssumed(index)
      report(
        .wrongIntrinsicValue,
        "the list has \(elements.count) \(elements.count == 1 ? "element" : "elements"), "
          + "so there is no index \(position)",
        at: index.span,
        hint: isAssumed ? "give the parameters that it comes from" : "indices count from 0",
        severity: isAssumed ? .warning : .error,
        sentence: CloudFormationSentence(
          "Template error: Fn::Select cannot select nonexistent value at index \(position)"))
      if isAssumed { return .unknown("an element of a list that is assumed") }
      return Self.unresolved
    }
    return elements[position]
  }

  private func split(_ separator: Expression, _ source: Expression) -> PropertyValue {
    let mark = text(separator, "the separator of `Fn::Split`")
    let whole = text(source, "the second argument of `Fn::Split`")
    guard let mark, let whole else { return Self.unresolved }
    guard !mark.isEmpty else {
      report(.wrongIntrinsicValue, "the separator of `Fn::Split` is empty", at: separator.span)
      return Self.unresolved
    }
    if whole.containsDeferred { return deferred(.split, [.string(mark), .string(whole)]) }
    let separatorBytes = Array(mark.utf8)
    let bytes = Array(whole.utf8)
    var pieces: [PropertyValue] = []
    var start = 0
    var index = 0
    while index < bytes.count {
      if bytes[index] == separatorBytes[0], bytes[index...].starts(with: separatorBytes) {
        pieces.append(.string(String(decoding: bytes[start..<index], as: UTF8.self)))
        index += separatorBytes.count
        start = index
      } else {
        index += 1
      }
    }
    pieces.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
    return .list(pieces)
  }

  private func jsonText(_ part: Expression) -> PropertyValue {
    guard let value = value(part) else { return Self.unresolved }
    if value.containsUnknown { return Self.unresolved }
    guard value.listValue != nil || value.objectValue != nil else {
      report(
        .wrongIntrinsicValue,
        "`Fn::ToJsonString` takes an object or a list, this gives \(value.shape)", at: part.span)
      return Self.unresolved
    }
    if value.containsDeferred { return deferred(.json, [value]) }
    let text = JSONWriter.compact(value)
    return spend(text.utf8.count, at: part.span) ? .string(text) : Self.unresolved
  }

  /// Three zones for each region, as in most of them.
  private func zones(_ region: Expression) -> PropertyValue {
    guard let text = text(region, "the argument of `Fn::GetAZs`") else { return Self.unresolved }
    let name = text.isEmpty ? environment.scope.region.text : text
    return .list(["a", "b", "c"].map { .string(name + $0) })
  }
}
