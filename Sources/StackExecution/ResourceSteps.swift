import Effects
import PropertyTree
import ResourceModel
import StackModel

/// The steps that make and change resources, and that take changes back.
extension DeploymentScript {
  // MARK: Forward

  func forwardStep(_ change: ResourceChange) -> DeploymentStep {
    let name = name(.forward, change)
    return resourceStep(name, change, in: .forward) { transaction in
      guard let planned = change.after else { return StepReport() }
      if try isSpared(change, transaction) { return StepReport() }
      var report = StepReport(events: [
        try resourceEvent(
          change.action == .replace ? change.before ?? planned : planned, change.statusInProgress,
          reason: change.action == .replace
            ? "Requested update requires the creation of a new physical resource; hence creating "
              + "one." : nil,
          transaction)
      ])
      var after = planned
      after.updatedAt = now
      do {
        after = try answered(after, transaction)
        if var call = try call(change, after, transaction),
          case .waits(let token) = try transaction.begin(call, at: now)
        {
          // The journal keeps no secret that somebody else has put there.
          if let found = change.found { call.previous?.properties = found }
          after.status = change.statusInProgress
          try transaction.saveResource(after, in: environment)
          report.wait = try startWait(call, token, name, transaction)
          return report
        }
      } catch {
        return try fail(change, after, .failed, error, report, transaction)
      }
      return try complete(change, after, report, transaction)
    } end: { wait, outcome, transaction in
      var after = wait.call.resource
      after.updatedAt = now
      do {
        if let known = try transaction.finish(wait, outcome.get(), at: now) {
          after.identity = known
        }
      } catch {
        return try fail(change, after, .incomplete, error, StepReport(), transaction)
      }
      return try complete(change, after, StepReport(), transaction)
    }
  }

  /// An update that hung on a value which came out as it was: nothing is called, nothing told.
  private func isSpared(_ change: ResourceChange, _ transaction: any DeploymentTransaction) throws
    -> Bool
  {
    guard change.action == .update, change.found == nil, let before = change.before,
      var after = change.after,
      after.properties.containsDeferred,
      before.deletionPolicy == after.deletionPolicy,
      before.updateReplacePolicy == after.updateReplacePolicy,
      // A value that can't be computed fails the step itself.
      let known = try? answered(after, transaction), known.properties == before.properties
    else { return false }
    after = known
    after.status = before.status
    after.updatedAt = before.updatedAt
    try transaction.saveResource(after, in: environment)
    try transaction.record(.done, of: name(.forward, change), in: deployment.id)
    return true
  }

  /// The resource with what is known now in the place of deferred values.
  func answered(_ resource: ResourceState, _ transaction: any DeploymentTransaction) throws
    -> ResourceState
  {
    guard resource.properties.containsDeferred else { return resource }
    var resource = resource
    resource.properties = try answered(resource.properties, transaction)
    let isPending = resource.identity.isPending
    if !isPending { resource.identity = try answered(resource.identity, transaction) }
    return resource
  }

  private func answered(_ identity: ResourceIdentity, _ transaction: any DeploymentTransaction)
    throws -> ResourceIdentity
  {
    var identity = identity
    // An id that is made of a property (a bucket's policy, a consumer's).
    let physicalID = try answered(.string(identity.physicalID), transaction)
    identity.physicalID = physicalID.scalarText ?? identity.physicalID
    identity.reference = try answered(identity.reference, transaction)
    if let attributes = try answered(.object(identity.attributes), transaction).objectValue {
      identity.attributes = attributes
    }
    return identity
  }

  func answered(_ value: PropertyValue, _ transaction: any DeploymentTransaction) throws
    -> PropertyValue
  {
    try value.answered { try transaction.resource($0, ofStack: $1)?.identity }
  }

  /// nil for a change of DeletionPolicy alone, which concerns the stack's record only. A resource
  /// that has drifted is changed from what it is.
  private func call(
    _ change: ResourceChange, _ after: ResourceState, _ transaction: any DeploymentTransaction
  ) throws -> ResourceCall? {
    guard change.action == .update else { return ResourceCall(.create, after, in: environment) }
    guard var before = change.before else { return nil }
    if change.found != nil,
      let live = try transaction.found(change, in: environment, at: now)
    {
      before.properties = live
    }
    guard before.properties != after.properties else { return nil }
    return ResourceCall(.update, after, from: before, in: environment)
  }

  func complete(
    _ change: ResourceChange, _ resource: ResourceState, _ report: StepReport,
    _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    var (after, report) = (resource, report)
    if after.identity.isPending {
      // The wait has told nothing else.
      after.identity.reference = .string(after.identity.physicalID)
      after.identity.isPending = false
    }
    after.status = change.action == .create ? .createComplete : .updateComplete
    try transaction.saveResource(after, in: environment)
    try transaction.record(.done, of: name(.forward, change), in: deployment.id)
    report.events.append(try resourceEvent(after, after.status, transaction))
    return report
  }

  /// - Parameter outcome: `incomplete` where a wait has left something behind.
  func fail(
    _ change: ResourceChange, _ after: ResourceState, _ outcome: StepOutcome, _ error: any Error,
    _ report: StepReport, _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    var report = report
    let reason = transaction.describe(error)
    report.events.append(try resourceEvent(after, change.statusFailed, reason: reason, transaction))
    try transaction.record(outcome, of: name(.forward, change), in: deployment.id)
    if outcome == .incomplete {
      try saveFailed(change, after, reason, transaction)
    } else if keepsOnFailure, enclosing == nil, let before = change.before,
      change.action != .create
    {
      // It is as it was, and its status stays with it.
      try saveFailed(change, before, reason, transaction)
    }
    report.events += try turnBack(transaction)
    report.turnsBack = true
    return report
  }

  func saveFailed(
    _ change: ResourceChange, _ after: ResourceState, _ reason: String,
    _ transaction: any DeploymentTransaction
  ) throws {
    var failed = after
    failed.updatedAt = now
    failed.status = change.statusFailed
    failed.statusReason = reason
    try transaction.saveResource(failed, in: environment)
  }

  // MARK: Taking updates back

  func revertStep(_ change: ResourceChange) -> DeploymentStep {
    let name = name(.rollback, change)
    return resourceStep(name, change, in: .rollback) { transaction in
      guard try isBegun(change, transaction), var before = change.before,
        let after = try recorded(change, transaction)
      else { return StepReport() }
      var report = StepReport(events: [
        try resourceEvent(before, .updateInProgress, transaction)
      ])
      before.updatedAt = now
      do {
        var restored = before
        restored.properties = change.foundProperties ?? before.properties
        if change.action == .update, restored.properties != after.properties {
          let call = ResourceCall(.update, restored, from: after, in: environment)
          if case .waits(let token) = try transaction.begin(call, at: now) {
            report.wait = try startWait(call, token, name, transaction)
            return report
          }
        }
      } catch {
        return try failRevert(name, after, error, report, transaction)
      }
      return try completeRevert(change, before, report, transaction)
    } end: { wait, outcome, transaction in
      var before = wait.call.resource
      before.properties = change.before?.properties ?? before.properties
      before.updatedAt = now
      let after = wait.call.previous ?? before
      do {
        if let known = try transaction.finish(wait, outcome.get(), at: now) {
          before.identity = known
        }
        if before.identity.physicalID != after.identity.physicalID {
          // The next deployment removes it.
          try transaction.saveResource(leftover(after), in: environment)
        }
      } catch {
        return try failRevert(name, after, error, StepReport(), transaction)
      }
      return try completeRevert(change, before, StepReport(), transaction)
    }
  }

  func failRevert(
    _ name: String, _ resource: ResourceState, _ error: any Error, _ report: StepReport,
    _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    var (after, report) = (resource, report)
    after.updatedAt = now
    after.status = .updateFailed
    after.statusReason = transaction.describe(error)
    try transaction.saveResource(after, in: environment)
    try transaction.record(.failed, of: name, in: deployment.id)
    report.events.append(
      try resourceEvent(after, .updateFailed, reason: after.statusReason, transaction))
    return report
  }

  func completeRevert(
    _ change: ResourceChange, _ resource: ResourceState, _ report: StepReport,
    _ transaction: any DeploymentTransaction
  ) throws -> StepReport {
    var (before, report) = (resource, report)
    if keepsOnFailure, enclosing == nil {
      before.status = .updateFailed
      before.statusReason = try recorded(change, transaction)?.statusReason
    } else {
      before.status = .updateComplete
    }
    // A replacement's old resource takes its logical id back when the new one is deleted.
    if change.action == .update { try transaction.saveResource(before, in: environment) }
    try transaction.record(.done, of: name(.rollback, change), in: deployment.id)
    report.events.append(
      try resourceEvent(before, before.status, reason: before.statusReason, transaction))
    return report
  }

  // MARK: Parts

  /// True where the forward step has left something that a rollback must take back.
  func isBegun(_ change: ResourceChange, _ transaction: any DeploymentTransaction) throws -> Bool {
    let outcome = try transaction.outcome(of: name(.forward, change), in: deployment.id)
    guard outcome == .done || outcome == .incomplete else { return false }
    guard keepsOnFailure else { return true }
    // A nested stack that failed is taken back as a whole.
    if let enclosing { return try enclosing.script.isBegun(enclosing.change, transaction) }
    return outcome == .incomplete
  }

  /// The identity that the forward step has made: waits may have told more of it than the plan.
  func recorded(_ change: ResourceChange, _ transaction: any DeploymentTransaction) throws
    -> ResourceState?
  {
    guard
      mayWait(change.type) || change.nestedPlan != nil
        || change.after?.properties.containsDeferred == true
    else {
      return change.after
    }
    return try transaction.resource(change.logicalID, ofStack: environment.stackID)
      ?? change.after
  }

  func startWait(
    _ call: ResourceCall, _ token: StepToken, _ name: String,
    _ transaction: any DeploymentTransaction
  ) throws -> ResourceWait {
    let wait = ResourceWait(call, token)
    try transaction.record(.waiting, of: name, in: deployment.id, wait: wait)
    return wait
  }

  /// A step that happens once, and only while the deployment is in its phase.
  func resourceStep(
    _ name: String, _ change: ResourceChange, in phase: DeploymentPhase,
    begin: @escaping DeploymentStep.Body,
    end:
      @escaping @Sendable (
        ResourceWait, Result<PropertyValue, StepFailure>, any DeploymentTransaction
      ) throws -> StepReport
  ) -> DeploymentStep {
    let id = deployment.id
    return DeploymentStep(
      name: name, mayWait: mayWait(change.type),
      begin: { transaction in
        guard try transaction.phase(of: id)?.phase == phase, try isOpen(in: phase, transaction)
        else { return StepReport() }
        switch try transaction.outcome(of: name, in: id) {
        case nil: return try begin(transaction)
        case .waiting: return StepReport(wait: try transaction.waits(of: id)[name])
        default: return StepReport()
        }
      },
      end: { wait, outcome in
        { transaction in
          guard try transaction.phase(of: id)?.phase == phase,
            try transaction.outcome(of: name, in: id) == .waiting
          else { return StepReport() }
          return try end(wait, outcome, transaction)
        }
      })
  }
}

extension ResourceChange {
  var statusInProgress: ResourceStatus {
    action == .create ? .createInProgress : .updateInProgress
  }

  var statusFailed: ResourceStatus {
    action == .create ? .createFailed : .updateFailed
  }
}
