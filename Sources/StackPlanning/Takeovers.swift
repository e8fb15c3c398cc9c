import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

/// Resources that a plan takes over as they are: those of the stack that go on under another logical
/// ID (moves), and those of the emulator that belong to no stack (imports).
///
/// Only the stack's record changes, in the transaction that commits the deployment: what is rolled
/// back has moved and imported nothing.
public struct Takeovers {
  /// A resource that the emulator holds.
  public struct Found: Sendable, Hashable {
    /// As `ResourceHandler.liveProperties` tells them.
    public var properties: PropertyValue
    /// Dotted paths that can't be read back.
    public var writeOnly: Set<String>
    /// The id of the stack that the resource belongs to; nil for one that belongs to none.
    public var owner: String?

    public init(properties: PropertyValue, writeOnly: Set<String> = [], owner: String? = nil) {
      self.properties = properties
      self.writeOnly = writeOnly
      self.owner = owner
    }
  }

  /// Asks for a resource by its type, physical id and template's properties; nil for none.
  public typealias Search = (ResourceType, _ physicalID: String, PropertyValue) -> Found?

  /// Old logical IDs by new ones.
  public var moves: [LogicalID: LogicalID]
  /// Physical ids by logical IDs.
  public var imports: [LogicalID: String]
  let search: Search

  public init(
    moves: [LogicalID: LogicalID] = [:], imports: [LogicalID: String] = [:],
    search: @escaping Search = { _, _, _ in nil }
  ) {
    self.moves = moves
    self.imports = imports
    self.search = search
  }
}

// MARK: Moves

extension StackPlanner {
  /// The deployed resource that a template's resource goes on with, under its own or another ID.
  func predecessor(of resource: ResolvedResource) -> ResourceState? {
    deployed(takeovers.moves[resource.logicalID] ?? resource.logicalID)
  }

  /// Findings about the request's moves and imports that no resource's own decision has.
  func takeoverFindings(_ resources: [ResolvedResource]) -> [Diagnostic] {
    if takeovers.moves.isEmpty && takeovers.imports.isEmpty { return [] }
    let wanted = Dictionary(
      resources.map { ($0.logicalID, $0) }, uniquingKeysWith: { first, _ in first })
    var taken: Set<LogicalID> = []
    let moves = takeovers.moves.sorted { $0.key < $1.key }.compactMap { new, old in
      moveFinding(from: old, to: new, wanted, &taken)
    }
    let imports = takeovers.imports.keys.sorted().filter { wanted[$0] == nil }.map { id in
      Diagnostic(
        .invalidArgument, "the template has no resource `\(id)` to import", at: nil,
        hint: Suggestion.didYouMean(id.text, among: resources.map(\.logicalID.text)))
    }
    return moves + imports
  }

  private func moveFinding(
    from old: LogicalID, to new: LogicalID, _ wanted: [LogicalID: ResolvedResource],
    _ taken: inout Set<LogicalID>
  ) -> Diagnostic? {
    func finding(_ message: String, _ resource: ResolvedResource?, hint: String? = nil)
      -> Diagnostic
    { Diagnostic(.invalidArgument, message, at: resource?.span, hint: hint) }

    guard let resource = wanted[new] else {
      return finding(
        "the template has no resource `\(new)` to move `\(old)` to", nil,
        hint: Suggestion.didYouMean(new.text, among: wanted.keys.map(\.text).sorted()))
    }
    guard let before = deployed(old) else {
      return finding(
        "the stack has no resource `\(old)` to move to `\(new)`", resource,
        hint: Suggestion.didYouMean(old.text, among: deployedIDs.map(\.text).sorted()))
    }
    if deployed(new) != nil {
      return finding("the stack has a resource `\(new)` already", resource)
    }
    if wanted[old] != nil {
      return finding("`\(old)` moves to `\(new)`, and the template still has it", resource)
    }
    if !taken.insert(old).inserted {
      return finding("`\(old)` moves to `\(new)` and to another resource", resource)
    }
    if before.type != resource.type {
      return finding(
        "`\(new)` is of the type `\(resource.type)`, `\(old)` of `\(before.type)`", resource)
    }
    guard let change = changes.first(where: { $0.logicalID == new }), change.action != .move else {
      return nil
    }
    return finding(
      "`\(new)` is not as `\(old)` was deployed: "
        + change.properties.map { "`\($0.path)`" }.joined(separator: ", "), resource,
      hint: "move it first, then change it")
  }
}

// MARK: Imports

extension StackPlanner {
  /// Takes a resource over as it is. What differs from the template is recorded as it is found, so
  /// that the next deployment shows it and changes it.
  func adoption(
    of resource: ResolvedResource, by provider: any ResourceProvider, _ physicalID: String
  ) -> Decision {
    let identity = identity(
      customName(resource, provider.schema) ?? physicalID, resource, provider)
    let found = takeovers.search(resource.type, physicalID, resource.identifying)
    let differing = found.map { Self.differing(resource, $0) } ?? [:]
    var wanted = resource
    wanted.properties = resource.identifying
    let differences = PropertyComparison.changes(
      from: resource.identifying.replacing(differing), to: wanted, schema: provider.schema)
    var findings = policyDiagnostics(resource)
    if let refusal = refusal(of: resource, physicalID, identity, found, differences) {
      findings.append(refusal)
    } else if !differences.isEmpty {
      findings.append(
        Diagnostic(
          .importDiffers,
          "`\(resource.logicalID)` is imported as it is, which is not as the template says: "
            + differences.map { "`\($0.path)`" }.joined(separator: ", "),
          at: resource.span, hint: "the next deployment changes it", severity: .warning))
    }
    var after = state(of: resource, identity: identity, generation: 0, status: .importComplete)
    after.properties = resource.properties.replacing(differing)
    return Decision(
      change: change(resource, .import, before: nil, after: after, []), identity: identity,
      diagnostics: findings)
  }

  private func refusal(
    of resource: ResolvedResource, _ physicalID: String, _ identity: ResourceIdentity,
    _ found: Takeovers.Found?, _ differences: [PropertyChange]
  ) -> Diagnostic? {
    let id = resource.logicalID
    func finding(_ message: String, hint: String? = nil) -> Diagnostic {
      Diagnostic(.invalidArgument, message, at: resource.span, hint: hint)
    }
    if deployed(id) != nil { return finding("the stack has a resource `\(id)` already") }
    if identity.isPending {
      return finding("resources of type `\(resource.type)` can't be imported")
    }
    guard let found else {
      return finding("there is no `\(resource.type)` `\(physicalID)` to import as `\(id)`")
    }
    if let owner = found.owner {
      return finding("`\(physicalID)` belongs to the stack \(owner) already")
    }
    if identity.physicalID != physicalID {
      return finding(
        "`\(id)` is `\(identity.physicalID)` in the template, and `\(physicalID)` is to be imported",
        hint: "give the resource that name in the template")
    }
    let replacing = differences.filter(\.requiresReplacement)
    if replacing.isEmpty { return nil }
    return finding(
      "`\(id)` can't be imported: it differs in what can't be changed, "
        + replacing.map { "`\($0.path)`" }.joined(separator: ", "),
      hint: "say in the template what is there")
  }

  /// Properties that are not as the template says, as they are found; nil for those that are not
  /// set.
  private static func differing(_ resource: ResolvedResource, _ found: Takeovers.Found)
    -> [String: PropertyValue?]
  {
    var differing: [String: PropertyValue?] = [:]
    for (key, value) in resource.identifying.objectValue ?? [:] {
      let differences = Drift.differences(
        desired: .object([key: value]), live: found.properties, writeOnly: found.writeOnly)
      if !differences.isEmpty { differing[key] = .some(found.properties[key]) }
    }
    return differing
  }
}

extension PropertyValue {
  fileprivate func replacing(_ members: [String: PropertyValue?]) -> PropertyValue {
    guard case .object(var object) = self else { return self }
    for (key, value) in members { object[key] = value }
    return .object(object)
  }
}
