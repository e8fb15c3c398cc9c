import Effects
import ResourceModel
import StackModel

/// Rollbacks that somebody asks for.
extension DeploymentExecutor {
  /// Turns the stack's halted deployment back; `run` does the rest. Throws `DeploymentRefusal` where
  /// the stack's status does not allow it.
  public func beginRollback(_ choice: RollbackChoice, of environment: StackEnvironment)
    async throws -> (deployment: Deployment, events: [StackEvent])
  {
    let id = effects.random.uuid()
    let begun = try await backend.commit([
      AtomicStep(name: "begin-rollback") { transaction in
        guard let head = try transaction.head(environment), choice.fits(head.status),
          var deployment = try transaction.halted(environment).last
        else { throw DeploymentRefusal.unsuitable(try choice.refusal(environment, transaction)) }
        deployment.plan.choose {
          $0.onFailure = .rollback
          $0.retainsExceptOnCreate = choice.retainsExceptOnCreate ? true : $0.retainsExceptOnCreate
          $0.operation = StackOperationMark(
            id: id, kind: head.status.isHalfDone ? .rollback : .continuedRollback)
        }
        let events = try script(of: deployment).takeBack(
          skipping: choice.skipped, skipsFailed: choice.skipsFailed, transaction)
        guard let resumed = try transaction.current(environment) else {
          throw DeploymentRefusal.stale("the deployment's record is gone")
        }
        return (deployment: resumed, events: events)
      }
    ])
    return begun[0]
  }

  /// Cancels an update that is under way: what waits is given up, and everything is taken back.
  /// Throws `DeploymentRefusal` where the stack is not being updated.
  public func cancelUpdate(of environment: StackEnvironment) async throws {
    let cancelled = try await backend.commit([
      AtomicStep(name: "cancel") { transaction in
        guard try transaction.head(environment)?.status == .updateInProgress,
          var deployment = try transaction.current(environment), deployment.phase == .forward
        else {
          throw DeploymentRefusal.unsuitable(
            "CancelUpdateStack cannot be called from current stack status")
        }
        if deployment.plan.choices?.onFailure != nil {
          deployment.plan.choose { $0.onFailure = .rollback }
          try transaction.resume(deployment)
        }
        let script = script(of: deployment)
        _ = try script.turnBack(transaction, because: "User Initiated")
        return deployment.id
      }
    ])
    interruptions.interrupt(cancelled[0])
  }
}

extension RollbackChoice {
  func refusal(_ environment: StackEnvironment, _ transaction: any DeploymentTransaction) throws
    -> String
  {
    guard let head = try transaction.head(environment) else {
      return "Stack [\(environment.stackName)] does not exist"
    }
    let verb = kind == .stuck ? "continue update rollback" : "be rolled back"
    if fits(head.status) {
      return "Stack:\(environment.stackID) was deployed before Leat kept what a rollback needs"
    }
    return "Stack:\(environment.stackID) is in \(head.status.rawValue) state and can not \(verb)."
  }
}
