import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

/// A planner's findings about one resource.
extension StackPlanner {
  func policyDiagnostics(_ resource: ResolvedResource) -> [Diagnostic] {
    guard resource.deletionPolicy != .delete || resource.updateReplacePolicy != .delete else {
      return []
    }
    var found: [Diagnostic] = []
    for (name, policy) in [
      ("DeletionPolicy", resource.deletionPolicy),
      ("UpdateReplacePolicy", resource.updateReplacePolicy),
    ] where policy == .snapshot {
      found.append(
        Diagnostic(
          .unsupportedValue,
          "`\(name): Snapshot` is not possible for `\(resource.type)`, which has no snapshots",
          at: resource.span, hint: "use `Delete` or `Retain`"))
    }
    if resource.updateReplacePolicy == .retainExceptOnCreate {
      found.append(
        Diagnostic(
          .unsupportedValue, "`UpdateReplacePolicy` can't be `RetainExceptOnCreate`",
          at: resource.span, hint: "use `Delete` or `Retain`"))
    }
    return found
  }

  func sameNameReplacement(
    _ resource: ResolvedResource, _ changes: [PropertyChange], _ schema: ResourceSchema
  ) -> Diagnostic {
    let causes = changes.filter(\.requiresReplacement).map { "`\($0.path)`" }
    let property = schema.naming?.property ?? "its name"
    if causes.isEmpty {
      return Diagnostic(
        .customNameReplacement,
        "`\(resource.logicalID)` is to be replaced, but its name stays the same",
        at: nameSpan(resource, schema),
        hint: "the new one is made before the old one goes: change `\(property)`, or leave it out "
          + "so that a name is generated")
    }
    return Diagnostic(
      .customNameReplacement,
      "`\(resource.logicalID)` must be replaced because \(causes.joined(separator: ", ")) "
        + "\(causes.count == 1 ? "changes" : "change"), but its name stays the same",
      at: span(of: changes.first(where: \.requiresReplacement)?.path, in: resource),
      hint: "change `\(property)` too, or leave it out so that a name is generated")
  }

  func takenName(_ resource: ResolvedResource, _ name: String, _ schema: ResourceSchema)
    -> Diagnostic
  {
    Diagnostic(
      .duplicatePhysicalName,
      "`\(resource.logicalID)` is to be called `\(name)`, and a resource of type "
        + "`\(resource.type)` outside this stack has that name",
      at: nameSpan(resource, schema),
      hint: "choose another name, or leave it out so that one is generated")
  }

  /// Two resources of one type with one name. A replaced or removed resource keeps its name until
  /// the new ones are there, so it counts too.
  ///
  /// - Parameter resources: those that were decided about, in the same order.
  func duplicateNames(_ resources: [ResolvedResource], removals: [ResourceChange])
    -> [Diagnostic]
  {
    struct Key: Hashable {
      var type: ResourceType
      var physicalID: String
    }
    var owners: [Key: (id: LogicalID, isLeaving: Bool)] = [:]
    owners.reserveCapacity(resources.count)
    for removal in removals {
      guard let before = removal.before else { continue }
      owners[Key(type: before.type, physicalID: before.identity.physicalID)] = (
        before.logicalID, true
      )
    }
    for index in changes.indices where changes[index].action == .replace {
      guard let before = changes[index].before else { continue }
      owners[Key(type: before.type, physicalID: before.identity.physicalID)] = (
        before.logicalID, true
      )
    }
    var found: [Diagnostic] = []
    for index in changes.indices {
      let id = changes[index].logicalID
      let key = Key(type: changes[index].type, physicalID: physicalIDs[index])
      let former = owners.updateValue((id, false), forKey: key)
      guard let owner = former, owner.id != id else { continue }
      owners[key] = owner
      let resource = resources[index]
      guard let provider = catalog[resource.type] else { continue }
      let hint =
        owner.isLeaving
        ? "keep the logical ID `\(owner.id)`, or move the resource to the new one: "
          + "`--move \(owner.id)=\(id)`; under another name there can be both at a time"
        : "names must differ within an account and region"
      let other = owner.isLeaving ? nil : resources.first { $0.logicalID == owner.id }
      let place = other.map { nameSpan($0, provider.schema) }
      found.append(
        Diagnostic(
          .duplicatePhysicalName,
          "`\(resource.logicalID)` and `\(owner.id)` are both called `\(key.physicalID)`",
          at: nameSpan(resource, provider.schema), hint: hint,
          related: place.map { [.init(span: $0, label: "the other")] } ?? []))
    }
    return found
  }

  /// Capabilities that the template's IAM resources need and the request does not grant.
  func missingCapabilities(_ resources: [ResolvedResource], granted: [String]) -> [Diagnostic] {
    if granted.contains("CAPABILITY_NAMED_IAM") { return [] }
    return resources.indices.compactMap { index in
      guard let schema = catalog[resources[index].type]?.schema, schema.needsIAMCapability else {
        return nil
      }
      let resource = resources[index]
      let isNamed = customName(resource, schema) != nil
      if !isNamed, granted.contains("CAPABILITY_IAM") { return nil }
      let needed = isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"
      return Diagnostic(
        .missingCapability,
        "`\(resource.logicalID)` (`\(resource.type)`) needs the capability `\(needed)`",
        at: resource.span, hint: "acknowledge it with `\(needed)`")
    }
  }

  private func nameSpan(_ resource: ResolvedResource, _ schema: ResourceSchema) -> SourceSpan {
    guard let property = schema.naming?.property else { return resource.span }
    return resource.span(of: PropertyPath(property.split(separator: ".").map { .key(String($0)) }))
  }

  private func span(of path: String?, in resource: ResolvedResource) -> SourceSpan {
    guard let path else { return resource.span }
    let match = resource.propertySpans.first { $0.key.description == path }
    return match?.value ?? resource.span
  }
}
