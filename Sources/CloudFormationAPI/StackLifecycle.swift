import AWSModel
import ServiceKit
import ResourceModel
import StackContracts
import StackModel
import StackPlanning

/// CreateStack, UpdateStack, DeleteStack.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
extension CloudFormationService {
  var stackOperations: [Operation] {
    [
      operation("CreateStack", createStack), operation("UpdateStack", updateStack),
      operation("DeleteStack", deleteStack),
      operation("UpdateTerminationProtection", updateTerminationProtection),
    ]
  }

  private struct CreateInput: Decodable, Sendable {
    var StackName: String
    var TemplateBody: String?
    var TemplateURL: String?
    var Parameters: [ParameterShape]?
    var Capabilities: [String]?
    var Tags: [TagShape]?
    var NotificationARNs: [String]?
    var RollbackConfiguration: RollbackShape?
    var DisableRollback: Bool?
    var OnFailure: String?
    var EnableTerminationProtection: Bool?
    var TimeoutInMinutes: Int?
    var RoleARN: String?
    var RetainExceptOnCreate: Bool?
    var ResourceTypes: [String]?
    var DisableValidation: Bool?
    var StackPolicyBody: String?
    var StackPolicyURL: String?
    var ClientRequestToken: String?
  }

  private func createStack(_ input: CreateInput, _ context: RequestContext) async throws
    -> StackIDOutput
  {
    try refuse(input.DisableValidation, "DisableValidation", of: "CreateStack")
    try refuse(input.NotificationARNs, input.RollbackConfiguration, of: "CreateStack")
    let choices = try choices(
      onFailure: input.OnFailure, disablesRollback: input.DisableRollback,
      input.RetainExceptOnCreate)
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "CreateStack", stackName: input.StackName)
    if let known = try repeated(token, context.scope) { return known }
    let (policy, result) = try engine.database.read { transaction in
      if try engine.stacks.stack(named: input.StackName, in: context.scope, transaction) != nil {
        throw ServiceError(
          "AlreadyExistsException", "Stack [\(input.StackName)] already exists")
      }
      let body = try templateBody(
        input.TemplateBody, input.TemplateURL, in: context.scope, transaction)
      let request = try request(
        input.StackName, body, input.Parameters, input.Capabilities, TagShape.table(input.Tags),
        in: context.scope)
      try checkTypes(of: body, input.ResourceTypes)
      let policy = try policyText(
        input.StackPolicyBody, input.StackPolicyURL, in: context.scope, transaction)
      return (policy, try engine.makePlan(request, transaction))
    }
    guard var plan = result.plan else { throw refusal(result.diagnostics) }
    var settings = StackSettings(
      isProtected: input.EnableTerminationProtection, roleARN: input.RoleARN,
      timeoutInMinutes: input.TimeoutInMinutes)
    settings.policy = policy
    plan.settings = settings
    plan.take(choices)
    let operation = try await engine.start(plan)
    try await remember(token, plan.environment, operation)
    return StackIDOutput(StackId: plan.environment.stackID, OperationId: operation)
  }

  private struct UpdateInput: Decodable, Sendable {
    var StackName: String
    var TemplateBody: String?
    var TemplateURL: String?
    var UsePreviousTemplate: Bool?
    var Parameters: [ParameterShape]?
    var Capabilities: [String]?
    var Tags: [TagShape]?
    var NotificationARNs: [String]?
    var RollbackConfiguration: RollbackShape?
    var RoleARN: String?
    var DisableRollback: Bool?
    var RetainExceptOnCreate: Bool?
    var ResourceTypes: [String]?
    var DisableValidation: Bool?
    var StackPolicyBody: String?
    var StackPolicyURL: String?
    var StackPolicyDuringUpdateBody: String?
    var StackPolicyDuringUpdateURL: String?
    var ClientRequestToken: String?
  }

  private func updateStack(_ input: UpdateInput, _ context: RequestContext) async throws
    -> StackIDOutput
  {
    try refuse(input.DisableValidation, "DisableValidation", of: "UpdateStack")
    try refuse(input.NotificationARNs, input.RollbackConfiguration, of: "UpdateStack")
    let choices = try choices(
      onFailure: nil, disablesRollback: input.DisableRollback, input.RetainExceptOnCreate)
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "UpdateStack", stackName: input.StackName)
    if let known = try repeated(token, context.scope) { return known }
    let (current, policy, result) = try engine.database.read { transaction in
      guard let current = try find(input.StackName, in: context.scope, transaction),
        current.status != .deleteComplete, current.status != .reviewInProgress
      else { throw Self.validation("Stack [\(input.StackName)] does not exist") }
      try checkUpdatable(current)
      let body = try templateBody(
        input.TemplateBody, input.TemplateURL, usesPrevious: input.UsePreviousTemplate ?? false,
        of: current, in: context.scope, transaction)
      var request = try request(
        current.environment.stackName, body, input.Parameters, input.Capabilities,
        input.Tags.map { TagShape.table($0) } ?? current.tags, in: context.scope)
      try checkTypes(of: body, input.ResourceTypes)
      request.policyDuringUpdate = try policyText(
        input.StackPolicyDuringUpdateBody, input.StackPolicyDuringUpdateURL, in: context.scope,
        transaction)
      let policy = try policyText(
        input.StackPolicyBody, input.StackPolicyURL, in: context.scope, transaction)
      return (current, policy, try engine.makePlan(request, transaction))
    }
    guard var plan = result.plan else { throw refusal(result.diagnostics) }
    if let role = input.RoleARN { plan.changeSettings { $0.roleARN = role } }
    if plan.changesNothing(in: current) {
      throw Self.validation("No updates are to be performed.")
    }
    plan.take(choices)
    if let policy { plan.changeSettings { $0.policy = policy } }
    let operation = try await engine.start(plan)
    try await remember(token, plan.environment, operation)
    return StackIDOutput(StackId: plan.environment.stackID, OperationId: operation)
  }

  func checkUpdatable(_ state: StackState) throws {
    switch state.status {
    case .createComplete, .updateComplete, .updateRollbackComplete, .updateRollbackFailed,
      .importComplete, .importRollbackComplete, .createFailed, .updateFailed:
      return
    default:
      throw Self.validation(
        "Stack:\(state.environment.stackID) is in \(state.status.rawValue) state and can not be "
          + "updated.")
    }
  }

  private struct DeleteInput: Decodable, Sendable {
    var StackName: String
    var RetainResources: [String]?
    var RoleARN: String?
    var DeletionMode: String?
    var ClientRequestToken: String?
  }

  /// A stack that does not exist is deleted already.
  private func deleteStack(_ input: DeleteInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "DeleteStack", stackName: input.StackName)
    if try repeated(token, context.scope) != nil { return EmptyOutput() }
    let state = try engine.database.read { try find(input.StackName, in: context.scope, $0) }
    guard let state, state.status != .deleteComplete, state.status != .deleteInProgress else {
      return EmptyOutput()
    }
    var plan = StackPlanner.destruction(of: state, discardsContents: false)
    if let role = input.RoleARN { plan.changeSettings { $0.roleARN = role } }
    if let mode = input.DeletionMode {
      guard mode != "FORCE_DELETE_STACK" || state.status == .deleteFailed else {
        throw Self.validation(
          "FORCE_DELETE_STACK can be given only for a stack in the DELETE_FAILED state.")
      }
      if mode == "FORCE_DELETE_STACK" { plan.choose { $0.forcesDeletion = true } }
      plan.changeSettings { $0.deletionMode = mode }
    }
    let retained = Set(input.RetainResources ?? [])
    if !retained.isEmpty {
      guard state.status == .deleteFailed else {
        throw Self.validation(
          "RetainResources can be given only for a stack in the DELETE_FAILED state.")
      }
      let unknown = retained.subtracting(state.resources.map(\.logicalID.text)).sorted()
      guard unknown.isEmpty else {
        throw Self.validation("Resource [\(unknown[0])] does not exist in the stack.")
      }
      for index in plan.changes.indices
      where retained.contains(plan.changes[index].logicalID.text) {
        plan.changes[index].action = .retain
      }
    }
    _ = try await engine.start(try withNestedDeletions(plan, of: state))
    try await remember(token, plan.environment)
    return EmptyOutput()
  }

  /// The plan with those of the stacks behind its resources. Throws where another stack imports
  /// what would go.
  private func withNestedDeletions(_ plan: Plan, of state: StackState) throws -> Plan {
    try engine.database.read { transaction in
      var plan = plan
      let obstacles = try engine.completeDeletion(&plan, of: state, transaction)
      if let first = obstacles.first { throw Self.validation(first.message) }
      return plan
    }
  }

  private struct ProtectionInput: Decodable, Sendable {
    var StackName: String
    var EnableTerminationProtection: Bool
  }

  private func updateTerminationProtection(
    _ input: ProtectionInput, _ context: RequestContext
  ) async throws -> StackIDOutput {
    try await engine.database.write { [self] transaction in
      guard var head = try findHead(input.StackName, in: context.scope, transaction),
        head.status != .deleteComplete
      else { throw Self.validation("Stack [\(input.StackName)] does not exist") }
      var settings = head.settings ?? StackSettings()
      settings.isProtected = input.EnableTerminationProtection
      head.settings = settings
      try engine.stacks.saveHead(head, transaction)
      return StackIDOutput(StackId: head.environment.stackID)
    }
  }
}

/// A request's token with what it must mean.
struct RequestTokenCheck: Sendable {
  var token: String?
  var operation: String
  var stackName: String
}

extension CloudFormationService {
  /// The answer when the same request was served before; throws when the token was used for another
  /// one.
  func repeated(_ check: RequestTokenCheck, _ scope: Scope) throws -> StackIDOutput? {
    guard let token = check.token else { return nil }
    guard let known = try engine.database.read({ try tokens.get(token, in: scope, $0) }) else {
      return nil
    }
    guard known.operation == check.operation, known.stackName == check.stackName else {
      throw ServiceError(
        "TokenAlreadyExistsException",
        "The token \(token) was used for \(known.operation) of \(known.stackName).")
    }
    return StackIDOutput(StackId: known.stackID, OperationId: known.operationID)
  }

  func remember(
    _ check: RequestTokenCheck, _ environment: StackEnvironment, _ operationID: String? = nil
  ) async throws {
    guard let token = check.token else { return }
    let record = RequestToken(
      operation: check.operation, stackName: check.stackName, stackID: environment.stackID,
      operationID: operationID)
    let tokens = tokens
    try await engine.database.write {
      try tokens.put(record, token, in: environment.scope, $0)
    }
  }
}
