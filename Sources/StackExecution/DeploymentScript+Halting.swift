import ResourceModel
import StackModel

/// Deployments that end half way: those that were to be left so when they failed, and those whose
/// rollback failed.
extension DeploymentScript {
  /// True where a failure takes back what failed and nothing else.
  var keepsOnFailure: Bool { deployment.plan.keepsOnFailure }

  /// Ends a failed deployment whose work stays. Old halves of replacements are put aside on record,
  /// so that the next deployment removes them.
  func stop(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    guard var head = try transaction.head(environment) else { return [] }
    let failure = try transaction.phase(of: deployment.id)?.failure
    let events = try putAsideOldHalves(transaction)
    head.status = plan.kind == .create ? .createFailed : .updateFailed
    head.statusReason = failure
    try transaction.saveHead(head)
    try transaction.move(deployment.id, to: .stopped, failure: failure)
    return try events + [stackEvent(head, transaction)]
  }

  private func putAsideOldHalves(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    var events: [StackEvent] = []
    for change in plan.changes where change.isForward && change.action != .create {
      guard let before = change.before,
        try transaction.outcome(of: name(.forward, change), in: deployment.id) == .done
      else { continue }
      if let child = child(of: change) {
        events += try child.putAsideOldHalves(transaction)
        events += try child.setStatus(
          .updateFailed, reason: "The stack around was stopped", transaction
        ) { $0.isInProgress }
      }
      guard try change.action == .replace || isRenamed(change, transaction) else { continue }
      try transaction.saveResource(leftover(before), in: environment)
    }
    return events
  }

  // MARK: Taking back

  /// Resources whose updates are not taken back.
  private struct Skips {
    /// Those that are asked for and have not been met yet.
    var open: Set<String>
    /// True where all are skipped that failed.
    var areAll: Bool

    mutating func take(_ title: String) -> Bool { open.remove(title) != nil || areAll }
  }

  /// Turns a halted deployment back, as if it had just failed. `script` holds the plan as it goes on
  /// from here. Returns the event of the stack, and those of resources that are skipped.
  ///
  /// - Parameter skipped: resources whose updates stay: `Logical`, or `NestedStackName.Logical`.
  ///   Throws `DeploymentRefusal` where the rollback of one did not fail.
  func takeBack(
    skipping skipped: [String] = [], skipsFailed: Bool = false,
    because reason: String? = "User Initiated",
    _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    var skips = Skips(open: Set(skipped), areAll: skipsFailed)
    var events = try retract(&skips, transaction)
    if let unknown = skips.open.sorted().first {
      throw DeploymentRefusal.unsuitable(
        "Resource [\(unknown)] can not be skipped: it is not in the state UPDATE_FAILED because of "
          + "a rollback")
    }
    guard var head = try transaction.head(environment) else { return events }
    var resumed = deployment
    resumed.phase = plan.kind == .create ? .rollbackCleanup : .rollback
    resumed.failure = reason
    head.status = plan.kind == .create ? .rollbackInProgress : .updateRollbackInProgress
    head.statusReason = reason
    try transaction.saveHead(head)
    try transaction.resume(resumed)
    events.append(try stackEvent(head, transaction))
    return events
  }

  /// Makes the records what they were before the deployment halted: what was put aside has its
  /// logical ID again, and what failed on the way back is to be tried again.
  private func retract(_ skips: inout Skips, _ transaction: any DeploymentTransaction)
    throws -> [StackEvent]
  {
    var events: [StackEvent] = []
    for change in plan.changes where change.isForward {
      if let child = child(of: change) {
        events += try child.retract(&skips, transaction)
      }
      try takeUp(change, transaction)
      events += try retractRevert(change, &skips, transaction)
      try retractCleanup(change, transaction)
    }
    return events
  }

  /// The old half of a replacement leaves the record again, where it was put aside.
  private func takeUp(_ change: ResourceChange, _ transaction: any DeploymentTransaction) throws {
    guard let before = change.before else { return }
    let aside = leftover(before).logicalID
    let held = try transaction.resource(aside, ofStack: environment.stackID)
    if held?.identity.physicalID == before.identity.physicalID {
      try transaction.removeResource(aside, in: environment)
    }
    // A failure was marked so, and left the resource as it was before.
    let recorded = try transaction.resource(change.logicalID, ofStack: environment.stackID)
    if let recorded, recorded.status == .updateFailed,
      recorded.identity == before.identity, recorded.properties == before.properties
    {
      try transaction.saveResource(before, in: environment)
    }
  }

  private func retractRevert(
    _ change: ResourceChange, _ skips: inout Skips,
    _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    let name = name(.rollback, change)
    let outcome = try transaction.outcome(of: name, in: deployment.id)
    let child = child(of: change)
    guard outcome == .failed else {
      if let child, outcome == .done {
        // Halting had said of it what was true of the whole.
        return try child.setStatus(.updateRollbackCompleteCleanupInProgress, transaction) {
          $0 == .updateRollbackFailed
        }
      }
      return []
    }
    let title =
      enclosing == nil ? change.logicalID.text : "\(environment.stackName).\(change.logicalID)"
    guard child == nil, skips.take(title) else {
      try transaction.forget(
        [name] + (child.map { [$0.openName(.rollback)] } ?? []), in: deployment.id)
      return []
    }
    try transaction.record(.done, of: name, in: deployment.id)
    guard var left = try transaction.resource(change.logicalID, ofStack: environment.stackID) else {
      return []
    }
    left.status = .updateComplete
    left.statusReason = nil
    left.updatedAt = now
    try transaction.saveResource(left, in: environment)
    return [
      try resourceEvent(left, .updateComplete, reason: "The rollback skips it", transaction)
    ]
  }

  private func retractCleanup(_ change: ResourceChange, _ transaction: any DeploymentTransaction)
    throws
  {
    let name = name(.rollbackCleanup, change)
    let child = child(of: change)
    switch try transaction.outcome(of: name, in: deployment.id) {
    case .failed?, .blocked?: break
    case .done? where child != nil && change.action == .update: break
    default: return
    }
    try transaction.forget(
      [name] + (child.map { [$0.openName(.rollbackCleanup)] } ?? []), in: deployment.id)
    guard change.action != .create, let after = change.after else { return }
    let aside = leftover(after).logicalID
    guard var victim = try transaction.resource(aside, ofStack: environment.stackID) else { return }
    try transaction.removeResource(aside, in: environment)
    victim.logicalID = change.logicalID
    try transaction.saveResource(victim, in: environment)
  }

  // MARK: Beginning anew

  /// Forgets halted deployments that this one takes the place of: all where it deletes the stack, or
  /// where one of them could not be taken back.
  func supersedeHalted(_ transaction: any DeploymentTransaction) throws {
    let halted = try transaction.halted(environment)
    guard plan.kind == .delete || halted.contains(where: { $0.phase == .stuck }) else { return }
    for deployment in halted { try transaction.end(deployment.id) }
  }

  /// Forgets halted deployments: this one has gone on from there, and is through.
  func endHalted(_ transaction: any DeploymentTransaction) throws {
    guard plan.resumes == true else { return }
    for deployment in try transaction.halted(environment) { try transaction.end(deployment.id) }
  }

  /// The script of the deployment that this one went on from; nil where there is none.
  func previous(_ transaction: any DeploymentTransaction) throws -> DeploymentScript? {
    guard plan.resumes == true,
      var deployment = try transaction.halted(environment).last(where: { $0.phase == .stopped })
    else { return nil }
    deployment.plan.choose {
      $0.onFailure = .rollback
      $0.operation = operation
    }
    return DeploymentScript(deployment: deployment, effects: effects, mayWait: mayWait)
  }
}
