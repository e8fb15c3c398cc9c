import Diagnostics
import ResourceModel
import StackModel

/// Renames that a plan would carry out as a removal and a creation.
extension StackPlanner {
  /// Comparisons at most: a template that is another one altogether has no renames.
  private static let pairsMax = 10_000

  /// Notes about resources that leave while one like them joins, each with the move that would keep
  /// it. Where several are alike nobody knows which is meant, and nothing is said.
  func renameNotes(_ resources: [ResolvedResource], removals: [ResourceChange]) -> [Diagnostic] {
    let going = removals.filter { $0.action == .delete }
    let coming = changes.filter { $0.action == .create && $0.before == nil }
    if going.isEmpty || coming.isEmpty || going.count * coming.count > Self.pairsMax { return [] }
    let joining = Set(coming.map(\.logicalID))
    let pairs = resources.filter { joining.contains($0.logicalID) }.flatMap { resource in
      going.compactMap(\.before).filter { isAlike($0, resource) }.map { ($0.logicalID, resource) }
    }
    return pairs.filter { old, resource in
      pairs.count { $0.0 == old } == 1
        && pairs.count { $0.1.logicalID == resource.logicalID } == 1
    }.map { old, resource in
      Diagnostic(
        .renamed,
        "`\(old)` goes, and `\(resource.logicalID)`, which is like it, is made", at: resource.span,
        hint: Self.moveHint(from: old, to: resource.logicalID), severity: .note)
    }
  }

  static func moveHint(from old: LogicalID, to new: LogicalID) -> String {
    "if it is the same resource under a new ID, keep it: `--move \(old)=\(new)`"
  }

  private func isAlike(_ old: ResourceState, _ new: ResolvedResource) -> Bool {
    // Under a fixed name both can't be: that is an error of its own.
    guard old.type == new.type, let provider = catalog[new.type],
      customName(new, provider.schema) == nil
    else { return false }
    return PropertyComparison.changes(
      from: old.properties, to: tagged(new), schema: provider.schema
    ).isEmpty
  }
}
