import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

/// Compares a template's resources with the deployed ones and says what an apply will do.
///
/// A pure function in two halves. `identify` is called once for each resource in dependency order,
/// while the references of later resources are still unanswered: it decides and so knows which
/// name counts. `finish` adds what only the whole can tell: removals, outputs, conflicts.
public struct StackPlanner {
  /// Asks whether the emulator holds a resource of that type and physical id already.
  public typealias IsTaken = (ResourceType, _ physicalID: String, PropertyValue) -> Bool

  /// The stack as deployed; nil when it does not exist.
  public let state: StackState?
  public let environment: StackEnvironment
  let catalog: ResourceCatalog
  let isTaken: IsTaken
  /// Asks whether a resource of the stack is gone from the emulator.
  public typealias IsMissing = (ResourceState) -> Bool
  let isMissing: IsMissing
  let drifted: FindsDrift
  let takeovers: Takeovers
  let choices: PlanChoices
  /// Tags of the stack as it is to be.
  let tags: [String: String]
  /// Places in the state's resources.
  private let deployedPlaces: [LogicalID: Int]
  private let deployedNames: Set<DeployedName>
  /// The template's resources that were asked for, in order.
  private var seen: [LogicalID] = []
  /// Those of them that are left out and that the stack does not have.
  private(set) var absent: Set<LogicalID> = []
  /// Decisions about the template's resources but the absent ones, in the order in which they were asked for.
  private(set) var changes: [ResourceChange] = []
  /// Physical ids that they will have.
  private(set) var physicalIDs: [String] = []
  private(set) var findings: [Diagnostic] = []
  private var shifts = IdentityShifts()

  private struct DeployedName: Hashable {
    var type: ResourceType
    var physicalID: String
  }

  /// The decision about one resource.
  struct Decision {
    var change: ResourceChange
    /// Values that reference resources see.
    var identity: ResourceIdentity
    var diagnostics: [Diagnostic]
  }

  public init(
    state: StackState?, environment: StackEnvironment, catalog: ResourceCatalog,
    takeovers: Takeovers = Takeovers(), choices: PlanChoices = PlanChoices(),
    tags: [String: String] = [:],
    isMissing: @escaping IsMissing = { _ in false },
    drifted: @escaping FindsDrift = { _ in nil },
    isTaken: @escaping IsTaken = { _, _, _ in false }
  ) {
    self.state = state
    self.environment = environment
    self.catalog = catalog
    self.isTaken = isTaken
    self.takeovers = takeovers
    self.choices = choices
    self.tags = tags
    self.isMissing = isMissing
    self.drifted = drifted
    let resources = state?.resources ?? []
    deployedPlaces = Dictionary(
      zip(resources.lazy.map(\.logicalID), resources.indices),
      uniquingKeysWith: { first, _ in first })
    changes.reserveCapacity(resources.count)
    physicalIDs.reserveCapacity(resources.count)
    deployedNames = Set(
      resources.lazy.map { DeployedName(type: $0.type, physicalID: $0.identity.physicalID) })
  }

  /// The resource that the stack has under that ID.
  func deployed(_ id: LogicalID) -> ResourceState? {
    deployedPlaces[id].flatMap { state?.resources[$0] }
  }

  /// The IDs of the stack's resources, in no order.
  var deployedIDs: some Collection<LogicalID> { deployedPlaces.keys }

  /// Decides what becomes of a resource and returns what it will be called.
  public mutating func identify(_ resource: ResolvedResource) -> ResourceIdentity {
    seen.append(resource.logicalID)
    if leavesOut(resource.logicalID) { return leaveOut(resource) }
    let decision = decide(resource)
    changes.append(decision.change)
    shifts.note(decision.change)
    physicalIDs.append(decision.identity.physicalID)
    findings += decision.diagnostics
    return decision.identity
  }

  /// Decides about these resources alone, in their order. Deciding is pure: where they are not those
  /// that `identify` has seen, all are decided again.
  mutating func cover(_ resources: [ResolvedResource]) {
    let isCovered =
      seen.count == resources.count
      && seen.indices.allSatisfy { seen[$0] == resources[$0].logicalID }
    guard !isCovered else { return }
    seen = []
    absent = []
    changes = []
    physicalIDs = []
    findings = []
    shifts = IdentityShifts()
    for resource in resources { _ = identify(resource) }
  }

  private func decide(_ untagged: ResolvedResource) -> Decision {
    guard let provider = catalog[untagged.type] else { return undecided(untagged) }
    let resource = tagged(untagged)
    if let physicalID = takeovers.imports[resource.logicalID] {
      return adoption(of: resource, by: provider, physicalID)
    }
    guard let before = predecessor(of: resource), before.type == resource.type else {
      return creation(of: resource, by: provider)
    }
    if before.logicalID == resource.logicalID, isMissing(before) {
      return recreation(of: before, by: resource, provider)
    }
    let found = drifted(before)
    let changes = PropertyComparison.changes(
      from: found ?? before.properties, to: resource, schema: provider.schema)
    if choices.replaced.contains(resource.logicalID)
      || changes.contains(where: \.requiresReplacement)
    {
      return replacement(of: before, by: resource, provider, changes)
    }
    var identity = before.identity
    // The value behind a reference may have changed since; a resource that stays keeps its names,
    // and so does one of which a wait has told what others see.
    if !changes.isEmpty || resource.answered == nil {
      let again = keptIdentity(of: before, resource, provider)
      if !changes.isEmpty || !again.isPending { identity = again }
    }
    let attributes = attributeChanges(from: before, to: resource)
    var after = state(
      of: resource, identity: identity, generation: before.generation,
      status: changes.isEmpty && attributes.isEmpty && !before.status.isFailed
        ? before.status : .updateComplete)
    after.updatedAt = before.updatedAt
    let isMoved = before.logicalID != resource.logicalID
    let isSame = changes.isEmpty && attributes.isEmpty
    let action: ChangeAction =
      !isSame ? .update : isMoved ? .move : found == nil ? .keep : .adopt
    var decided = change(resource, action, before: before, after: after, changes + attributes)
    decided.found = found
    return Decision(
      change: decided, identity: identity, diagnostics: policyDiagnostics(resource))
  }

  /// A type that nobody provides: resolution reports it, and nothing is planned.
  private func undecided(_ resource: ResolvedResource) -> Decision {
    let identity = ResourceIdentity(
      physicalID: resource.logicalID.text, reference: .string(resource.logicalID.text))
    let after = state(of: resource, identity: identity, generation: 0, status: .createFailed)
    let finding = Diagnostic(
      .unsupportedType, "Leat does not provide resources of type `\(resource.type)`",
      at: resource.span)
    return Decision(
      change: change(resource, .create, before: nil, after: after, []),
      identity: identity, diagnostics: [finding])
  }

  private func creation(of resource: ResolvedResource, by provider: any ResourceProvider)
    -> Decision
  {
    var diagnostics = policyDiagnostics(resource)
    if let before = deployed(resource.logicalID) {
      diagnostics.append(
        Diagnostic(
          .typeChanged,
          "the type of `\(resource.logicalID)` changes from `\(before.type)` to `\(resource.type)`",
          at: resource.span,
          hint: "give the new resource a logical ID of its own; the old one is then removed"))
    }
    let (identity, generation) = newIdentity(of: resource, by: provider, from: 0)
    let after = state(
      of: resource, identity: identity, generation: generation, status: .createComplete)
    let custom = customName(resource, provider.schema)
    if custom != nil, isTaken(resource.type, identity.physicalID, resource.identifying),
      !isDeployed(resource.type, identity.physicalID)
    {
      diagnostics.append(takenName(resource, identity.physicalID, provider.schema))
    }
    return Decision(
      change: change(resource, .create, before: nil, after: after, []),
      identity: identity, diagnostics: diagnostics)
  }

  /// A resource that was removed outside of the stack comes back, under the name that it had where it may.
  private func recreation(
    of before: ResourceState, by resource: ResolvedResource, _ provider: any ResourceProvider
  ) -> Decision {
    let (identity, generation) = newIdentity(of: resource, by: provider, from: before.generation)
    let after = state(
      of: resource, identity: identity, generation: generation, status: .createComplete)
    var change = change(resource, .create, before: before, after: after, [])
    change.wasRemoved = true
    return Decision(
      change: change, identity: identity, diagnostics: policyDiagnostics(resource))
  }

  private func replacement(
    of before: ResourceState, by resource: ResolvedResource, _ provider: any ResourceProvider,
    _ changes: [PropertyChange]
  ) -> Decision {
    var diagnostics = policyDiagnostics(resource)
    let (identity, generation) = newIdentity(
      of: resource, by: provider, from: before.generation + 1)
    let custom = customName(resource, provider.schema)
    if identity.physicalID == before.identity.physicalID {
      diagnostics.append(sameNameReplacement(resource, changes, provider.schema))
    } else if custom != nil, isTaken(resource.type, identity.physicalID, resource.identifying),
      !isDeployed(resource.type, identity.physicalID)
    {
      diagnostics.append(takenName(resource, identity.physicalID, provider.schema))
    }
    let after = state(
      of: resource, identity: identity, generation: generation, status: .updateComplete)
    var change = change(resource, .replace, before: before, after: after, changes)
    if choices.replaced.contains(resource.logicalID) { change.isForced = true }
    return Decision(change: change, identity: identity, diagnostics: diagnostics)
  }

  /// A resource stays as it is deployed, or is not made: its values are of no use to anybody then.
  private mutating func leaveOut(_ resource: ResolvedResource) -> ResourceIdentity {
    guard takeovers.imports[resource.logicalID] == nil, let before = predecessor(of: resource)
    else {
      absent.insert(resource.logicalID)
      let value = DeferredValue.resource(
        resource.logicalID, attribute: nil, stackID: environment.stackID)
      return ResourceIdentity(
        physicalID: resource.logicalID.text, reference: .string(value.text), isPending: true)
    }
    changes.append(before.keeping)
    physicalIDs.append(before.identity.physicalID)
    return before.identity
  }

  // MARK: Names

  /// The user's name, or a generated one that nothing bears yet.
  private func newIdentity(
    of resource: ResolvedResource, by provider: any ResourceProvider, from generation: Int
  ) -> (ResourceIdentity, Int) {
    if let name = customName(resource, provider.schema) {
      return (identity(name, resource, provider), generation)
    }
    var generation = generation
    // A retained resource may still bear the name; a hundred of them in a row do not occur.
    for _ in 0..<100 {
      let candidate = identity(
        generatedName(resource, provider.schema, generation), resource, provider)
      if !isTaken(resource.type, candidate.physicalID, resource.identifying) {
        return (candidate, generation)
      }
      generation += 1
    }
    return (
      identity(generatedName(resource, provider.schema, generation), resource, provider),
      generation
    )
  }

  /// `Ref` and attributes follow the properties, the physical id stays. A provider may make its
  /// physical id (an ARN, a URL) out of the name it is handed: the name counts then.
  private func keptIdentity(
    of before: ResourceState, _ resource: ResolvedResource, _ provider: any ResourceProvider
  ) -> ResourceIdentity {
    let kept = before.identity.physicalID
    // Of most types the physical id is the name.
    let named = identity(kept, resource, provider)
    if named.physicalID == kept { return named }
    let name =
      customName(resource, provider.schema)
      ?? generatedName(resource, provider.schema, before.generation)
    let again = identity(name, resource, provider)
    // Made out of a name that only another logical ID gives, or that somebody else gave: what a
    // resource that was moved or imported was called by then stands.
    return again.physicalID == kept ? again : before.identity
  }

  func identity(
    _ name: String, _ resource: ResolvedResource, _ provider: any ResourceProvider
  ) -> ResourceIdentity {
    var identity = provider.identity(
      physicalID: name, properties: resource.identifying, in: environment)
    if identity.isPending {
      identity.reference = .string(
        DeferredValue.resource(
          resource.logicalID, attribute: nil, stackID: environment.stackID
        ).text)
    }
    return identity
  }

  private func generatedName(
    _ resource: ResolvedResource, _ schema: ResourceSchema, _ generation: Int
  ) -> String {
    let rule = schema.naming ?? NamingRule(property: nil, lengthMax: 128)
    return rule.generate(
      stack: environment.stackName, logicalID: resource.logicalID,
      account: environment.scope.account.text, region: environment.scope.region.text,
      generation: generation)
  }

  func customName(_ resource: ResolvedResource, _ schema: ResourceSchema) -> String? {
    schema.naming?.givenName(in: resource.identifying)
  }

  private func isDeployed(_ type: ResourceType, _ physicalID: String) -> Bool {
    deployedNames.contains(DeployedName(type: type, physicalID: physicalID))
  }

  // MARK: Parts of a decision

  func state(
    of resource: ResolvedResource, identity: ResourceIdentity, generation: Int,
    status: ResourceStatus
  ) -> ResourceState {
    // A plan is the same whenever it is made: the moment is filled in when the step is done.
    var state = ResourceState(
      logicalID: resource.logicalID, type: resource.type, identity: identity,
      properties: resource.properties, dependsOn: resource.dependsOn,
      deletionPolicy: resource.deletionPolicy, updateReplacePolicy: resource.updateReplacePolicy,
      status: status, updatedAt: .init(milliseconds: 0), generation: generation)
    state.creationSignals = resource.creationSignals
    return state
  }

  func change(
    _ resource: ResolvedResource, _ action: ChangeAction, before: ResourceState?,
    after: ResourceState, _ properties: [PropertyChange]
  ) -> ResourceChange {
    var change = ResourceChange(
      logicalID: resource.logicalID, type: resource.type, action: action, before: before,
      after: after, properties: properties, dependsOn: resource.dependsOn)
    if let before, before.logicalID != resource.logicalID {
      change.previousLogicalID = before.logicalID
    }
    change.reasons = shifts.reasons(for: properties, dependsOn: resource.dependsOn)
    if let before, !properties.isEmpty, let form = catalog[resource.type]?.schema.tagForm {
      let changed = changedStackTags
      for index in properties.indices where !changed.isEmpty {
        let keys = form.keys(
          at: properties[index].path, from: before.properties, to: resource.properties)
        guard let keys, !keys.isEmpty, keys.isSubset(of: changed) else { continue }
        change.reasons?[index].stackTags = keys.sorted()
      }
    }
    return change
  }

  /// `DeletionPolicy` and `UpdateReplacePolicy` are no properties, but a change of them alone must
  /// reach the state too.
  private func attributeChanges(from before: ResourceState, to resource: ResolvedResource)
    -> [PropertyChange]
  {
    var found: [PropertyChange] = []
    func compare(_ name: String, _ old: DeletionPolicy, _ new: DeletionPolicy) {
      guard old != new else { return }
      found.append(
        PropertyChange(
          path: name, before: .string(old.rawValue), after: .string(new.rawValue),
          requiresReplacement: false, location: resource.span.location))
    }
    compare("DeletionPolicy", before.deletionPolicy, resource.deletionPolicy)
    compare("UpdateReplacePolicy", before.updateReplacePolicy, resource.updateReplacePolicy)
    return found
  }
}
