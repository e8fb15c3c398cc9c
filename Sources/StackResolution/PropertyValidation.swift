import Diagnostics
import PropertyTree
import ResourceFacts
import StackModel

/// Checks one resource's properties against the facts of its type.
///
/// As lenient as CloudFormation: `"1"` is a number and `"true"` a boolean. Values that are not
/// known pass.
struct PropertyValidation {
  /// Issues of one resource after which no more are looked for.
  private static let issuesMax = 100

  let facts: TypeFacts?
  let type: String
  let supported: SupportedPaths
  let patterns: PatternCache

  /// Where the walk stands.
  struct Place {
    var path = PropertyPath()
    /// The keys alone, dotted.
    var dotted = ""
    /// True inside of what is implemented whole.
    var isWhole = false
    /// The definition or property that is looked at, for messages.
    var name: String?
  }

  func issues(in properties: PropertyValue) -> [PropertyIssue] {
    var found: [PropertyIssue] = []
    if let facts {
      check(properties, facts.shape(facts.root), facts, Place(), &found)
    } else {
      checkWithoutFacts(properties, &found)
    }
    return found
  }

  func subject(_ place: Place) -> String { place.name.map { "\(type).\($0)" } ?? type }

  func check(
    _ value: PropertyValue, _ shape: ShapeFacts, _ facts: TypeFacts, _ place: Place,
    _ found: inout [PropertyIssue]
  ) {
    if case .unknown = value { return }
    if !shape.choices.isEmpty, shape.properties.isEmpty {
      let before = found.count
      checkChoices(value, shape, facts, place, &found)
      guard found.count == before, !shape.kinds.isEmpty else { return }
      var whole = shape
      whole.choices = []
      check(value, whole, facts, place, &found)
      return
    }
    guard value.fits(shape.kinds) else {
      found.append(wrongType(value, shape, place))
      return
    }
    switch value {
    case .object(let object): checkObject(object, shape, facts, place, &found)
    case .list(let list):
      checkCount(list, shape, place, &found)
      if place.dotted == "Tags" { checkTags(list, place, &found) }
      guard let items = shape.items.map(facts.shape) else { return }
      for (index, element) in list.enumerated() {
        var inner = place
        inner.path = place.path.appending(index)
        inner.name = items.name ?? place.name
        check(element, items, facts, inner, &found)
      }
    default: checkScalar(value, shape, place, &found)
    }
  }

  /// Holds a value against alternatives. Where it can mean one of them alone, that one's issues
  /// are told; where it can mean several and is none, that it is none.
  private func checkChoices(
    _ value: PropertyValue, _ shape: ShapeFacts, _ facts: TypeFacts, _ place: Place,
    _ found: inout [PropertyIssue]
  ) {
    let choices = shape.choices.map(facts.shape)
    let fitting = choices.filter { value.fits($0.kinds) && value.fits(shape.kinds) }
    guard let first = fitting.first else {
      var expected = ShapeFacts()
      expected.kinds = shape.kinds
      for choice in choices { expected.kinds.formUnion(choice.kinds) }
      found.append(wrongType(value, expected, place))
      return
    }
    guard fitting.count > 1 else { return check(value, first, facts, place, &found) }
    var least: [PropertyIssue] = []
    for (index, choice) in fitting.enumerated() {
      var own: [PropertyIssue] = []
      check(value, choice, facts, place, &own)
      if own.isEmpty { return }
      if index == 0 || own.count < least.count { least = own }
    }
    found += least
  }

  // MARK: Objects

  private func checkObject(
    _ object: PropertyObject, _ shape: ShapeFacts, _ facts: TypeFacts, _ place: Place,
    _ found: inout [PropertyIssue]
  ) {
    for (key, value) in object {
      guard found.count < Self.issuesMax else { return }
      guard let index = shape.properties[key] else {
        if !shape.keyPatterns.isEmpty {
          checkPair(key, value, of: shape, facts, place, &found)
        } else if shape.isClosed {
          found.append(unknown(key, shape, place))
        }
        continue
      }
      var inner = place
      inner.dotted = place.dotted.isEmpty ? key : "\(place.dotted).\(key)"
      inner.path = place.path.appending(key)
      if facts.readOnly.contains(inner.dotted) {
        found.append(
          PropertyIssue(
            .readOnlyProperty, at: inner.path, "`\(key)` of \(subject(place)) can't be set",
            hint: "remove it; read it with `Fn::GetAtt`"))
        continue
      }
      if !place.isWhole {
        switch supported.extent(of: inner.dotted) {
        case .everything: inner.isWhole = true
        case .itself: break
        case .none:
          found.append(
            PropertyIssue(
              .unsupportedProperty, at: inner.path,
              "Leat does not implement `\(key)` of \(subject(place)) yet",
              hint: "remove it to deploy with Leat"))
          inner.isWhole = true
        }
      }
      let next = facts.shape(index)
      inner.name = next.name ?? (next.kinds.contains(.object) ? key : place.name)
      check(value, next, facts, inner, &found)
    }
    checkRequired(object, shape, facts, place, &found)
    checkSize(object, shape, place, &found)
    if !shape.choices.isEmpty { checkForms(object, shape, facts, place, &found) }
  }

  /// Alternatives that stand beside the properties: each says more about them.
  private func checkForms(
    _ object: PropertyObject, _ shape: ShapeFacts, _ facts: TypeFacts, _ place: Place,
    _ found: inout [PropertyIssue]
  ) {
    var least: [PropertyIssue]?
    for var form in shape.choices.map(facts.shape) {
      form.isOpen = true
      form.choices = []
      var own: [PropertyIssue] = []
      var inner = place
      inner.isWhole = true
      check(.object(object), form, facts, inner, &own)
      if own.isEmpty { return }
      if own.count < least?.count ?? .max { least = own }
    }
    found += least ?? []
  }

  private func unknown(_ key: String, _ shape: ShapeFacts, _ place: Place) -> PropertyIssue {
    let names = shape.properties.keys.sorted()
    var hint = Suggestion.didYouMean(key, among: names)
    if hint == nil, names.count <= 12 {
      hint = "the properties are \(names.joined(separator: ", "))"
    }
    return PropertyIssue(
      .unknownProperty, at: place.path.appending(key),
      "`\(key)` is not a property of \(subject(place))", hint: hint)
  }

  private func checkWithoutFacts(_ properties: PropertyValue, _ found: inout [PropertyIssue]) {
    let names = supported.names(under: "")
    for key in properties.objectValue?.keys.map({ $0 }) ?? []
    where supported.extent(of: key) == .none {
      found.append(
        PropertyIssue(
          .unknownProperty, at: PropertyPath().appending(key),
          "`\(key)` is not a property of \(type)", hint: Suggestion.didYouMean(key, among: names)))
    }
  }
}

extension PropertyValue {
  /// True where the value is of one of the kinds, or reads as one.
  func fits(_ kinds: ShapeFacts.Kinds) -> Bool {
    guard !kinds.isEmpty else { return true }
    switch self {
    case .unknown: return true
    case .null: return false
    case .object: return kinds.contains(.object)
    case .list: return kinds.contains(.array)
    case .bool: return !kinds.isDisjoint(with: [.boolean, .string])
    case .int: return !kinds.isDisjoint(with: [.integer, .number, .string])
    case .double(let double):
      if kinds.contains(.integer), Int64(exactly: double) != nil { return true }
      return !kinds.isDisjoint(with: [.number, .string])
    case .string(let text):
      if kinds.contains(.string) { return true }
      if kinds.contains(.boolean), booleanValue != nil { return true }
      if kinds.contains(.integer), integerValue != nil { return true }
      return kinds.contains(.number) && Double(text)?.isFinite == true
    }
  }
}
