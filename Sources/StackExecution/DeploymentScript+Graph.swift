import ResourceModel
import StackModel

/// The order of a deployment's steps, those of nested stacks within those of their resources.
extension DeploymentScript {
  /// Everything that is left from a phase on, as long as nothing fails. Each step guards itself.
  func steps(from phase: DeploymentPhase) -> [DeploymentStep] {
    var list = StepList()
    switch phase {
    case .forward:
      appendForward(to: &list, after: [])
      list.appendBarrier(framing("commit", in: .forward, commit))
      appendCleanup(to: &list)
    case .cleanup: appendCleanup(to: &list)
    case .rollback:
      appendBackwards(in: .rollback, to: &list, after: [])
      list.appendBarrier(framing("turn", in: .rollback, startRollbackCleanup))
      appendRollbackCleanup(to: &list)
    case .rollbackCleanup: appendRollbackCleanup(to: &list)
    case .stopped, .stuck: break
    }
    return list.steps
  }

  private func appendCleanup(to list: inout StepList) {
    appendBackwards(in: .cleanup, to: &list, after: [])
    list.appendBarrier(framing("finish", in: .cleanup, finishCleanup))
  }

  private func appendRollbackCleanup(to list: inout StepList) {
    appendBackwards(in: .rollbackCleanup, to: &list, after: [])
    list.appendBarrier(framing("finish-rollback", in: .rollbackCleanup, finishRollback))
  }

  /// Steps that follow what their resources depend on.
  private func appendForward(to list: inout StepList, after opening: [Int]) {
    var places: [LogicalID: Int] = [:]
    for change in plan.changes where change.isForward {
      let needs = opening + change.dependsOn.compactMap { places[$0] }
      guard let child = child(of: change) else {
        places[change.logicalID] = list.append(forwardStep(change), after: needs)
        continue
      }
      let open = list.append(child.openForward(), after: needs)
      child.appendForward(to: &list, after: [open])
      places[change.logicalID] = list.append(
        child.closeForward(), after: Array(open..<list.count))
    }
  }

  /// Steps that come after those of the resources that depend on theirs.
  private func appendBackwards(
    in phase: DeploymentPhase, to list: inout StepList, after opening: [Int]
  ) {
    var dependents: [LogicalID: [(place: Int, step: String)]] = [:]
    for change in backwards(in: phase) {
      let above = dependents[change.logicalID] ?? []
      let (needs, names) = (opening + above.map { $0.place }, above.map { $0.step })
      let place: Int
      if let child = child(of: change) {
        let open = list.append(child.open(in: phase, after: names), after: needs)
        child.appendBackwards(in: phase, to: &list, after: [open])
        place = list.append(child.close(in: phase), after: Array(open..<list.count))
      } else if phase == .rollback {
        place = list.append(revertStep(change), after: needs)
      } else {
        place = list.append(deletionStep(change, in: phase, after: names), after: needs)
      }
      let state = phase == .cleanup ? change.before : change.after
      for id in state?.dependsOn ?? [] {
        dependents[id, default: []].append((place, name(phase, change)))
      }
    }
  }

  /// The resources that a phase is about, dependents first.
  private func backwards(in phase: DeploymentPhase) -> [ResourceChange] {
    switch phase {
    case .forward, .stopped, .stuck: []
    case .cleanup: cleanupOrder
    case .rollback: plan.changes.reversed().filter { $0.action == .update || $0.action == .replace }
    case .rollbackCleanup:
      plan.changes.reversed().filter {
        $0.action == .create || $0.action == .replace || $0.isNestedUpdate
      }
    }
  }

  /// Removed resources and the old halves of replacements, and what may have some: nested stacks, and
  /// updates that tell another physical id.
  private var cleanupOrder: [ResourceChange] {
    let stays = { (change: ResourceChange) in
      change.action == .replace || change.isNestedUpdate
        || change.action == .update && mayWait(change.type)
    }
    let leaving = plan.changes.filter { [.delete, .retain].contains($0.action) || stays($0) }
    // Removals stand in reverse order at the plan's end: turned round, so that the sort keeps them.
    let inOrder = leaving.filter(stays) + leaving.filter { !stays($0) }.reversed()
    return DependencyOrder.sorted(
      inOrder, id: \.logicalID, dependsOn: { $0.before?.dependsOn ?? [] }
    ).reversed()
  }

  /// A step that happens once, in one phase, when all before it in that phase have happened.
  private func framing(
    _ name: String, in phase: DeploymentPhase,
    _ body: @escaping @Sendable (any DeploymentTransaction) throws -> [StackEvent]
  ) -> DeploymentStep {
    let id = deployment.id
    return DeploymentStep(name: name) { transaction in
      guard try transaction.phase(of: id)?.phase == phase else { return StepReport() }
      return StepReport(events: try body(transaction))
    }
  }
}

extension ResourceChange {
  /// True for what happens before anything is deleted.
  var isForward: Bool { [.create, .update, .replace].contains(action) }

  /// True for a nested stack that is changed.
  var isNestedUpdate: Bool { action == .update && nestedPlan != nil }
}
