import PropertyTree
import ResourceModel
import StackModel

/// The steps of a nested stack as a whole, around those of its resources: one that opens and one that
/// closes, in each phase. They are steps of its resource in the stack around.
extension DeploymentScript {
  private typealias Body =
    @Sendable (
      _ outer: DeploymentScript, _ change: ResourceChange, any DeploymentTransaction
    ) throws -> StepReport

  /// `open-forward/Parent`: no logical id has a hyphen.
  func openName(_ phase: DeploymentPhase) -> String {
    "open-\(phase.stepName)/\(path.dropLast())"
  }

  /// False for the resources of a nested stack that could not be opened: it stays, or is deleted
  /// later.
  func isOpen(in phase: DeploymentPhase, _ transaction: any DeploymentTransaction) throws -> Bool {
    guard let enclosing else { return true }
    switch (phase, enclosing.change.action) {
    case (.cleanup, .delete), (.rollbackCleanup, .create):
      return try transaction.outcome(of: openName(phase), in: deployment.id) == .done
    default: return true
    }
  }

  /// A step of the resource around.
  private func step(
    _ name: String, in phase: DeploymentPhase, _ body: @escaping Body
  ) -> DeploymentStep {
    guard let enclosing else { return DeploymentStep(name: name) { _ in StepReport() } }
    let (outer, change, id) = (enclosing.script, enclosing.change, deployment.id)
    return DeploymentStep(name: name) { transaction in
      guard try transaction.phase(of: id)?.phase == phase,
        try outer.isOpen(in: phase, transaction),
        try transaction.outcome(of: name, in: id) == nil
      else { return StepReport() }
      return try body(outer, change, transaction)
    }
  }

  private func closeName(_ phase: DeploymentPhase) -> String {
    "\(phase.stepName)/\(path.dropLast())"
  }

  // MARK: Forward

  func openForward() -> DeploymentStep {
    step(openName(.forward), in: .forward) { outer, change, transaction in
      guard var after = change.after else { return StepReport() }
      after.updatedAt = now
      var report = StepReport(events: [
        try outer.resourceEvent(after, change.statusInProgress, transaction)
      ])
      do {
        after.properties = try outer.answered(after.properties, transaction)
        if !plan.isEmpty {
          let current = try transaction.stack(named: environment.stackName, in: environment)
          report.events.append(
            try stackEvent(try beginHead(current, transaction), transaction))
        }
      } catch {
        return try outer.fail(change, after, .failed, error, report, transaction)
      }
      after.status = change.statusInProgress
      try transaction.saveResource(after, in: outer.environment)
      try transaction.record(.done, of: openName(.forward), in: deployment.id)
      return report
    }
  }

  func closeForward() -> DeploymentStep {
    step(closeName(.forward), in: .forward) { outer, change, transaction in
      guard var after = try outer.recorded(change, transaction) else { return StepReport() }
      after.updatedAt = now
      var report = StepReport()
      do {
        let outputs = try settledOutputs(transaction)
        report.events = try finishForward(outputs, transaction)
      } catch {
        // Recorded as begun, so that the rollback finds it.
        report.events = try setStatus(
          plan.kind == .create ? .createFailed : .updateRollbackInProgress,
          reason: transaction.describe(error), transaction)
        return try outer.fail(change, after, .incomplete, error, report, transaction)
      }
      return try outer.complete(change, after, report, transaction)
    }
  }

  /// A stack that was there before takes its new description over when the whole deployment is
  /// through.
  private func finishForward(
    _ outputs: [StackOutput], _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    guard plan.kind == .create else {
      guard plan.isEmpty else {
        return try setStatus(.updateCompleteCleanupInProgress, transaction)
      }
      return try setStatus(.updateComplete, transaction) {
        $0 != .updateComplete && $0 != .createComplete
      }
    }
    guard var head = try transaction.head(environment) else { return [] }
    head.outputs = outputs
    head.status = .createComplete
    try transaction.saveHead(head)
    return [try stackEvent(head, transaction)]
  }

  // MARK: Backwards

  /// - Parameter dependents: the steps of the resources that need this stack.
  func open(in phase: DeploymentPhase, after dependents: [String]) -> DeploymentStep {
    step(openName(phase), in: phase) { outer, change, transaction in
      switch (phase, change.action) {
      case (.cleanup, .delete), (.rollbackCleanup, .create):
        return try openDeletion(in: phase, after: dependents, outer, change, transaction)
      case (.rollback, _):
        guard try outer.isBegun(change, transaction), let before = change.before else {
          return StepReport()
        }
        var report = StepReport(events: [
          try outer.resourceEvent(before, .updateInProgress, transaction)
        ])
        if !plan.isEmpty {
          report.events += try setStatus(.updateRollbackInProgress, transaction) {
            $0 != .updateRollbackInProgress
          }
        }
        try transaction.record(.done, of: openName(phase), in: deployment.id)
        return report
      default: return StepReport()
      }
    }
  }

  private func openDeletion(
    in phase: DeploymentPhase, after dependents: [String], _ outer: DeploymentScript,
    _ change: ResourceChange, _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    let isRollback = phase == .rollbackCleanup
    let name = closeName(phase)
    if isRollback, try !outer.isBegun(change, transaction) { return StepReport() }
    guard let victim = try isRollback ? outer.recorded(change, transaction) : change.before else {
      return StepReport()
    }
    if outer.isRetained(change, isRollback) {
      return StepReport(events: try outer.leave(change, victim, name, isRollback, transaction))
    }
    if try outer.isBlocked(after: dependents, transaction) {
      try transaction.record(.blocked, of: name, in: deployment.id)
      if isRollback { try outer.keep(change, victim, isRollback, nil, transaction) }
      return StepReport()
    }
    try transaction.record(.done, of: openName(phase), in: deployment.id)
    return StepReport(
      events: [try outer.resourceEvent(victim, .deleteInProgress, transaction)]
        + (try setStatus(.deleteInProgress, transaction)))
  }

  func close(in phase: DeploymentPhase) -> DeploymentStep {
    step(closeName(phase), in: phase) { outer, change, transaction in
      switch (phase, change.action) {
      case (.cleanup, .delete), (.rollbackCleanup, .create):
        return try closeDeletion(in: phase, outer, change, transaction)
      case (.rollback, _): return try closeRevert(outer, change, transaction)
      default:
        let isRollback = phase == .rollbackCleanup
        if isRollback, try !outer.isBegun(change, transaction) { return StepReport() }
        let left = try undeleted(in: phase, transaction)
        let inProgress: StackStatus =
          isRollback ? .updateRollbackCompleteCleanupInProgress : .updateCompleteCleanupInProgress
        let status: StackStatus =
          isRollback
          ? (left.isEmpty ? .updateRollbackComplete : .updateRollbackFailed) : .updateComplete
        let events = try setStatus(status, reason: failureReason("delete", left), transaction) {
          $0 == inProgress
        }
        try transaction.record(.done, of: closeName(phase), in: deployment.id)
        return StepReport(events: events)
      }
    }
  }

  private func closeDeletion(
    in phase: DeploymentPhase, _ outer: DeploymentScript, _ change: ResourceChange,
    _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    guard try transaction.outcome(of: openName(phase), in: deployment.id) == .done,
      let victim = try phase == .cleanup ? change.before : outer.recorded(change, transaction)
    else { return StepReport() }
    let left = try undeleted(in: phase, transaction)
    if let reason = failureReason("delete", left) {
      let events = try setStatus(.deleteFailed, reason: reason, transaction)
      let failure = StepFailure(
        reason: "Embedded stack \(environment.stackID) was not successfully deleted: \(reason)")
      return try outer.failDeletion(
        change, victim, phase, failure, StepReport(events: events), transaction)
    }
    let events = try setStatus(.deleteComplete, transaction)
    return try outer.completeDeletion(
      change, victim, phase, StepReport(events: events), transaction)
  }

  private func closeRevert(
    _ outer: DeploymentScript, _ change: ResourceChange, _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    guard try outer.isBegun(change, transaction), var before = change.before,
      let after = try outer.recorded(change, transaction)
    else { return StepReport() }
    before.updatedAt = now
    let failed = try unreverted(transaction)
    if let reason = failureReason("update", failed) {
      let failure = StepFailure(
        reason: "Embedded stack \(environment.stackID) was not successfully updated: \(reason)")
      return try outer.failRevert(
        outer.name(.rollback, change), after, failure, StepReport(), transaction)
    }
    var report = StepReport()
    if !plan.isEmpty {
      report.events = try setStatus(.updateRollbackCompleteCleanupInProgress, transaction)
    }
    return try outer.completeRevert(change, before, report, transaction)
  }
}
