import Effects
import ResourceModel
import StackModel

/// One stack's part in a deployment: the plan's own, or that of a stack nested in it, whose steps are
/// called `Parent/Child`.
struct DeploymentScript: Sendable {
  /// The resource that a nested stack stands behind, in the script of the stack around.
  final class Enclosing: Sendable {
    let script: DeploymentScript
    let change: ResourceChange

    init(_ script: DeploymentScript, _ change: ResourceChange) {
      self.script = script
      self.change = change
    }
  }

  let deployment: Deployment
  let effects: Effects
  /// See `DeploymentBackend`.
  let mayWait: @Sendable (ResourceType) -> Bool
  /// This stack's plan.
  let plan: Plan
  /// nil for the deployment's own stack.
  let enclosing: Enclosing?
  /// `Parent/`, before the names of a nested stack's resources; empty for the deployment's own.
  let path: String

  init(
    deployment: Deployment, effects: Effects,
    mayWait: @escaping @Sendable (ResourceType) -> Bool
  ) {
    self.deployment = deployment
    self.effects = effects
    self.mayWait = mayWait
    plan = deployment.plan
    enclosing = nil
    path = ""
  }

  private init(_ plan: Plan, of change: ResourceChange, in script: DeploymentScript) {
    deployment = script.deployment
    effects = script.effects
    mayWait = script.mayWait
    self.plan = plan
    enclosing = Enclosing(script, change)
    path = "\(script.path)\(change.logicalID)/"
  }

  /// The script of the stack behind a resource; nil for resources that are no stacks, and for stacks
  /// that are gone.
  func child(of change: ResourceChange) -> DeploymentScript? {
    change.nestedPlan.map { DeploymentScript($0, of: change, in: self) }
  }

  var root: DeploymentScript {
    var script = self
    while let enclosing = script.enclosing { script = enclosing.script }
    return script
  }

  var environment: StackEnvironment { plan.environment }
  var now: Timestamp { effects.clock.now }

  /// `forward/Parent/Child`
  func name(_ phase: DeploymentPhase, _ change: ResourceChange) -> String {
    "\(phase.stepName)/\(path)\(change.logicalID)"
  }

  // MARK: Beginning

  func begin(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    let current = try transaction.stack(named: environment.stackName, in: environment)
    try checkBasis(current, transaction)
    try checkPermitted(current, transaction)
    try supersedeHalted(transaction)
    let head = try beginHead(current, transaction)
    try transaction.begin(deployment)
    return [try stackEvent(head, transaction)] + (try leftOut(head, transaction))
  }

  /// An event for each thing of the template that the plan leaves out.
  private func leftOut(_ head: StackState, _ transaction: any DeploymentTransaction) throws
    -> [StackEvent]
  {
    try plan.leftOut.map { reason in
      var told = head
      told.statusReason = reason
      return try stackEvent(told, transaction)
    }
  }

  /// Throws `DeploymentRefusal` where this stack or one nested in it is not what the plan was made
  /// from.
  private func checkBasis(_ current: StackState?, _ transaction: any DeploymentTransaction) throws {
    try PlanBasis.check(plan, against: current)
    for change in plan.changes where change.found != nil || change.action == .adopt {
      do { _ = try transaction.found(change, in: environment, at: now) } catch is StepFailure {
        throw DeploymentRefusal.stale(
          "`\(change.logicalID)` was changed outside of the stack since")
      }
    }
    for child in plan.changes.compactMap(child) {
      let environment = child.environment
      try child.checkBasis(
        transaction.stack(named: environment.stackName, in: environment), transaction)
    }
  }

  /// The stack's head as work on it begins, saved.
  func beginHead(_ current: StackState?, _ transaction: any DeploymentTransaction) throws
    -> StackState
  {
    var head: StackState
    switch plan.kind {
    case .create:
      if var old = current, old.environment.stackID != environment.stackID {
        old.status = .deleteComplete
        old.deletedAt = now
        try transaction.saveHead(old)
      }
      head = StackState(
        environment: environment, status: plan.isImport ? .importInProgress : .createInProgress,
        templateBody: plan.templateBody,
        createdAt: now)
      try describePlan(in: &head, transaction)
    case .update, .delete:
      guard let current else { throw DeploymentRefusal.stale("the stack does not exist any more") }
      head = current
      head.status =
        plan.kind == .delete
        ? .deleteInProgress : plan.isImport ? .importInProgress : .updateInProgress
      if plan.kind == .update { head.updatedAt = now }
      if plan.kind == .delete { head.takeSettings(of: plan) }
    }
    if enclosing == nil, plan.kind != .delete { head.takeChoices(of: plan) }
    head.statusReason = enclosing == nil ? "User Initiated" : nil
    try transaction.saveHead(head)
    return head
  }

  // MARK: The turn from making to cleaning

  func commit(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    let taken: [StackEvent]
    do {
      try checkCrossStack(atEnd: true, transaction)
      try describe(transaction)
    } catch let conflict as CrossStackConflict {
      return try turnBack(because: conflict.description, transaction)
    } catch {
      return try turnBack(because: "An output can't be computed: \(error). ", transaction)
    }
    do {
      taken = try takeOver(transaction)
    } catch let failure as StepFailure {
      return try turnBack(because: failure.reason, transaction)
    }
    guard var head = try transaction.head(environment) else { return [] }
    head.statusReason = nil
    if plan.kind == .create || plan.isImport {
      head.status = plan.isImport ? .importComplete : .createComplete
      try transaction.saveHead(head)
      try transaction.end(deployment.id)
    } else {
      head.status = .updateCompleteCleanupInProgress
      try endHalted(transaction)
      try transaction.saveHead(head)
      try transaction.move(deployment.id, to: .cleanup, failure: nil)
    }
    return try taken + [stackEvent(head, transaction)]
  }

  /// Records resources under their new logical IDs, and imported ones. Only once nothing else can
  /// fail: a deployment that is rolled back has moved and imported nothing. Throws a `StepFailure`
  /// where an imported resource is gone, or another stack's, by now.
  private func takeOver(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
    let inner = try plan.changes.compactMap(child).flatMap { try $0.takeOver(transaction) }
    return try inner
      + plan.changes.compactMap { change in
        if change.action == .adopt { return try adopt(change, transaction) }
        guard var after = change.after else { return nil }
        after.updatedAt = now
        switch change.action {
        case .move:
          guard let old = change.previousLogicalID else { return nil }
          after.status = .updateComplete
          try transaction.removeResource(old, in: environment)
          try transaction.saveResource(after, in: environment)
          return try resourceEvent(after, after.status, reason: "Moved from \(old)", transaction)
        case .import:
          try transaction.checkImport(after, in: environment, at: now)
          try transaction.saveResource(after, in: environment)
          return try resourceEvent(
            after, after.status, reason: "Resource import completed.", transaction)
        default: return nil
        }
      }
  }

  /// Records a drifted resource as it is now. What lies there is not touched.
  private func adopt(_ change: ResourceChange, _ transaction: any DeploymentTransaction) throws
    -> StackEvent?
  {
    _ = try transaction.found(change, in: environment, at: now)
    guard var after = change.after else {
      try transaction.removeResource(change.logicalID, in: environment)
      return try change.before.map {
        try resourceEvent(
          $0, .deleteComplete, reason: "Removed outside of the stack", transaction)
      }
    }
    after.updatedAt = now
    after.status = .updateComplete
    try transaction.saveResource(after, in: environment)
    return try resourceEvent(
      after, after.status, reason: "Recorded as it is; nothing was changed", transaction)
  }

  /// Takes over what the plan says of the stack and of those nested in it. Those that are new have
  /// done so themselves; the others could still turn back.
  private func describe(_ transaction: any DeploymentTransaction) throws {
    let outputs = try settledOutputs(transaction)
    for child in plan.changes.compactMap(child) where child.plan.kind == .update {
      try child.describe(transaction)
    }
    guard !plan.isEmpty, var head = try transaction.head(environment) else { return }
    try describePlan(in: &head, transaction)
    head.outputs = outputs
    try transaction.saveHead(head)
    for change in plan.changes where change.action == .keep {
      guard let after = change.after, after != change.before else { continue }
      try transaction.saveResource(after, in: environment)
    }
  }

  func settledOutputs(_ transaction: any DeploymentTransaction) throws -> [StackOutput] {
    try plan.outputs.compactMap(\.after).map { output in
      guard output.value.containsDeferred else { return output }
      var output = output
      guard let text = try answered(.string(output.value), transaction).scalarText else {
        throw DeferredValue.Failure(description: "\(output.key) is no text")
      }
      output.value = text
      return output
    }
  }

  func finishCleanup(_ transaction: any DeploymentTransaction) throws -> [StackEvent] {
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

  // MARK: Parts

  /// A resource that lost its logical id to its successor and could not be deleted. `#` stands in
  /// no template, so the next deployment finds it missing there and removes it.
  func leftover(_ resource: ResourceState) -> ResourceState {
    var resource = resource
    resource.logicalID = LogicalID("\(resource.logicalID)#\(resource.generation)")
    resource.status = .deleteFailed
    return resource
  }

  /// The resources that a phase of deletions has left.
  func undeleted(in phase: DeploymentPhase, _ transaction: any DeploymentTransaction) throws
    -> [LogicalID]
  {
    try ids(of: [.failed, .blocked], in: phase, transaction)
  }

  /// The resources whose updates could not be taken back.
  func unreverted(_ transaction: any DeploymentTransaction) throws -> [LogicalID] {
    try ids(of: [.failed], in: .rollback, transaction)
  }

  private func ids(
    of outcomes: Set<StepOutcome>, in phase: DeploymentPhase,
    _ transaction: any DeploymentTransaction
  ) throws -> [LogicalID] {
    try plan.changes.filter { change in
      let outcome = try transaction.outcome(of: name(phase, change), in: deployment.id)
      return outcome.map { outcomes.contains($0) } ?? false
    }.map(\.logicalID).sorted()
  }

  func failureReason(_ verb: String, _ ids: [LogicalID]) -> String? {
    if ids.isEmpty { return nil }
    return "The following resource(s) failed to \(verb): "
      + "[\(ids.map(\.text).joined(separator: ", "))]. "
  }

  private func describePlan(
    in head: inout StackState, _ transaction: any DeploymentTransaction
  ) throws {
    head.templateBody = plan.templateBody
    head.description = plan.description
    head.parameters = try plan.parameters.map { parameter in
      guard parameter.value.containsDeferred else { return parameter }
      var parameter = parameter
      let value = try answered(.string(parameter.value), transaction)
      parameter.value =
        value.scalarText ?? (value.listValue ?? []).compactMap(\.scalarText).joined(separator: ",")
      return parameter
    }
    head.capabilities = plan.capabilities
    head.tags = plan.tags
    head.imports = plan.imports?.after
    head.takeSettings(of: plan)
  }

  /// Gives the stack a status where its present one is so; returns the event, or none.
  func setStatus(
    _ status: StackStatus, reason: String? = nil, _ transaction: any DeploymentTransaction,
    where isConcerned: (StackStatus) -> Bool = { _ in true }
  ) throws -> [StackEvent] {
    guard var head = try transaction.head(environment), isConcerned(head.status) else { return [] }
    head.status = status
    head.statusReason = reason
    if status == .deleteComplete { head.deletedAt = now }
    try transaction.saveHead(head)
    return [try stackEvent(head, transaction)]
  }

  /// The request that events follow from.
  var operation: StackOperationMark {
    deployment.plan.choices?.operation
      ?? StackOperationMark(
        id: deployment.id,
        kind: deployment.plan.kind == .create
          ? .create : deployment.plan.kind == .update ? .update : .delete)
  }

  func stackEvent(_ head: StackState, _ transaction: any DeploymentTransaction) throws
    -> StackEvent
  {
    var event = StackEvent(
      id: effects.random.uuid(), stackID: environment.stackID, stackName: environment.stackName,
      logicalID: environment.stackName, physicalID: environment.stackID,
      type: "AWS::CloudFormation::Stack", status: head.status.rawValue, reason: head.statusReason,
      timestamp: now)
    event.operation = operation
    try transaction.append(event)
    return event
  }

  func resourceEvent(
    _ resource: ResourceState, _ status: ResourceStatus, reason: String? = nil,
    _ transaction: any DeploymentTransaction
  ) throws -> StackEvent {
    var event = StackEvent(
      id: effects.random.uuid(), stackID: environment.stackID, stackName: environment.stackName,
      logicalID: resource.logicalID.text, physicalID: resource.identity.physicalID,
      type: resource.type.text, status: status.rawValue, reason: reason, timestamp: now)
    event.operation = operation
    try transaction.append(event)
    return event
  }
}

extension DeploymentPhase {
  /// The journal's name of the phase's steps.
  var stepName: String { self == .rollback ? "revert" : rawValue }
}
