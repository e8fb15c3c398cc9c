import ResourceModel
import StackModel

/// The way back, after a step has failed.
extension DeploymentScript {
  func startRollbackCleanup(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    guard var head = try transaction.head(environment) else { return [] }
    if keepsOnFailure {
      try transaction.move(
        deployment.id, to: .rollbackCleanup,
        failure: try transaction.phase(of: deployment.id)?.failure)
      return []
    }
    let failed = try unreverted(transaction)
    if failed.isEmpty {
      head.status = .updateRollbackCompleteCleanupInProgress
      head.statusReason = nil
      try transaction.saveHead(head)
      try transaction.move(
        deployment.id, to: .rollbackCleanup,
        failure: try transaction.phase(of: deployment.id)?.failure)
      return [try stackEvent(head, transaction)]
    }
    let events = try giveUpRollback(transaction)
    head.status = .updateRollbackFailed
    head.statusReason = failureReason("update", failed)
    try transaction.saveHead(head)
    try transaction.move(deployment.id, to: .stuck, failure: head.statusReason)
    return try events + [stackEvent(head, transaction)]
  }

  /// Ends a rollback. Resources that could not be taken back may need the new ones: they stay, and
  /// so do the old ones that they were to replace. Both are recorded, so that the next deployment
  /// can remove them. Returns the events of the nested stacks.
  private func giveUpRollback(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    var events: [StackEvent] = []
    for change in plan.changes {
      if let child = child(of: change) {
        events += try child.giveUpRollback(transaction)
        events += try child.setStatus(.updateRollbackFailed, transaction) {
          $0.isInProgress
        }
      }
      guard change.action == .replace, try isBegun(change, transaction), let before = change.before
      else { continue }
      try transaction.saveResource(leftover(before), in: environment)
    }
    return events
  }

  func finishRollback(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    if keepsOnFailure { return try stop(transaction) }
    guard var head = try transaction.head(environment) else { return [] }
    let left = try undeleted(in: .rollbackCleanup, transaction)
    let failure = try transaction.phase(of: deployment.id)?.failure
    head.statusReason = failureReason("delete", left) ?? failure
    switch (plan.kind, left.isEmpty) {
    case _ where plan.isImport: head.status = .importRollbackComplete
    case (.create, true) where plan.choices?.onFailure == .delete:
      head.status = .deleteComplete
      head.deletedAt = now
    case (.create, false) where plan.choices?.onFailure == .delete: head.status = .deleteFailed
    case (.create, true): head.status = .rollbackComplete
    case (.create, false): head.status = .rollbackFailed
    case (_, true): head.status = .updateRollbackComplete
    case (_, false): head.status = .updateRollbackFailed
    }
    let previous = try plan.kind == .update && left.isEmpty ? self.previous(transaction) : nil
    if let previous, !plan.isImport {
      // The stack was half done when this deployment began: back to where it stood before.
      try transaction.end(deployment.id)
      return try previous.takeBack(because: failure, transaction)
    }
    try transaction.saveHead(head)
    if head.status == .updateRollbackFailed {
      try transaction.move(deployment.id, to: .stuck, failure: head.statusReason)
    } else {
      try transaction.end(deployment.id)
    }
    return [try stackEvent(head, transaction)]
  }
}
