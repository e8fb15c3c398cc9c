import AWSModel
import ServiceKit
import ResourceModel
import StackContracts
import StackModel

/// RollbackStack, ContinueUpdateRollback, CancelUpdateStack.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
extension CloudFormationService {
  var recoveryOperations: [Operation] {
    [
      operation("RollbackStack", rollbackStack),
      operation("ContinueUpdateRollback", continueRollback),
      operation("CancelUpdateStack", cancelUpdate),
    ]
  }

  private struct RollbackInput: Decodable, Sendable {
    var StackName: String
    var RoleARN: String?
    var RetainExceptOnCreate: Bool?
    var ClientRequestToken: String?
  }

  private func rollbackStack(_ input: RollbackInput, _ context: RequestContext) async throws
    -> StackIDOutput
  {
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "RollbackStack", stackName: input.StackName)
    if let known = try repeated(token, context.scope) { return known }
    let environment = try await prepared(input.StackName, input.RoleARN, context.scope)
    let id = try await engine.startRollback(
      RollbackChoice(
        .stopped, retainsExceptOnCreate: input.RetainExceptOnCreate ?? false), of: environment)
    try await remember(token, environment, id)
    return StackIDOutput(StackId: environment.stackID, OperationId: id)
  }

  private struct ContinueInput: Decodable, Sendable {
    var StackName: String
    var RoleARN: String?
    var ResourcesToSkip: [String]?
    var ForceRollback: Bool?
    var ClientRequestToken: String?
  }

  private func continueRollback(_ input: ContinueInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "ContinueUpdateRollback",
      stackName: input.StackName)
    if try repeated(token, context.scope) != nil { return EmptyOutput() }
    let environment = try await prepared(input.StackName, input.RoleARN, context.scope)
    var choice = RollbackChoice(.stuck, skipping: input.ResourcesToSkip ?? [])
    choice.skipsFailed = input.ForceRollback ?? false
    guard !choice.skipsFailed || choice.skipped.isEmpty else {
      throw Self.validation("ForceRollback and ResourcesToSkip cannot both be specified.")
    }
    _ = try await engine.startRollback(choice, of: environment)
    try await remember(token, environment)
    return EmptyOutput()
  }

  private struct CancelInput: Decodable, Sendable {
    var StackName: String
    var ClientRequestToken: String?
  }

  private func cancelUpdate(_ input: CancelInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "CancelUpdateStack", stackName: input.StackName)
    if try repeated(token, context.scope) != nil { return EmptyOutput() }
    let environment = try await prepared(input.StackName, nil, context.scope)
    try await engine.cancelUpdate(of: environment)
    try await remember(token, environment)
    return EmptyOutput()
  }

  /// The stack of that name or id; its role is kept.
  private func prepared(_ name: String, _ roleARN: String?, _ scope: Scope) async throws
    -> StackEnvironment
  {
    try await engine.database.write { [self] transaction in
      guard var head = try findHead(name, in: scope, transaction), head.status != .deleteComplete
      else { throw Self.validation("Stack [\(name)] does not exist") }
      if let roleARN {
        head.changeSettings { $0.roleARN = roleARN }
        try engine.stacks.saveHead(head, transaction)
      }
      return head.environment
    }
  }
}
