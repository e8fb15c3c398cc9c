import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel
import StackModel
import TemplateParsing

extension Resolution {
  /// The attributes that the public schema gives a type.
  func publicAttributes(of type: String) -> Set<String> {
    ResourceFacts.facts(of: type)?.readOnly ?? []
  }

  /// Holds a resource's properties against the facts of its type, what Leat implements of it, and
  /// the provider's own checks.
  ///
  /// - Parameter properties: the resource's, or as they are known for checks.
  func validate(
    _ properties: PropertyValue, of resource: ResolvedResource, at index: Int,
    with provider: any ResourceProvider
  ) {
    if allowsUnsupported {
      return validateSupported(properties, of: resource, at: index, with: provider)
    }
    let rules = rules(of: resource.type.text, provider)
    if let facts = rules.facts { checkIdentity(resource, facts, at: index) }
    let validation = PropertyValidation(
      facts: rules.facts, type: resource.type.text, supported: rules.supported, patterns: patterns)
    let issues = validation.issues(in: properties)
    for issue in issues { report(issue, at: index) }
    // A provider sees only what has the right shape.
    guard !issues.contains(where: { $0.severity == .error }), !properties.isUnresolved
    else { return }
    for issue in provider.check(properties) { report(issue, at: index, isExact: false) }
  }

  /// Holds resources against others that they are used with.
  ///
  /// - Parameter indices: the places of the resources in the template.
  func checkNeighbours(_ resources: [ResolvedResource], at indices: [Int]) {
    func others(_ type: ResourceType) -> [PropertyValue] {
      resources.lazy.filter { $0.type == type }.map(\.properties)
    }
    for (resource, index) in zip(resources, indices) where !leftOut.contains(index) {
      guard let provider = catalog[resource.type] else { continue }
      for issue in provider.check(resource.properties, beside: others) {
        if allowsUnsupported, issue.isUnsupported {
          leaveOutLater(index, issue)
        } else {
          report(issue, at: index, isExact: false)
        }
      }
    }
  }

  func rules(of type: String, _ provider: any ResourceProvider) -> TypeRules {
    if let known = typeRules[type] { return known }
    let rules = TypeRules(
      facts: ResourceFacts.facts(of: type), supported: SupportedPaths(provider.schema.supported),
      defaults: provider.schema.defaults.map { path, values in
        (path.split(separator: ".").map(String.init), values)
      })
    typeRules[type] = rules
    return rules
  }

  /// Holds a resource that nothing provisions against the facts of its type.
  ///
  /// - Parameter properties: the resource's, with references answered.
  func validateUnprovisioned(
    _ resource: ResolvedResource, _ properties: PropertyValue, at index: Int
  ) {
    let type = resource.type.text
    guard let facts = ResourceFacts.facts(of: type) else { return }
    let validation = PropertyValidation(
      facts: facts, type: type, supported: SupportedPaths(["*"]), patterns: patterns)
    let issues = validation.issues(in: properties)
    for var issue in issues {
      // A parameter's default often stands for a value that is given at the deployment.
      if issue.code == .invalidPropertyValue, isGiven(issue.path, at: index) {
        issue.severity = .warning
      }
      report(issue, at: index)
    }
    checkIdentity(resource, facts, at: index)
  }

  /// True where a property takes its value from a parameter or a mapping.
  private func isGiven(_ path: PropertyPath, at index: Int) -> Bool {
    let places = PropertyPlaces(resolution: self, resource: template.resources[index])
    switch places.expression(at: path)?.kind {
    case .reference(let name)?:
      if case .parameter? = symbols[name] { return true }
      return false
    case .findInMap?: return true
    default: return false
    }
  }

  /// Reports a resource whose properties name it as another of its type in the template is named.
  func checkIdentity(_ resource: ResolvedResource, _ facts: TypeFacts, at index: Int) {
    let values = facts.primary.map { resource.identifying[$0] }
    // Placeholders stand for what is left out; to look for them in every name takes long.
    let isWhole = !holdsPlaceholders
    guard !values.isEmpty,
      values.allSatisfy({
        $0.map { !$0.containsUnknown && (isWhole || !$0.isPlaceholder) } ?? false
      })
    else { return }
    let identity = [.string(facts.type)] + values.compactMap { $0 }
    guard let owner = identities.updateValue(index, forKey: identity) else { return }
    let path = facts.primary.count == 1 ? PropertyPath([.key(facts.primary[0])]) : PropertyPath()
    let span = PropertyPlaces(resolution: self, resource: template.resources[index])
      .span(of: path, isAboutKey: true)
    let other = template.resources[owner]
    let place = PropertyPlaces(resolution: self, resource: other).span(of: path, isAboutKey: true)
    report(
      .duplicatePhysicalName,
      "`\(resource.logicalID)` and `\(other.logicalID.value)` are both called "
        + "`\(values.compactMap { $0?.scalarText }.joined(separator: "/"))`", at: span,
      hint: "names must differ within an account and region",
      related: [Diagnostic.Related(span: place, label: "the other")])
  }

  /// Holds what stands literally in a resource whose condition is false against the facts of its
  /// type. What functions give is left out: it may be wrong here and right where it counts.
  func validateLiterals(_ index: Int) {
    let resource = template.resources[index]
    let type = resource.type.value
    guard let facts = ResourceFacts.facts(of: type) else { return }
    let validation = PropertyValidation(
      facts: facts, type: type, supported: SupportedPaths(["*"]), patterns: patterns)
    let value = resource.properties.flatMap(literals) ?? .object([:])
    for issue in validation.issues(in: value) { report(issue, at: index) }
  }

  /// The value with everything that a function gives unknown; nil for `AWS::NoValue`.
  private func literals(_ expression: Expression) -> PropertyValue? {
    switch expression.kind {
    case .literal(let value):
      if case .null = value { return .unknown("nothing") }
      if value.stringValue?.containsDynamicReference == true { return .unknown("dynamic") }
      return value
    case .list(let elements): return .list(elements.compactMap(literals))
    case .object(let entries):
      var object = PropertyObject()
      for entry in entries { object[entry.key.value] = literals(entry.value) }
      return .object(object)
    case .reference("AWS::NoValue"): return nil
    default: return .unknown("a function")
    }
  }

  /// - Parameter isExact: true where the path leads to the very value that is wrong.
  func report(_ issue: PropertyIssue, at index: Int, isExact: Bool = true) {
    var issue = issue
    if issue.code == .invalidPropertyValue, isByItself,
      readsDefault(issue.path, at: index, isExact: isExact) || quotesDefault(issue.message)
    {
      issue.severity = .warning
    }
    report(
      issue.code, issue.message, at: place(of: issue, at: index), hint: issue.hint,
      severity: issue.severity)
  }

  /// True where a property reads a parameter's default, which often stands for a value that is
  /// given at the deployment.
  private func readsDefault(_ path: PropertyPath, at index: Int, isExact: Bool) -> Bool {
    let places = PropertyPlaces(resolution: self, resource: template.resources[index])
    guard let expression = places.expression(at: path), !isExact || !expression.isCollection
    else { return false }
    return expression.refers(to: defaulted.contains)
  }

  /// True where a message quotes a parameter's default in a template that a transform has rewritten:
  /// it may have put the value in the parameter's place.
  private func quotesDefault(_ message: String) -> Bool {
    guard template.writtenNames != nil else { return false }
    return parameterValues.contains { parameter in
      defaulted.contains(parameter.name) && parameter.value.utf8.count > 3
        && message.firstRange(of: parameter.value) != nil
    }
  }

  /// The place of the property that an issue is about.
  func place(of issue: PropertyIssue, at index: Int) -> SourceSpan {
    let places = PropertyPlaces(resolution: self, resource: template.resources[index])
    let isAboutKey: Bool
    switch issue.code {
    case .unknownProperty, .unsupportedProperty, .missingProperty, .readOnlyProperty:
      isAboutKey = true
    default: isAboutKey = false
    }
    return places.span(of: issue.path, isAboutKey: isAboutKey)
  }
}
