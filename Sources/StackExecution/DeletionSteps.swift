import Effects
import PropertyTree
import ResourceModel
import StackModel

/// The steps that delete resources: those that leave the stack, and those that a failed deployment had
/// made.
extension DeploymentScript {
  /// Deletes the old resource after success (`cleanup`), the new one after failure
  /// (`rollbackCleanup`).
  ///
  /// - Parameter dependents: the deletions of the resources that need this one.
  func deletionStep(
    _ change: ResourceChange, in phase: DeploymentPhase, after dependents: [String]
  ) -> DeploymentStep {
    let name = name(phase, change)
    let isRollback = phase == .rollbackCleanup
    return resourceStep(name, change, in: phase) { transaction in
      if isRollback, try !isBegun(change, transaction) { return StepReport() }
      guard let victim = try isRollback ? recorded(change, transaction) : change.before,
        try change.action != .update || isRenamed(change, transaction)
      else { return StepReport() }
      if isRetained(change, isRollback) {
        return StepReport(events: try leave(change, victim, name, isRollback, transaction))
      }
      if try isBlocked(after: dependents, transaction) {
        try transaction.record(.blocked, of: name, in: deployment.id)
        if isRollback { try keep(change, victim, isRollback, nil, transaction) }
        return StepReport()
      }
      var report = StepReport(events: [try resourceEvent(victim, .deleteInProgress, transaction)])
      let call = ResourceCall(
        .delete, victim, in: environment, discardsContents: plan.discardsContents)
      do {
        if case .waits(let token) = try transaction.begin(call, at: now) {
          if !change.keepsLogicalID {
            var leaving = victim
            leaving.status = .deleteInProgress
            try transaction.saveResource(leaving, in: environment)
          }
          report.wait = try startWait(call, token, name, transaction)
          return report
        }
      } catch {
        return try failDeletion(change, victim, phase, error, report, transaction)
      }
      return try completeDeletion(change, victim, phase, report, transaction)
    } end: { wait, outcome, transaction in
      let victim = wait.call.resource
      do {
        _ = try transaction.finish(wait, outcome.get(), at: now)
      } catch {
        return try failDeletion(change, victim, phase, error, StepReport(), transaction)
      }
      return try completeDeletion(change, victim, phase, StepReport(), transaction)
    }
  }

  func failDeletion(
    _ change: ResourceChange, _ victim: ResourceState, _ phase: DeploymentPhase,
    _ error: any Error, _ report: StepReport, _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    var report = report
    let reason = transaction.describe(error)
    if phase == .cleanup, deployment.plan.choices?.forcesDeletion == true {
      report.events += try leave(
        change, victim, name(phase, change), false, because: reason, transaction)
      return report
    }
    try keep(change, victim, phase == .rollbackCleanup, reason, transaction)
    try transaction.record(.failed, of: name(phase, change), in: deployment.id)
    report.events.append(try resourceEvent(victim, .deleteFailed, reason: reason, transaction))
    return report
  }

  func completeDeletion(
    _ change: ResourceChange, _ victim: ResourceState, _ phase: DeploymentPhase,
    _ report: StepReport, _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    var report = report
    try forget(change, phase == .rollbackCleanup, transaction)
    try transaction.record(.done, of: name(phase, change), in: deployment.id)
    report.events.append(try resourceEvent(victim, .deleteComplete, transaction))
    return report
  }

  func isRetained(_ change: ResourceChange, _ isRollback: Bool) -> Bool {
    if change.action == .retain { return true }
    // `RetainExceptOnCreate` differs from `Retain` here alone.
    if isRollback {
      return plan.kind == .create && change.after?.deletionPolicy == .retain
        && deployment.plan.choices?.retainsExceptOnCreate != true
    }
    return change.keepsLogicalID && change.after?.updateReplacePolicy == .retain
  }

  func leave(
    _ change: ResourceChange, _ victim: ResourceState, _ name: String, _ isRollback: Bool,
    because reason: String? = nil, _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    try forget(change, isRollback, transaction)
    try transaction.record(.done, of: name, in: deployment.id)
    return [try resourceEvent(victim, .deleteSkipped, reason: reason, transaction)]
  }

  /// The deleted resource leaves the record; a rolled-back replacement gives way to the old one.
  private func forget(
    _ change: ResourceChange, _ isRollback: Bool, _ transaction: any DeploymentTransaction
  ) throws {
    if !change.keepsLogicalID {
      try transaction.removeResource(change.logicalID, in: environment)
    } else if isRollback, let before = change.before {
      try transaction.saveResource(before, in: environment)
    }
  }

  /// A resource that stays against the plan stays in the record.
  func keep(
    _ change: ResourceChange, _ victim: ResourceState, _ isRollback: Bool, _ reason: String?,
    _ transaction: any DeploymentTransaction
  ) throws {
    var victim = victim
    victim.status = .deleteFailed
    victim.statusReason = reason
    victim.updatedAt = now
    guard change.keepsLogicalID else {
      return try transaction.saveResource(victim, in: environment)
    }
    try transaction.saveResource(leftover(victim), in: environment)
    if isRollback, let before = change.before {
      try transaction.saveResource(before, in: environment)
    }
  }

  /// True when a resource that needs this one could not be deleted.
  func isBlocked(after dependents: [String], _ transaction: any DeploymentTransaction) throws
    -> Bool
  {
    try dependents.contains { name in
      let outcome = try transaction.outcome(of: name, in: deployment.id)
      return outcome == .failed || outcome == .blocked
    }
  }

  /// True where an update has told another physical id: the old resource is then to go.
  func isRenamed(_ change: ResourceChange, _ transaction: any DeploymentTransaction) throws
    -> Bool
  {
    try recorded(change, transaction)?.identity.physicalID != change.before?.identity.physicalID
  }
}

extension ResourceChange {
  /// True where another resource bears the logical id when this change is done.
  fileprivate var keepsLogicalID: Bool { action == .replace || action == .update }
}
