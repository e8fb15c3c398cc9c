import ResourceModel
import StackModel

/// The resources that need each resource, gathered once for a whole plan.
struct DependentIndex: Sendable {
  /// By what they needed as they were deployed.
  private(set) var before: [LogicalID: [LogicalID]] = [:]
  /// By what they need as they will be.
  private(set) var after: [LogicalID: [LogicalID]] = [:]

  init(_ changes: [ResourceChange]) {
    for change in changes {
      for id in change.before?.dependsOn ?? [] { before[id, default: []].append(change.logicalID) }
      for id in change.after?.dependsOn ?? [] { after[id, default: []].append(change.logicalID) }
    }
  }
}
