import Effects
import ResourceModel
import StackModel

/// The steps of one deployment, in order, and what frames them: beginning, turns and end.
struct DeploymentScript: Sendable {
  typealias Step = AtomicStep<[StackEvent]>

  let deployment: Deployment
  let effects: Effects
  let dependents: DependentIndex

  init(deployment: Deployment, effects: Effects) {
    self.deployment = deployment
    self.effects = effects
    dependents = DependentIndex(deployment.plan.changes)
  }

  var plan: Plan { deployment.plan }
  var environment: StackEnvironment { plan.environment }
  var now: Timestamp { effects.clock.now }

  /// Everything that is left from a phase on, as long as nothing fails. Each step guards itself.
  func steps(from phase: DeploymentPhase) -> [Step] {
    switch phase {
    case .forward:
      plan.changes.filter(\.isForward).map(forwardStep)
        + [framing("commit", in: .forward, commit)] + steps(from: .cleanup)
    case .cleanup:
      cleanupOrder.map { deletionStep($0, in: .cleanup) }
        + [framing("finish", in: .cleanup, finishCleanup)]
    case .rollback:
      plan.changes.reversed().filter { $0.action == .update || $0.action == .replace }
        .map(revertStep)
        + [framing("turn", in: .rollback, startRollbackCleanup)] + steps(from: .rollbackCleanup)
    case .rollbackCleanup:
      plan.changes.reversed().filter { $0.action == .create || $0.action == .replace }
        .map { deletionStep($0, in: .rollbackCleanup) }
        + [framing("finish-rollback", in: .rollbackCleanup, finishRollback)]
    }
  }

  /// A step that happens once, in one phase, when all before it in that phase have happened.
  private func framing(
    _ name: String, in phase: DeploymentPhase,
    _ body: @escaping @Sendable (any DeploymentTransaction) throws -> [StackEvent]
  ) -> Step {
    let id = deployment.id
    return Step(name: name) { transaction in
      guard try transaction.phase(of: id)?.phase == phase else { return [] }
      return try body(transaction)
    }
  }

  // MARK: Beginning

  func begin(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    let current = try transaction.stack(named: environment.stackName, in: environment)
    try PlanBasis.check(plan, against: current)
    var head: StackState
    switch plan.kind {
    case .create:
      if var old = current, old.environment.stackID != environment.stackID {
        old.status = .deleteComplete
        old.deletedAt = now
        try transaction.saveHead(old)
      }
      head = StackState(
        environment: environment, status: .createInProgress, templateBody: plan.templateBody,
        createdAt: now)
      describePlan(in: &head)
    case .update, .delete:
      guard let current else { throw DeploymentRefusal.stale("the stack does not exist any more") }
      head = current
      head.status = plan.kind == .update ? .updateInProgress : .deleteInProgress
      if plan.kind == .update { head.updatedAt = now }
    }
    head.statusReason = "User Initiated"
    try transaction.saveHead(head)
    try transaction.begin(deployment)
    return [try stackEvent(head, transaction)]
  }

  // MARK: The turn from making to cleaning

  private func commit(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    guard var head = try transaction.head(environment) else { return [] }
    for change in plan.changes where change.action == .keep {
      guard let after = change.after, after != change.before else { continue }
      try transaction.saveResource(after, in: environment)
    }
    describePlan(in: &head)
    head.outputs = plan.outputs.compactMap(\.after)
    head.statusReason = nil
    if plan.kind == .create {
      head.status = .createComplete
      try transaction.saveHead(head)
      try transaction.end(deployment.id)
    } else {
      head.status = .updateCompleteCleanupInProgress
      try transaction.saveHead(head)
      try transaction.move(deployment.id, to: .cleanup, failure: nil)
    }
    return [try stackEvent(head, transaction)]
  }

  private func finishCleanup(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    guard var head = try transaction.head(environment) else { return [] }
    let left = try undeleted(in: .cleanup, transaction)
    head.statusReason = failureReason("delete", left)
    if plan.kind == .update {
      head.status = .updateComplete
    } else if left.isEmpty {
      head.status = .deleteComplete
      head.deletedAt = now
    } else {
      head.status = .deleteFailed
    }
    try transaction.saveHead(head)
    try transaction.end(deployment.id)
    return [try stackEvent(head, transaction)]
  }

  // MARK: Turning back

  /// Called inside the step that failed.
  func turnBack(
    _ change: ResourceChange, verb: String, _ transaction: any DeploymentTransaction
  ) throws -> [StackEvent] {
    guard var head = try transaction.head(environment) else { return [] }
    let reason = failureReason(verb, [change.logicalID])
    head.status = plan.kind == .create ? .rollbackInProgress : .updateRollbackInProgress
    head.statusReason = reason
    try transaction.saveHead(head)
    try transaction.move(
      deployment.id, to: plan.kind == .create ? .rollbackCleanup : .rollback, failure: reason)
    return [try stackEvent(head, transaction)]
  }

  private func startRollbackCleanup(_ transaction: any DeploymentTransaction) throws -> [StackEvent]
  {
    guard var head = try transaction.head(environment) else { return [] }
    let outcomes = try transaction.outcomes(of: deployment.id)
    let failed = plan.changes.filter { outcomes[Self.name("revert", $0)] == .failed }
    if failed.isEmpty {
      head.status = .updateRollbackCompleteCleanupInProgress
      head.statusReason = nil
      try transaction.saveHead(head)
      try transaction.move(
        deployment.id, to: .rollbackCleanup,
        failure: try transaction.phase(of: deployment.id)?.failure)
      return [try stackEvent(head, transaction)]
    }
    // What could not be taken back may need the new resources: they stay, and so do the old ones
    // that they were to replace. Both are recorded, so that the next deployment can remove them.
    for change in plan.changes where change.action == .replace {
      guard outcomes[Self.name("forward", change)] == .done, let before = change.before else {
        continue
      }
      try transaction.saveResource(leftover(before), in: environment)
    }
    head.status = .updateRollbackFailed
    head.statusReason = failureReason("update", failed.map(\.logicalID))
    try transaction.saveHead(head)
    try transaction.end(deployment.id)
    return [try stackEvent(head, transaction)]
  }

  private func finishRollback(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    guard var head = try transaction.head(environment) else { return [] }
    let left = try undeleted(in: .rollbackCleanup, transaction)
    let failure = try transaction.phase(of: deployment.id)?.failure
    head.statusReason = failureReason("delete", left) ?? failure
    switch (plan.kind, left.isEmpty) {
    case (.create, true): head.status = .rollbackComplete
    case (.create, false): head.status = .rollbackFailed
    case (_, true): head.status = .updateRollbackComplete
    case (_, false): head.status = .updateRollbackFailed
    }
    try transaction.saveHead(head)
    try transaction.end(deployment.id)
    return [try stackEvent(head, transaction)]
  }

  // MARK: Parts

  static func name(_ phase: String, _ change: ResourceChange) -> String {
    name(phase, change.logicalID)
  }

  static func name(_ phase: String, _ id: LogicalID) -> String { "\(phase)/\(id)" }

  /// A resource that lost its logical id to its successor and could not be deleted. `#` stands in
  /// no template, so the next deployment finds it missing there and removes it.
  func leftover(_ resource: ResourceState) -> ResourceState {
    var resource = resource
    resource.logicalID = LogicalID("\(resource.logicalID)#\(resource.generation)")
    resource.status = .deleteFailed
    return resource
  }

  private func undeleted(in phase: DeploymentPhase, _ transaction: any DeploymentTransaction) throws
    -> [LogicalID]
  {
    let outcomes = try transaction.outcomes(of: deployment.id)
    return plan.changes.filter {
      [.failed, .blocked].contains(outcomes[Self.name(phase.rawValue, $0)])
    }.map(\.logicalID).sorted()
  }

  private func failureReason(_ verb: String, _ ids: [LogicalID]) -> String? {
    if ids.isEmpty { return nil }
    return "The following resource(s) failed to \(verb): "
      + "[\(ids.map(\.text).joined(separator: ", "))]. "
  }

  private func describePlan(in head: inout StackState) {
    head.templateBody = plan.templateBody
    head.description = plan.description
    head.parameters = plan.parameters
    head.capabilities = plan.capabilities
    head.tags = plan.tags
    head.imports = plan.imports?.after
  }

  private func stackEvent(_ head: StackState, _ transaction: any DeploymentTransaction) throws
    -> StackEvent
  {
    let event = StackEvent(
      id: effects.random.uuid(), stackID: environment.stackID, stackName: environment.stackName,
      logicalID: environment.stackName, physicalID: environment.stackID,
      type: "AWS::CloudFormation::Stack", status: head.status.rawValue, reason: head.statusReason,
      timestamp: now)
    try transaction.append(event)
    return event
  }

  func resourceEvent(
    _ resource: ResourceState, _ status: ResourceStatus, reason: String? = nil,
    _ transaction: any DeploymentTransaction
  ) throws -> StackEvent {
    let event = StackEvent(
      id: effects.random.uuid(), stackID: environment.stackID, stackName: environment.stackName,
      logicalID: resource.logicalID.text, physicalID: resource.identity.physicalID,
      type: resource.type.text, status: status.rawValue, reason: reason, timestamp: now)
    try transaction.append(event)
    return event
  }
}
