import Diagnostics
import ResourceModel
import StackModel

/// The part of a plan's changes that a request wants: those of its targets, or all but its
/// exclusions, such that the part can be carried out alone.
///
/// A part is closed: with each change come those of the resources that it refers to, whose values
/// are in its properties; and with each removal of something come the changes of all that refers to
/// it, so that nothing is left with a reference to what is gone.
public struct ChangeSelection: Sendable {
  /// Logical IDs whose changes are wanted; empty for all.
  public var targets: [LogicalID]
  /// Logical IDs whose changes are not wanted.
  public var exclusions: [LogicalID]

  public init(targets: [LogicalID] = [], exclusions: [LogicalID] = []) {
    self.targets = targets
    self.exclusions = exclusions
  }

  /// True where it wants every change.
  public var isWhole: Bool { targets.isEmpty && exclusions.isEmpty }

  /// The changes of `plan` that are not in the part, in the plan's order; findings where the names
  /// are unknown or contradict one another.
  public func leftOut(of plan: Plan) -> (changes: [OmittedChange], findings: [Diagnostic]) {
    let findings = unknownNames(in: plan.changes)
    if findings.hasErrors { return ([], findings) }
    let needs = ChangeNeeds(plan.changes)
    var (kept, findingsOfTargets) = closure(needs)
    if findingsOfTargets.hasErrors { return ([], findingsOfTargets) }
    var blockers: [LogicalID: LogicalID] = [:]
    if targets.isEmpty { (kept, blockers) = remainder(needs) }
    let changes = plan.changes.filter { $0.action != .keep && !kept.contains($0.logicalID) }
    findingsOfTargets += nothingLeft(plan, changes)
    return (
      changes.map {
        OmittedChange(logicalID: $0.logicalID, action: $0.action, needs: blockers[$0.logicalID])
      }, findingsOfTargets
    )
  }

  private func unknownNames(in changes: [ResourceChange]) -> [Diagnostic] {
    let known = Set(changes.map(\.logicalID))
    let names = [("target", targets), ("exclude", exclusions)]
    return names.flatMap { flag, ids in
      ids.filter { !known.contains($0) }.map { id in
        let path = id.text.split(separator: "/")
        let hint =
          path.count > 1 && known.contains(LogicalID(String(path[0])))
          ? "a nested stack is one change: name `\(path[0])`"
          : Suggestion.didYouMean(id.text, among: known.map(\.text).sorted())
        return Diagnostic(
          .invalidArgument,
          "neither the template nor the stack has a resource `\(id)` (`--\(flag)`)", at: nil,
          hint: hint)
      }
    }
  }

  /// The targets' changes with all that they need; a finding where that is excluded.
  private func closure(_ needs: ChangeNeeds) -> (Set<LogicalID>, [Diagnostic]) {
    var kept: Set<LogicalID> = []
    var causes: [LogicalID: LogicalID] = [:]
    var waiting = targets.filter(needs.isChanged)
    let excluded = Set(exclusions)
    var findings: [Diagnostic] = []
    while let id = waiting.popLast() {
      guard kept.insert(id).inserted else { continue }
      if excluded.contains(id) {
        let message =
          causes[id].map { "`\($0)` needs the change of `\(id)`, which is excluded" }
          ?? "`\(id)` is a target and excluded"
        findings.append(Diagnostic(.invalidArgument, message, at: nil))
      }
      for other in needs.of(id) where !kept.contains(other) {
        causes[other] = causes[other] ?? id
        waiting.append(other)
      }
    }
    return (kept, findings)
  }

  /// All changes without the excluded ones and those that need one of them, each with what it lacks.
  private func remainder(_ needs: ChangeNeeds) -> (Set<LogicalID>, [LogicalID: LogicalID]) {
    var kept = needs.changed
    var blockers: [LogicalID: LogicalID] = [:]
    var gone = exclusions.filter(needs.isChanged)
    for id in gone { kept.remove(id) }
    while let id = gone.popLast() {
      for other in needs.dependents(of: id) where kept.contains(other) {
        kept.remove(other)
        blockers[other] = id
        gone.append(other)
      }
    }
    return (kept, blockers)
  }

  /// A stack can't be made of nothing.
  private func nothingLeft(_ plan: Plan, _ leftOut: [ResourceChange]) -> [Diagnostic] {
    let count = plan.changes.count { $0.action != .keep }
    guard plan.kind == .create, count > 0, count == leftOut.count else { return [] }
    return [
      Diagnostic(
        .invalidArgument, "every resource of the new stack is left out", at: nil,
        hint: "a stack is made with one resource at least")
    ]
  }
}

/// The changes that each change of a plan can't be carried out without.
private struct ChangeNeeds {
  private(set) var changed: Set<LogicalID> = []
  private var needs: [LogicalID: [LogicalID]] = [:]
  private var neededBy: [LogicalID: [LogicalID]] = [:]

  init(_ changes: [ResourceChange]) {
    let moving = changes.filter { $0.action != .keep }
    changed = Set(moving.map(\.logicalID))
    // Changes of resources that refer to another one as the stack is now.
    var referrers: [LogicalID: [LogicalID]] = [:]
    for change in moving {
      for id in change.before?.dependsOn ?? [] {
        referrers[id, default: []].append(change.logicalID)
      }
    }
    for change in moving {
      var found = (change.after?.dependsOn ?? []).filter(changed.contains)
      if change.deletesOld, let old = change.before?.logicalID { found += referrers[old] ?? [] }
      for id in found where id != change.logicalID {
        needs[change.logicalID, default: []].append(id)
        neededBy[id, default: []].append(change.logicalID)
      }
    }
  }

  func isChanged(_ id: LogicalID) -> Bool { changed.contains(id) }
  func of(_ id: LogicalID) -> [LogicalID] { needs[id] ?? [] }
  func dependents(of id: LogicalID) -> [LogicalID] { neededBy[id] ?? [] }
}
