import PropertyTree
import StackModel

/// A plan as `--json` prints it. `docs/plan.schema.json` is its schema; members are added without
/// notice, and a change of one that is there raises `formatVersion`.
struct PlanDocument {
  static let formatVersion: PropertyValue = 1

  private let plan: Plan
  private let diagnostics: PropertyValue
  private let mask: SecretMask

  /// - Parameter diagnostics: the plan's, as every command prints them.
  init(_ plan: Plan, diagnostics: PropertyValue) {
    self.plan = plan
    self.diagnostics = diagnostics
    mask = SecretMask(plan.parameters)
  }

  var tree: PropertyValue {
    var document: PropertyObject = ["formatVersion": Self.formatVersion]
    for (key, value) in body { document[key] = value }
    return .object(document)
  }

  /// Everything but the version, for a document that holds several plans.
  var body: PropertyObject {
    let environment = plan.environment
    var body: PropertyObject = [
      "stack": [
        "name": .string(environment.stackName), "id": .string(environment.stackID),
        "account": .string(environment.scope.account.text),
        "region": .string(environment.scope.region.text),
      ],
      "kind": .string(plan.kind.rawValue),
      "hasChanges": .bool(!plan.isEmpty),
      "summary": summary,
      "parameters": .object(
        PropertyObject(plan.parameters.map { ($0.name, .string($0.shownValue)) })),
      "changes": changes(plan.changes),
      "unchanged": unchanged(plan.changes),
      "omitted": .list(
        (plan.omitted ?? []).map { change in
          Self.object([
            ("logicalId", .string(change.logicalID.text)),
            ("action", .string(change.action.rawValue)),
            ("needs", change.needs.map { .string($0.text) }),
          ])
        }),
      "outputs": .list(
        plan.outputs.filter { $0.before != $0.after }.map { output in
          Self.object([
            ("key", .string(output.key)),
            ("before", output.before.map { shown(.string($0.value)) }),
            ("after", output.after.map { shown(.string($0.value)) }),
          ])
        }),
      "uploads": .list(
        plan.newAssets.map { asset in
          Self.object([
            ("bucket", .string(asset.bucket)), ("key", .string(asset.key)),
            ("path", asset.path.map { .string($0) }),
          ])
        }),
      "diagnostics": mask.hide(diagnostics),
    ]
    if plan.drift != nil {
      body["drift"] = .list(PlannedDriftEntry.all(plan).map(drift))
    }
    return body
  }

  /// A drifted resource, with the fate of each property.
  private func drift(_ entry: PlannedDriftEntry) -> PropertyValue {
    var members = DriftDocument.tree(entry.drift).objectValue ?? [:]
    members["name"] = .string(entry.name)
    members["action"] = .string(entry.change.action.rawValue)
    members["stays"] = .bool(entry.stays)
    members["differences"] = .list(
      entry.drift.differences.map { difference in
        var property = mask.hide(DriftDocument.tree(difference)).objectValue ?? [:]
        property["outcome"] = .string(entry.outcome(of: difference))
        return .object(property)
      })
    return .object(members)
  }

  private var summary: PropertyValue {
    let actions: [ChangeAction] = [
      .create, .update, .replace, .move, .import, .adopt, .delete, .retain, .keep,
    ]
    return .object(
      PropertyObject(actions.map { ($0.rawValue, .int(Int64(plan.count(of: $0)))) }))
  }

  private func changes(_ changes: [ResourceChange]) -> PropertyValue {
    .list(changes.filter { $0.action != .keep }.map(tree))
  }

  private func unchanged(_ changes: [ResourceChange]) -> PropertyValue {
    .list(changes.filter { $0.action == .keep }.map { .string($0.logicalID.text) })
  }

  private func tree(_ change: ResourceChange) -> PropertyValue {
    let (old, new) = (change.before?.identity.physicalID, change.after?.identity.physicalID)
    return Self.object([
      ("logicalId", .string(change.logicalID.text)),
      ("type", .string(change.type.text)),
      ("action", .string(change.action.rawValue)),
      ("previousLogicalId", change.previousLogicalID.map { .string($0.text) }),
      ("isForced", change.isForced.map { .bool($0) }),
      ("wasRemoved", change.wasRemoved.map { .bool($0) }),
      ("physicalId", (new ?? old).map { shown(.string($0)) }),
      ("replaces", change.action == .replace && old != new ? old.map { .string($0) } : nil),
      ("before", change.before.map { shown($0.properties) }),
      ("after", change.after.map { shown($0.properties) }),
      ("properties", .list(change.properties.enumerated().map { property($1, change, $0) })),
      ("dependsOn", .list(change.dependsOn.map { .string($0.text) })),
      ("losses", .list(change.losses.map { .string($0) })),
      ("changes", change.nested.map(changes)),
      ("unchanged", change.nested.map(unchanged)),
    ])
  }

  private func property(_ property: PropertyChange, _ change: ResourceChange, _ index: Int)
    -> PropertyValue
  {
    let references = change.reasons?[index].references ?? []
    return Self.object([
      ("path", .string(property.path)),
      ("before", property.before.map(shown)),
      ("after", property.after.map(shown)),
      ("requiresReplacement", .bool(property.requiresReplacement)),
      ("follows", references.isEmpty ? nil : .list(references.map { .string($0.text) })),
      (
        "stackTags",
        change.reasons?[index].stackTags.map { .list($0.map { .string($0) }) }
      ),
      ("location", property.location.map { .string($0) }),
    ])
  }

  /// Secrets hidden, and values that only the deployment tells named as such.
  private func shown(_ value: PropertyValue) -> PropertyValue { mask.hide(value.showingDeferred) }

  /// The members that have a value.
  private static func object(_ members: [(String, PropertyValue?)]) -> PropertyValue {
    .object(PropertyObject(members.compactMap { name, value in value.map { (name, $0) } }))
  }
}
