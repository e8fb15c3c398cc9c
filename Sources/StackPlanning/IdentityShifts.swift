import PropertyTree
import ResourceModel
import StackModel

/// Identities that a plan changes: what references to them said before, and what they say now.
struct IdentityShifts {
  private struct Shift {
    /// nil for `Ref`.
    var attribute: String?
    var old: String
    var new: String
  }

  private var shifts: [LogicalID: [Shift]] = [:]

  /// Notes what becomes of a resource's `Ref` and attributes.
  mutating func note(_ change: ResourceChange) {
    guard let before = change.before?.identity, let after = change.after?.identity,
      before != after
    else { return }
    var found: [Shift] = []
    func compare(_ attribute: String?, _ old: PropertyValue?, _ new: PropertyValue?) {
      guard let old = old?.scalarText, let new = new?.scalarText, old != new else { return }
      found.append(Shift(attribute: attribute, old: old, new: new))
    }
    compare(nil, before.reference, after.reference)
    for (name, value) in before.attributes { compare(name, value, after.attributes[name]) }
    if !found.isEmpty { shifts[change.logicalID] = found }
  }

  /// The reason why the properties of a resource differ; nil where none does.
  func reasons(for changes: [PropertyChange], dependsOn: [LogicalID]) -> [ChangeReason]? {
    if changes.isEmpty { return nil }
    return changes.map { change in
      ChangeReason(
        property: change.path, references: references(behind: change, dependsOn),
        requiresReplacement: change.requiresReplacement)
    }
  }

  /// The dependencies whose old values stand in the old property and whose new ones in the new. An
  /// ARN has its resource's name inside: of one resource, the longest value counts.
  private func references(behind change: PropertyChange, _ dependsOn: [LogicalID])
    -> [ChangeReason.Reference]
  {
    guard !shifts.isEmpty, let before = change.before, let after = change.after else { return [] }
    return dependsOn.sorted().compactMap { id in
      let found = (shifts[id] ?? []).filter { before.mentions($0.old) && after.mentions($0.new) }
      return found.max { $0.old.utf8.count < $1.old.utf8.count }
        .map { ChangeReason.Reference(id, attribute: $0.attribute) }
    }
  }
}

extension PropertyValue {
  /// True when the text stands somewhere in a value below.
  fileprivate func mentions(_ text: String) -> Bool {
    switch self {
    case .list(let list): list.contains { $0.mentions(text) }
    case .object(let object): object.values.contains { $0.mentions(text) }
    default: scalarText?.contains(text) ?? false
    }
  }
}
