import AWSModel
import Diagnostics
import ResourceModel
import StackContracts
import StackExecution
import StackModel

/// Rollbacks that somebody asks for.
extension StackEngine {
  public func rollBack(
    _ request: RollbackRequest, onEvent: @escaping @Sendable (StackEvent) -> Void
  ) async throws -> StackState {
    let head = try database.read {
      try stacks.head(named: request.stackName, in: request.scope, $0)
    }
    guard let head else {
      throw StackFailure(
        .unknownStack,
        "there is no stack `\(request.stackName)` in \(request.scope.region), "
          + "account \(request.scope.account)")
    }
    let (deployment, events) = try await beginRollback(request.choice, of: head.environment)
    events.filter { $0.stackID == head.environment.stackID }.forEach(onEvent)
    return try await carryOut(deployment, onEvent: onEvent)
  }

  /// Begins, and leaves the rest to a task. Returns the operation's id.
  package func startRollback(_ choice: RollbackChoice, of environment: StackEnvironment)
    async throws -> String
  {
    let deployment = try await beginRollback(choice, of: environment).deployment
    await carryOnBeside(deployment) { _ in }
    return deployment.plan.choices?.operation?.id ?? deployment.id
  }

  package func cancelUpdate(of environment: StackEnvironment) async throws {
    do { try await executor.cancelUpdate(of: environment) } catch let refusal as DeploymentRefusal {
      throw Self.failure(refusal, environment.stackName)
    }
  }

  private func beginRollback(_ choice: RollbackChoice, of environment: StackEnvironment)
    async throws -> (deployment: Deployment, events: [StackEvent])
  {
    let halted = try database.read { try journal.halted(stack: environment.stackID, $0) }
    for deployment in halted { try checkServer(for: deployment.plan) }
    do {
      return try await executor.beginRollback(choice, of: environment)
    } catch let refusal as DeploymentRefusal {
      throw Self.failure(refusal, environment.stackName)
    }
  }
}
