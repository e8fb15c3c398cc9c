import Diagnostics
import PropertyTree
import ResourceFacts
import ResourceModel
import StackModel
import TemplateParsing

extension Resolution {
  /// Prunes by conditions, then checks each resource's type, names and dependencies.
  func checkResources() {
    for index in template.resources.indices {
      guard let condition = template.resources[index].condition else { continue }
      checkCondition(condition, block: "Resources")
      switch truth(ofCondition: condition.value) {
      case true: break
      case false: statuses[index] = .pruned
      case nil: statuses[index] = .failed
      }
    }
    for index in template.resources.indices { checkResource(index) }
  }

  // Fields are read where they stand: a copy of a whole resource counts a dozen references.
  private func checkResource(_ index: Int) {
    let isLive = if case .pending = statuses[index] { true } else { false }
    checkType(index, isLive: isLive)
    for policy in template.resources[index].lifecyclePolicies {
      checkNames(policy.value, in: .resource(index, isLive: isLive))
      if isLive, !leftOut.contains(index) {
        checkLifecycle(policy, of: template.resources[index].type.value)
      }
    }
    if isLive, !leftOut.contains(index) { checkWaitCondition(template.resources[index]) }
    if let policy = template.resources[index].deletionPolicy {
      checkNames(policy, in: .condition)
    }
    if let policy = template.resources[index].updateReplacePolicy {
      checkNames(policy, in: .condition)
    }
    for name in template.resources[index].dependsOn {
      checkDependency(name, of: index, isLive: isLive)
    }
    if let properties = template.resources[index].properties {
      checkNames(properties, in: .resource(index, isLive: isLive))
    }
    if let metadata = template.resources[index].metadata { checkNames(metadata, in: .metadata) }
  }

  private func policy(_ expression: Expression?, _ attribute: String, of index: Int)
    -> DeletionPolicy
  {
    guard let expression, let text = text(expression, "`\(attribute)`") else { return .delete }
    let known: [DeletionPolicy] =
      attribute == "DeletionPolicy"
      ? [.delete, .retain, .retainExceptOnCreate, .snapshot] : [.delete, .retain, .snapshot]
    guard let policy = known.first(where: { $0.rawValue == text }) else {
      let names = known.map(\.rawValue)
      report(
        .wrongShape, "`\(text)` is not a value of `\(attribute)`", at: expression.span,
        hint: suggestion(text, among: names) ?? "it is one of \(names.joined(separator: ", "))")
      return .delete
    }
    if policy == .snapshot, !leftOut.contains(index) {
      report(
        .unsupportedValue, "Leat takes no snapshots", at: expression.span,
        hint: "use `Retain` or `Delete`")
    }
    return policy
  }

  private func checkType(_ index: Int, isLive: Bool) {
    let type = template.resources[index].type
    guard !type.value.isEmpty else {
      statuses[index].failUnlessPruned()
      return
    }
    if isLive, let reason = unprovisionable[index] {
      return leaveOut(index, because: reason.message, at: reason.span)
    }
    guard catalog[ResourceType(type.value)] == nil else { return }
    let isKnown = ResourceFacts.isKnown(type.value) || type.value.hasPrefix("Custom::")
    if isKnown, isLive, allowsUnsupported {
      return leaveOut(index, because: "Leat does not provision \(type.value)", at: type.span)
    }
    statuses[index].failUnlessPruned()
    let supported = catalog.providers.keys.map(\.text)
    if isKnown {
      guard isLive else { return }
      report(
        .unsupportedType, "Leat does not provision \(type.value) yet", at: type.span,
        hint: "remove the resource, give it a `Condition` that is false here, or leave it out with "
          + "`--allow-unsupported`")
      return
    }
    if type.value.hasPrefix("AWS::Serverless::"),
      template.transforms.contains(where: { $0.value.hasPrefix("AWS::Serverless") })
    {
      return
    }
    if type.value.hasPrefix("AWS::Serverless::") {
      let transform = "AWS::Serverless-2016-10-31"
      report(
        .missingTransform, "\(type.value) needs the transform `\(transform)`", at: type.span,
        hint: "add `Transform: \(transform)` at the top of the template")
      return
    }
    report(
      .unknownType, "`\(type.value)` is not a CloudFormation type", at: type.span,
      hint: suggestion(type.value, among: supported)
        ?? suggestion(type.value, among: ResourceFacts.typeNames),
      sentence: .unrecognizedType(type.value))
  }

  private func checkDependency(_ name: Spanned<String>, of index: Int, isLive: Bool) {
    guard case .resource(let target) = symbols[name.value] else {
      let ids = template.resources.map(\.logicalID.value)
      report(
        .unknownReference, "no resource is called `\(name.value)`", at: name.span,
        hint: suggestion(name.value, among: ids) ?? Self.dependencyHint(name.value),
        sentence: .unresolvedDependency(name.value, in: "Resources"))
      return
    }
    guard target != index else {
      report(
        .dependencyCycle, "`\(name.value)` depends on itself", at: name.span,
        hint: "take it out of `DependsOn`", related: declared(target))
      return
    }
    // A dependency on what is not created counts for nothing, as in CloudFormation.
    if case .pruned = statuses[target] { return }
    if isLive { edges[index].append(Edge(target: target, span: name.span)) }
  }

  /// A hint to the dependency that was meant by one that is not one name.
  private static func dependencyHint(_ name: String) -> String? {
    let names = name.split { $0 == "," || $0 == " " }.map { $0.drop { $0 == "-" } }
    guard name.hasPrefix("-") || names.count > 1 else { return nil }
    return name.hasPrefix("-")
      ? "put a blank after each dash: `- \(names.first ?? "")`"
      : "write a list: `[\(names.prefix(10).joined(separator: ", "))]`"
  }

  /// Resolves, validates and identifies the live resources, dependencies first.
  func resolveResources(_ identify: (ResolvedResource) -> ResourceIdentity) -> [ResolvedResource] {
    var resolved: [ResolvedResource] = []
    var indices: [Int] = []
    resolved.reserveCapacity(template.resources.count)
    for index in dependencyOrder() {
      if case .pruned = statuses[index] {
        validateLiterals(index)
        continue
      }
      let errorsBefore = errorCount
      var resource = resolveResource(index)
      let checked = hasDynamicReferences ? answerReferences(in: &resource, at: index) : nil
      if let provider = catalog[resource.type], !leftOut.contains(index) {
        // A value that says the same as nothing is nowhere seen again: no plan or state holds it.
        let redundant = rules(of: resource.type.text, provider).redundant(in: resource.properties)
        resource.withoutProperties(redundant)
        let whole = redundant.reduce(checked ?? resource.properties) { $0.removing($1) }
        validate(checkable(whole), of: resource, at: index, with: provider)
      } else {
        validateUnprovisioned(resource, checkable(checked ?? resource.properties), at: index)
      }
      guard case .pending = statuses[index] else { continue }
      resource.withoutProperties(leftOutProperties[index] ?? [])
      let isWhole = errorCount == errorsBefore && (errorCount == 0 || !resource.isUnresolved)
      guard isWhole else {
        statuses[index] = .failed
        continue
      }
      statuses[index] = .identified(identify(resource))
      resolved.append(resource)
      indices.append(index)
    }
    checkNeighbours(resolved, at: indices)
    return resolved
  }

  private func resolveResource(_ index: Int) -> ResolvedResource {
    let written = template.resources[index].properties
    dynamicPlace = .properties
    let properties = written.flatMap(value) ?? .object([:])
    dynamicPlace = .elsewhere
    var targets = edges[index].count < 2 ? edges[index].map(\.target) : edges[index].distinctTargets
    if !leftOut.isEmpty { targets.removeAll { leftOut.contains($0) } }
    let logicalID = template.resources[index].logicalID
    var resource = ResolvedResource(
      logicalID: LogicalID(logicalID.value),
      type: ResourceType(template.resources[index].type.value),
      properties: properties,
      dependsOn: targets.map { LogicalID(template.resources[$0].logicalID.value) }.sorted(),
      deletionPolicy: policy(template.resources[index].deletionPolicy, "DeletionPolicy", of: index),
      updateReplacePolicy: policy(
        template.resources[index].updateReplacePolicy, "UpdateReplacePolicy", of: index),
      span: logicalID.span,
      places: written.map { written in
        LazyValuePlaces { [truths] in truths.places(written) }
      })
    if !template.resources[index].lifecyclePolicies.isEmpty {
      resource.creationSignals = creationSignals(of: index)
    }
    return resource
  }

  /// True for what drops out of its list or object.
  func isNoValue(_ expression: Expression) -> Bool { truths.isNoValue(expression) }
}

extension [Resolution.Edge] {
  fileprivate var distinctTargets: [Int] { Array<Int>(Set(map(\.target))) }
}

extension Resolution.ResourceStatus {
  fileprivate mutating func failUnlessPruned() {
    if case .pruned = self { return }
    self = .failed
  }
}

extension ResolvedResource {
  /// True where a value inside could not be answered because of an error.
  fileprivate var isUnresolved: Bool { properties.isUnresolved }

  fileprivate mutating func withoutProperties(_ paths: [PropertyPath]) {
    for path in paths {
      properties = properties.removing(path)
      answered = answered?.removing(path)
    }
  }
}

extension PropertyValue {
  /// True where `Resolution.unresolved` stands anywhere inside.
  var isUnresolved: Bool {
    switch self {
    case .unknown: self == Resolution.unresolved
    case .list(let list): list.contains { $0.isUnresolved }
    case .object(let object): object.values.contains { $0.isUnresolved }
    default: false
    }
  }
}
