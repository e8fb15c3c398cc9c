import Effects
import StackModel

extension ResourceChange {
  /// True for what happens before anything is deleted.
  var isForward: Bool { [.create, .update, .replace].contains(action) }
}

/// The steps that touch one resource.
extension DeploymentScript {
  // MARK: Forward

  func forwardStep(_ change: ResourceChange) -> Step {
    let name = Self.name("forward", change)
    return resourceStep(name, in: .forward) { transaction in
      guard var after = change.after else { return [] }
      let verb = change.action == .create ? "create" : "update"
      after.updatedAt = now
      after.status = change.action == .create ? .createComplete : .updateComplete
      var events = [
        try resourceEvent(
          change.action == .replace ? change.before ?? after : after,
          change.action == .create ? .createInProgress : .updateInProgress,
          reason: change.action == .replace
            ? "Requested update requires the creation of a new physical resource; hence creating "
              + "one." : nil,
          transaction)
      ]
      do {
        try carryOut(change, after, transaction)
      } catch {
        events.append(
          try resourceEvent(
            after, change.action == .create ? .createFailed : .updateFailed,
            reason: transaction.describe(error), transaction))
        try transaction.record(.failed, of: name, in: deployment.id)
        return try events + turnBack(change, verb: verb, transaction)
      }
      try transaction.saveResource(after, in: environment)
      try transaction.record(.done, of: name, in: deployment.id)
      return try events + [resourceEvent(after, after.status, transaction)]
    }
  }

  private func carryOut(
    _ change: ResourceChange, _ after: ResourceState, _ transaction: any DeploymentTransaction
  ) throws {
    guard change.action == .update else {
      return try transaction.create(after, in: environment, at: now)
    }
    // A change of DeletionPolicy alone concerns the stack's record only.
    guard let before = change.before, before.properties != after.properties else { return }
    try transaction.update(after, from: before, in: environment, at: now)
  }

  // MARK: Taking updates back

  func revertStep(_ change: ResourceChange) -> Step {
    let name = Self.name("revert", change)
    return resourceStep(name, in: .rollback) { transaction in
      guard
        try transaction.outcome(of: Self.name("forward", change), in: deployment.id) == .done,
        var before = change.before, var after = change.after
      else { return [] }
      var events = [try resourceEvent(before, .updateInProgress, transaction)]
      before.updatedAt = now
      before.status = .updateComplete
      do {
        if change.action == .update, before.properties != after.properties {
          try transaction.update(before, from: after, in: environment, at: now)
        }
      } catch {
        after.updatedAt = now
        after.status = .updateFailed
        after.statusReason = transaction.describe(error)
        try transaction.saveResource(after, in: environment)
        try transaction.record(.failed, of: name, in: deployment.id)
        events.append(
          try resourceEvent(after, .updateFailed, reason: after.statusReason, transaction))
        return events
      }
      // A replacement's old resource takes its logical id back when the new one is deleted.
      if change.action == .update { try transaction.saveResource(before, in: environment) }
      try transaction.record(.done, of: name, in: deployment.id)
      return try events + [resourceEvent(before, .updateComplete, transaction)]
    }
  }

  // MARK: Deletions

  /// Removed resources and the old halves of replacements, dependents first.
  var cleanupOrder: [ResourceChange] {
    let leaving = plan.changes.filter { [.delete, .retain, .replace].contains($0.action) }
    // Removals stand in reverse order at the plan's end: turned round, so that the sort keeps them.
    let inOrder =
      leaving.filter { $0.action == .replace } + leaving.filter { $0.action != .replace }.reversed()
    return DependencyOrder.sorted(
      inOrder, id: \.logicalID, dependsOn: { $0.before?.dependsOn ?? [] }
    ).reversed()
  }

  /// Deletes the old resource after success (`cleanup`), the new one after failure
  /// (`rollbackCleanup`).
  func deletionStep(_ change: ResourceChange, in phase: DeploymentPhase) -> Step {
    let name = Self.name(phase.rawValue, change)
    let isRollback = phase == .rollbackCleanup
    return resourceStep(name, in: phase) { transaction in
      if isRollback,
        try transaction.outcome(of: Self.name("forward", change), in: deployment.id) != .done
      {
        return []
      }
      guard let victim = isRollback ? change.after : change.before else { return [] }
      if isRetained(change, isRollback) {
        return try leave(change, victim, name, isRollback, transaction)
      }
      if try isBlocked(change, in: phase, transaction) {
        try transaction.record(.blocked, of: name, in: deployment.id)
        if isRollback { try keep(change, victim, isRollback, nil, transaction) }
        return []
      }
      var events = [try resourceEvent(victim, .deleteInProgress, transaction)]
      do {
        try transaction.delete(
          victim, in: environment, discardsContents: plan.discardsContents, at: now)
      } catch {
        let reason = transaction.describe(error)
        try keep(change, victim, isRollback, reason, transaction)
        try transaction.record(.failed, of: name, in: deployment.id)
        events.append(try resourceEvent(victim, .deleteFailed, reason: reason, transaction))
        return events
      }
      try forget(change, isRollback, transaction)
      try transaction.record(.done, of: name, in: deployment.id)
      return try events + [resourceEvent(victim, .deleteComplete, transaction)]
    }
  }

  private func isRetained(_ change: ResourceChange, _ isRollback: Bool) -> Bool {
    if change.action == .retain { return true }
    // `RetainExceptOnCreate` differs from `Retain` here alone.
    if isRollback { return plan.kind == .create && change.after?.deletionPolicy == .retain }
    return change.action == .replace && change.after?.updateReplacePolicy == .retain
  }

  private func leave(
    _ change: ResourceChange, _ victim: ResourceState, _ name: String, _ isRollback: Bool,
    _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    try forget(change, isRollback, transaction)
    try transaction.record(.done, of: name, in: deployment.id)
    return [try resourceEvent(victim, .deleteSkipped, transaction)]
  }

  /// The deleted resource leaves the record; a rolled-back replacement gives way to the old one.
  private func forget(
    _ change: ResourceChange, _ isRollback: Bool, _ transaction: any DeploymentTransaction
  ) throws {
    if change.action != .replace {
      try transaction.removeResource(change.logicalID, in: environment)
    } else if isRollback, let before = change.before {
      try transaction.saveResource(before, in: environment)
    }
  }

  /// A resource that stays against the plan stays in the record.
  private func keep(
    _ change: ResourceChange, _ victim: ResourceState, _ isRollback: Bool, _ reason: String?,
    _ transaction: any DeploymentTransaction
  ) throws {
    var victim = victim
    victim.status = .deleteFailed
    victim.statusReason = reason
    victim.updatedAt = now
    guard change.action == .replace else {
      return try transaction.saveResource(victim, in: environment)
    }
    try transaction.saveResource(leftover(victim), in: environment)
    if isRollback, let before = change.before {
      try transaction.saveResource(before, in: environment)
    }
  }

  /// True when a resource that needs this one could not be deleted.
  private func isBlocked(
    _ change: ResourceChange, in phase: DeploymentPhase, _ transaction: any DeploymentTransaction
  ) throws -> Bool {
    let users = phase == .rollbackCleanup ? dependents.after : dependents.before
    return try users[change.logicalID, default: []].contains {
      let outcome = try transaction.outcome(
        of: Self.name(phase.rawValue, $0), in: deployment.id)
      return outcome == .failed || outcome == .blocked
    }
  }

  // MARK: Guard

  /// A step that happens once, and only while the deployment is in its phase.
  private func resourceStep(
    _ name: String, in phase: DeploymentPhase,
    _ body: @escaping @Sendable (any DeploymentTransaction) throws -> [StackEvent]
  ) -> Step {
    let id = deployment.id
    return Step(name: name) { transaction in
      guard try transaction.phase(of: id)?.phase == phase,
        try transaction.outcome(of: name, in: id) == nil
      else { return [] }
      return try body(transaction)
    }
  }
}
