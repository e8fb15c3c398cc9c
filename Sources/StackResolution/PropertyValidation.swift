import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel

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

  /// The place where the walk stands.
  struct Place {
    /// Properties implemented from here on; nil inside of what is implemented whole.
    var supported: PathTree?
    /// Properties that can't be set from here on; nil where all can.
    var readOnly: PathTree?
    /// The definition or property that is looked at, for messages.
    var name: String?
  }

  /// Findings so far, and the path of the value that is looked at now.
  struct Findings {
    var issues: [PropertyIssue] = []
    var steps: [PropertyPath.Step] = []

    var path: PropertyPath { PropertyPath(steps) }
    var count: Int { issues.count }

    mutating func append(_ issue: PropertyIssue) { issues.append(issue) }

    /// Findings of an alternative that may not count.
    func apart() -> Findings { Findings(steps: steps) }
  }

  func issues(in properties: PropertyValue) -> [PropertyIssue] {
    var found = Findings()
    if let facts {
      let place = Place(
        supported: supported.isEverything ? nil : supported.tree, readOnly: facts.readOnlyTree)
      check(properties, facts.shape(facts.root), facts, place, &found)
    } else {
      checkWithoutFacts(properties, &found)
    }
    return found.issues
  }

  func subject(_ place: Place) -> String { place.name.map { "\(type).\($0)" } ?? type }

  func check(
    _ value: PropertyValue, _ shape: Shape, _ facts: TypeFacts, _ place: Place,
    _ found: inout Findings
  ) {
    if case .unknown = value { return }
    if !shape.facts.choices.isEmpty, shape.facts.properties.isEmpty {
      let before = found.count
      checkChoices(value, shape, facts, place, &found)
      guard found.count == before, !shape.facts.kinds.isEmpty, let whole = shape.withoutChoices
      else { return }
      check(value, whole, facts, place, &found)
      return
    }
    guard value.fits(shape.facts.kinds) else {
      found.append(wrongType(value, shape.facts.kinds, found.path))
      return
    }
    switch value {
    case .object(let object): checkObject(object, shape, facts, place, &found)
    case .list(let list):
      checkCount(list, shape, &found)
      if found.steps.count == 1, found.steps[0] == .key("Tags") { checkTags(list, &found) }
      guard let items = shape.facts.items.map(facts.shape) else { return }
      var inner = place
      inner.name = items.facts.name ?? place.name
      for (index, element) in list.enumerated() {
        found.steps.append(.index(index))
        check(element, items, facts, inner, &found)
        found.steps.removeLast()
      }
    default: checkScalar(value, shape, &found)
    }
  }

  /// Holds a value against alternatives. Where it can mean one of them alone, that one's issues
  /// are reported; where it can mean several and is none, that it is none.
  private func checkChoices(
    _ value: PropertyValue, _ shape: Shape, _ facts: TypeFacts, _ place: Place,
    _ found: inout Findings
  ) {
    let choices = shape.facts.choices.map(facts.shape)
    let fitting = choices.filter { value.fits($0.facts.kinds) && value.fits(shape.facts.kinds) }
    guard let first = fitting.first else {
      let kinds = choices.reduce(shape.facts.kinds) { $0.union($1.facts.kinds) }
      found.append(wrongType(value, kinds, found.path))
      return
    }
    guard fitting.count > 1 else { return check(value, first, facts, place, &found) }
    var least: [PropertyIssue] = []
    for (index, choice) in fitting.enumerated() {
      var own = found.apart()
      check(value, choice, facts, place, &own)
      if own.issues.isEmpty { return }
      if index == 0 || own.count < least.count { least = own.issues }
    }
    found.issues += least
  }

  // MARK: Objects

  private func checkObject(
    _ object: PropertyObject, _ shape: Shape, _ facts: TypeFacts, _ place: Place,
    _ found: inout Findings
  ) {
    for (key, value) in object {
      guard found.count < Self.issuesMax else { return }
      found.steps.append(.key(key))
      checkProperty(key, value, of: shape, facts, place, &found)
      found.steps.removeLast()
    }
    checkRequired(object, shape, facts, place, &found)
    checkSize(object, shape, place, &found)
    if !shape.facts.choices.isEmpty { checkForms(object, shape, facts, place, &found) }
  }

  /// The last step of the path is the property's.
  private func checkProperty(
    _ key: String, _ value: PropertyValue, of shape: Shape, _ facts: TypeFacts, _ place: Place,
    _ found: inout Findings
  ) {
    guard let index = shape.facts.properties[key] else {
      if !shape.facts.keyPatterns.isEmpty {
        checkPair(key, value, of: shape, facts, place, &found)
      } else if shape.facts.isClosed {
        found.append(unknown(key, shape, place, found.path))
      }
      return
    }
    let readOnly = place.readOnly?.children[key]
    guard readOnly?.isMember != true else {
      found.append(
        PropertyIssue(
          .readOnlyProperty, at: found.path, "`\(key)` of \(subject(place)) can't be set",
          hint: "remove it; read it with `Fn::GetAtt`"))
      return
    }
    var inner = Place(readOnly: readOnly)
    if let supported = place.supported {
      if let next = supported.children[key] {
        inner.supported = SupportedPaths.isWhole(next) ? nil : next
      } else {
        found.append(
          PropertyIssue(
            .unsupportedProperty, at: found.path,
            "Leat does not implement `\(key)` of \(subject(place)) yet",
            hint: "remove it, or leave it out with `--allow-unsupported`"))
      }
    }
    let next = facts.shape(index)
    inner.name = next.facts.name ?? (next.facts.kinds.contains(.object) ? key : place.name)
    check(value, next, facts, inner, &found)
  }

  /// Alternatives that stand beside the properties: each says more about them.
  private func checkForms(
    _ object: PropertyObject, _ shape: Shape, _ facts: TypeFacts, _ place: Place,
    _ found: inout Findings
  ) {
    var least: [PropertyIssue]?
    for var form in shape.facts.choices.map({ facts.shape($0).facts }) {
      form.isOpen = true
      form.choices = []
      var own = found.apart()
      var inner = place
      inner.supported = nil
      check(.object(object), Shape(form), facts, inner, &own)
      if own.issues.isEmpty { return }
      if own.count < least?.count ?? .max { least = own.issues }
    }
    found.issues += least ?? []
  }

  private func unknown(_ key: String, _ shape: Shape, _ place: Place, _ path: PropertyPath)
    -> PropertyIssue
  {
    let names = shape.facts.properties.keys.sorted()
    var hint = Suggestion.didYouMean(key, among: names)
    if hint == nil, names.count <= 12 {
      hint = "the properties are \(names.joined(separator: ", "))"
    }
    return PropertyIssue(
      .unknownProperty, at: path, "`\(key)` is not a property of \(subject(place))", hint: hint)
  }

  private func checkWithoutFacts(_ properties: PropertyValue, _ found: inout Findings) {
    let names = supported.names
    for key in properties.objectValue?.keys.map({ $0 }) ?? []
    where !supported.isEverything && supported.tree.children[key] == nil {
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
