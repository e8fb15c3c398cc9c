import AWSModel
import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel

extension PropertyValidation {
  func wrongType(_ value: PropertyValue, _ kinds: ShapeFacts.Kinds, _ path: PropertyPath)
    -> PropertyIssue
  {
    let wanted = kinds.words.joined(separator: " or ")
    let given = value.scalarText.map { "`\($0.prefix(40))`" } ?? value.shape
    var hint: String?
    if kinds == .array { hint = "write a list: `- value` on its own line, or `[value]`" }
    if value.listValue != nil, kinds.isDisjoint(with: .array) {
      hint = "take the dash or the brackets away"
    }
    if let object = value.objectValue, object.count == 1, let key = object.keys.first {
      let functions =
        ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split"]
        + ["Fn::If", "Fn::FindInMap", "Fn::ImportValue", "Fn::Base64", "Fn::Transform"]
      hint = Suggestion.didYouMean(key, among: functions) ?? hint
    }
    return PropertyIssue(
      .wrongPropertyType, at: path,
      "`\(path)` of \(type) must be \(wanted), not \(given)", hint: hint)
  }

  func checkCount(
    _ list: [PropertyValue], _ shape: Shape, _ found: inout Findings
  ) {
    let count = list.count
    if let least = shape.facts.minItems, count < least {
      found.append(
        invalid(found, "`\(found.path)` needs at least \(least) entries, it has \(count)"))
    }
    if let most = shape.facts.maxItems, count > most {
      found.append(
        invalid(found, "`\(found.path)` takes at most \(most) entries, it has \(count)"))
    }
    guard shape.facts.isUnique, count > 1, !list.contains(where: \.containsUnknown) else { return }
    var seen: Set<PropertyValue> = []
    if let twice = list.first(where: { !seen.insert($0).inserted }) {
      let shown = twice.scalarText.map { ": `\($0.prefix(60))`" } ?? ""
      found.append(invalid(found, "`\(found.path)` has the same entry twice\(shown)"))
    }
  }

  /// Checks the number of properties in an object.
  func checkSize(
    _ object: PropertyObject, _ shape: Shape, _ place: Place, _ found: inout Findings
  ) {
    if let least = shape.facts.minProperties, object.count < least {
      found.append(missing(found, "\(subject(place)) needs at least \(least) properties"))
    }
    if let most = shape.facts.maxProperties, object.count > most {
      found.append(invalid(found, "\(subject(place)) takes at most \(most) properties"))
    }
  }

  func checkScalar(
    _ value: PropertyValue, _ shape: Shape, _ found: inout Findings
  ) {
    guard let text = value.scalarText else { return }
    if !shape.facts.enumeration.isEmpty, !shape.facts.enumeration.contains(text) {
      let values = shape.facts.enumeration
      let shown = values.prefix(12).joined(separator: ", ") + (values.count > 12 ? ", …" : "")
      found.append(
        invalid(
          found, "`\(text.prefix(60))` is not a value of `\(found.path)`",
          hint: Suggestion.didYouMean(text, among: values) ?? "it is one of \(shown)"))
      return
    }
    if shape.facts.minimum != nil || shape.facts.maximum != nil, let number = Double(text) {
      if let least = shape.facts.minimum, number < least {
        found.append(invalid(found, "`\(found.path)` is at least \(least.short), not \(text)"))
      }
      if let most = shape.facts.maximum, number > most {
        found.append(invalid(found, "`\(found.path)` is at most \(most.short), not \(text)"))
      }
    }
    if let format = shape.facts.format.flatMap(ValueFormat.named), !format.accepts(text[...]) {
      found.append(invalid(found, "`\(text.prefix(60))` is not \(format.noun)"))
      return
    }
    guard shape.facts.kinds.contains(.string), hasLength(text, shape, &found) else { return }
    if let pattern = shape.facts.pattern, !patterns.matches(text, pattern),
      StandInURL.demanded(text).map({ patterns.matches($0, pattern) }) != true
    {
      found.append(
        invalid(
          found, "`\(text.prefix(60))` is not a valid `\(found.path)`",
          hint: "it must match `\(pattern)`"))
    }
  }

  private func hasLength(
    _ text: String, _ shape: Shape, _ found: inout Findings
  ) -> Bool {
    guard shape.facts.minLength != nil || shape.facts.maxLength != nil else { return true }
    let length = text.unicodeScalars.count
    if let least = shape.facts.minLength, length < least {
      let problem = length == 0 ? "can't be empty" : "needs at least \(least) characters"
      found.append(invalid(found, "`\(found.path)` \(problem)"))
      return false
    }
    if let most = shape.facts.maxLength, length > most {
      found.append(
        invalid(found, "`\(found.path)` takes at most \(most) characters, it has \(length)"))
      return false
    }
    return true
  }

  private func invalid(_ found: Findings, _ message: String, hint: String? = nil) -> PropertyIssue {
    PropertyIssue(.invalidPropertyValue, at: found.path, message, hint: hint)
  }

  // MARK: Required properties

  func checkRequired(
    _ object: PropertyObject, _ shape: Shape, _ facts: TypeFacts, _ place: Place,
    _ found: inout Findings
  ) {
    for name in shape.facts.required where object[name] == nil {
      // A misspelt key has been reported with the right one beside it.
      let isMisspelt = object.keys.contains {
        shape.facts.properties[$0] == nil && Suggestion.nearest(to: $0, among: [name]) != nil
      }
      guard !isMisspelt else { continue }
      found.append(missing(found, "\(subject(place)) needs the property `\(name)`"))
    }
    let choices = shape.facts.requiredChoices
    if !choices.isEmpty, !choices.contains(where: { $0.allSatisfy { object[$0] != nil } }) {
      let shown = choices.map { $0.map { "`\($0)`" }.joined(separator: " and ") }
      found.append(missing(found, "\(subject(place)) needs \(shown.joined(separator: ", or "))"))
    }
    let whole = choices.filter { $0.allSatisfy { object[$0] != nil } }
    if shape.facts.areChoicesExclusive, whole.count > 1 {
      let shown = whole.map { $0.map { "`\($0)`" }.joined(separator: " and ") }
      found.append(
        missing(found, "\(subject(place)) takes only one of \(shown.joined(separator: ", or "))"))
    }
    for group in shape.facts.requiredOr where !group.contains(where: { object[$0] != nil }) {
      let shown = group.map { "`\($0)`" }.joined(separator: ", ")
      found.append(missing(found, "\(subject(place)) needs one of \(shown)"))
    }
    for group in shape.facts.requiredXor {
      let count = group.count { object[$0] != nil }
      guard count != 1 else { continue }
      let shown = group.map { "`\($0)`" }.joined(separator: ", ")
      found.append(
        missing(
          found,
          "\(subject(place)) needs \(count == 0 ? "one" : "only one") of \(shown)"))
    }
    for (name, others) in shape.facts.dependentRequired where object[name] != nil {
      for other in others where object[other] == nil {
        found.append(
          missing(found, "\(subject(place)) needs `\(other)` beside `\(name)`"))
      }
    }
    for (name, others) in shape.facts.dependentExcluded where object[name] != nil {
      for other in others where object[other] != nil && name < other {
        var inner = found
        inner.steps.append(.key(name))
        found.append(
          invalid(inner, "`\(name)` can't stand beside `\(other)` in \(subject(place))"))
      }
    }
  }

  private func missing(_ found: Findings, _ message: String) -> PropertyIssue {
    PropertyIssue(.missingProperty, at: found.path, message, hint: nil)
  }
}

extension ShapeFacts.Kinds {
  /// In words, for messages.
  var words: [String] {
    var words: [String] = []
    if contains(.string) { words.append("text") }
    if contains(.integer) { words.append("a whole number") }
    if contains(.number) { words.append("a number") }
    if contains(.boolean) { words.append("true or false") }
    if contains(.array) { words.append("a list") }
    if contains(.object) { words.append("an object") }
    return words
  }
}

extension Double {
  /// Without the fraction where there is none.
  fileprivate var short: String { Int64(exactly: self).map { String($0) } ?? String(self) }
}
