import ResourceModel
import StackModel

/// Events and states after a step has failed.
extension DeploymentScript {
  /// Findings and writings of a turn in one stack.
  private struct Abandoned {
    var events: [StackEvent] = []
    var created: [LogicalID] = []
    var updated: [LogicalID] = []
    /// False where all that did not come to its end was cancelled.
    var hasFailed = false

    mutating func add(_ change: ResourceChange) {
      if change.action == .create {
        created.append(change.logicalID)
      } else {
        updated.append(change.logicalID)
      }
    }
  }

  /// Called inside the step that failed, when its outcome is recorded. What is under way, here and in
  /// nested stacks, is cancelled; what it had begun is taken back like what was done.
  ///
  /// - Parameter reason: nil where it is that what did not come to its end.
  func turnBack(_ transaction: any DeploymentTransaction, because reason: String? = nil) throws
    -> [StackEvent]
  {
    let root = root
    let found = try root.abandon(
      transaction.outcomes(of: deployment.id), transaction.waits(of: deployment.id), transaction)
    return try found.events + root.turnBack(because: reason ?? root.reason(found), transaction)
  }

  func turnBack(because reason: String?, _ transaction: any DeploymentTransaction) throws
    -> [StackEvent]
  {
    guard var head = try transaction.head(environment) else { return [] }
    if keepsOnFailure {
      // Only what failed goes back: the stack goes on, and tells of the failure at its end.
      try transaction.move(
        deployment.id, to: plan.kind == .create ? .rollbackCleanup : .rollback, failure: reason)
      return []
    }
    head.status =
      plan.isImport
      ? .importRollbackInProgress
      : plan.kind == .create
        ? plan.choices?.onFailure == .delete ? .deleteInProgress : .rollbackInProgress
        : .updateRollbackInProgress
    head.statusReason = reason
    try transaction.saveHead(head)
    try transaction.move(
      deployment.id, to: plan.kind == .create || plan.isImport ? .rollbackCleanup : .rollback,
      failure: reason)
    return [try stackEvent(head, transaction)]
  }

  private func abandon(
    _ outcomes: [String: StepOutcome], _ waits: [String: ResourceWait],
    _ transaction: any DeploymentTransaction
  ) throws -> Abandoned {
    var found = Abandoned()
    for change in plan.changes where change.isForward {
      let name = name(.forward, change)
      switch outcomes[name] {
      case .failed, .incomplete:
        found.hasFailed = true
        found.add(change)
      case .waiting:
        let resource = waits[name]?.call.resource ?? change.after
        found.events += try cancel(change, resource, transaction)
        found.add(change)
      case nil:
        guard let child = child(of: change), outcomes[child.openName(.forward)] == .done else {
          continue
        }
        let inner = try child.abandon(outcomes, waits, transaction)
        found.events += inner.events
        found.events += try child.fail(inner, change, transaction)
        found.hasFailed = found.hasFailed || inner.hasFailed
        found.add(change)
      default: continue
      }
    }
    return found
  }

  private func cancel(
    _ change: ResourceChange, _ resource: ResourceState?, _ transaction: any DeploymentTransaction,
    because reason: String? = nil
  ) throws -> [StackEvent] {
    guard let resource else { return [] }
    let reason =
      reason ?? "Resource \(change.action == .create ? "creation" : "update") cancelled"
    try transaction.record(.incomplete, of: name(.forward, change), in: deployment.id)
    try saveFailed(change, resource, reason, transaction)
    return [try resourceEvent(resource, change.statusFailed, reason: reason, transaction)]
  }

  /// Ends the work on this nested stack, which `change` of the stack around stands for.
  private func fail(
    _ inner: Abandoned, _ change: ResourceChange, _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    guard let enclosing else { return [] }
    var events: [StackEvent] = []
    if !plan.isEmpty {
      events = try setStatus(
        plan.kind == .create ? .createFailed : .updateRollbackInProgress, reason: reason(inner),
        transaction)
    }
    let verb = change.action == .create ? "created" : "updated"
    let reason =
      inner.hasFailed
      ? "Embedded stack \(environment.stackID) was not successfully \(verb): "
        + (reason(inner) ?? "") : nil
    let outer = enclosing.script
    return try events
      + outer.cancel(
        change, outer.recorded(change, transaction), transaction, because: reason)
  }

  private func reason(_ found: Abandoned) -> String? {
    let reasons = [
      failureReason("create", found.created.sorted()),
      failureReason("update", found.updated.sorted()),
    ]
    let text = reasons.compactMap { $0 }.joined()
    return text.isEmpty ? nil : text
  }
}
