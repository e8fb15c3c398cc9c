import AWSModel
import Diagnostics
import ServiceKit
import StackContracts
import StackModel
import StackStore

/// CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet, ListChangeSets.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
extension CloudFormationService {
  var changeSetOperations: [Operation] {
    [
      operation("CreateChangeSet", createChangeSet),
      operation("DescribeChangeSet", describeChangeSet),
      operation("ExecuteChangeSet", executeChangeSet),
      operation("DeleteChangeSet", deleteChangeSet),
      operation("ListChangeSets", listChangeSets),
    ]
  }

  private struct CreateOutput: Encodable, Sendable {
    var Id: String
    var StackId: String
  }

  private func createChangeSet(_ input: CreateChangeSetInput, _ context: RequestContext)
    async throws
    -> CreateOutput
  {
    try checkFeatures(input)
    let choices = try choices(onFailure: input.OnStackFailure, disablesRollback: nil, nil)
    let isImport = input.ChangeSetType == "IMPORT"
    // One transaction: a template that is refused leaves no stack under review behind.
    return try await engine.database.write { [self] transaction in
      var current = try find(input.StackName, in: context.scope, transaction)
      if current?.status == .deleteComplete { current = nil }
      if let known = try repeatedChangeSet(input, current, transaction) { return known }
      // An import makes the stack where there is none.
      let isCreation =
        input.ChangeSetType == "CREATE"
        || isImport && (current.map { $0.status == .reviewInProgress } ?? true)
      if isCreation {
        if let current, current.status != .reviewInProgress {
          throw Self.validation(
            "Stack [\(input.StackName)] already exists and cannot be created again with the "
              + "changeSet [\(input.ChangeSetName)].")
        }
        if current == nil { current = try beginReview(input.StackName, context.scope, transaction) }
      }
      guard let current, isCreation || current.status != .reviewInProgress else {
        throw Self.validation("Stack [\(input.StackName)] does not exist")
      }
      if !isCreation { try checkUpdatable(current) }
      let body = try templateBody(
        input.TemplateBody, input.TemplateURL, usesPrevious: input.UsePreviousTemplate ?? false,
        of: current, in: context.scope, transaction)
      try checkTypes(of: body, input.ResourceTypes)
      var request = try request(
        current.environment.stackName, body, input.Parameters, input.Capabilities,
        input.Tags.map { TagShape.table($0) } ?? current.tags, in: context.scope)
      request.imports = try imports(input)
      if input.DeploymentMode != nil {
        request.drift = .reverted
        request.restoresRemoved = true
      }
      let result = try engine.makePlan(request, transaction)
      guard var plan = result.plan else {
        if isImport { try checkImport(of: body, into: current, request.imports) }
        throw refusal(result.diagnostics)
      }
      if isImport { try checkImport(plan) }
      if let role = input.RoleARN { plan.changeSettings { $0.roleARN = role } }
      plan.take(choices)
      let set = changeSet(input, plan, isEmpty: plan.changesNothing(in: current))
      try changeSets.save(set, transaction)
      return CreateOutput(Id: set.id, StackId: set.stackID)
    }
  }

  private func checkFeatures(_ input: CreateChangeSetInput) throws {
    try refuse(input.IncludeNestedStacks, "IncludeNestedStacks", of: "CreateChangeSet")
    try refuse(input.ImportExistingResources, "ImportExistingResources", of: "CreateChangeSet")
    try refuse(input.DisableValidation, "DisableValidation", of: "CreateChangeSet")
    if input.OnStackFailure == "DELETE", input.ChangeSetType != "CREATE" {
      throw Self.validation("OnStackFailure DELETE goes with the ChangeSetType CREATE alone.")
    }
    try refuse(input.NotificationARNs, input.RollbackConfiguration, of: "CreateChangeSet")
    if let mode = input.DeploymentMode, mode != "REVERT_DRIFT" {
      throw ServiceError.unsupported("`DeploymentMode: \(mode)` of CreateChangeSet")
    }
    let kind = input.ChangeSetType ?? "UPDATE"
    guard ["CREATE", "UPDATE", "IMPORT"].contains(kind) else {
      throw ServiceError.unsupported("`ChangeSetType: \(kind)` of CreateChangeSet")
    }
  }

  /// The earlier answer when the client repeats itself; an error when the name is taken otherwise.
  private func repeatedChangeSet(
    _ input: CreateChangeSetInput, _ current: StackState?, _ transaction: Transaction
  ) throws -> CreateOutput? {
    guard let current,
      let known = try changeSets.changeSet(
        named: input.ChangeSetName, ofStack: current.environment.stackID, transaction)
    else { return nil }
    if let token = input.ClientToken, token == known.clientToken {
      return CreateOutput(Id: known.id, StackId: known.stackID)
    }
    throw ServiceError(
      "AlreadyExistsException", "ChangeSet \(input.ChangeSetName) already exists")
  }

  /// A stack that exists by name alone, until a change set makes it.
  private func beginReview(_ name: String, _ scope: Scope, _ transaction: Transaction) throws
    -> StackState
  {
    let environment = try engine.newEnvironment(name, scope, transaction)
    var head = StackState(
      environment: environment, status: .reviewInProgress, templateBody: "",
      createdAt: engine.effects.clock.now)
    head.statusReason = "User Initiated"
    try engine.stacks.saveHead(head, transaction)
    try engine.stacks.append(
      StackEvent(
        id: engine.effects.random.uuid(), stackID: environment.stackID, stackName: name,
        logicalID: name, physicalID: environment.stackID, type: "AWS::CloudFormation::Stack",
        status: head.status.rawValue, reason: head.statusReason, timestamp: head.createdAt),
      transaction)
    return head
  }

  private func changeSet(_ input: CreateChangeSetInput, _ plan: Plan, isEmpty: Bool) -> ChangeSet {
    let environment = plan.environment
    let arn = ARN(
      "cloudformation", environment.scope,
      "changeSet/\(input.ChangeSetName)/\(engine.effects.random.uuid())")
    var set = ChangeSet(
      id: arn.description, name: input.ChangeSetName, stackID: environment.stackID,
      stackName: environment.stackName, description: input.Description,
      status: isEmpty ? "FAILED" : "CREATE_COMPLETE",
      statusReason: isEmpty
        ? "The submitted information didn't contain changes. Submit different information to "
          + "create a change set." : nil,
      executionStatus: isEmpty ? "UNAVAILABLE" : "AVAILABLE", templateBody: plan.templateBody,
      parameters: plan.parameters, capabilities: plan.capabilities, tags: plan.tags,
      createdAt: engine.effects.clock.now, plan: isEmpty ? nil : plan)
    set.clientToken = input.ClientToken
    return set
  }

  // MARK: Looking

  private struct DescribeInput: Decodable, Sendable {
    var ChangeSetName: String
    var StackName: String?
    var IncludePropertyValues: Bool?
    var NextToken: String?
  }

  private func describeChangeSet(_ input: DescribeInput, _ context: RequestContext) async throws
    -> ChangeSetShape
  {
    try engine.database.read { transaction in
      let set = try found(input.ChangeSetName, input.StackName, context.scope, transaction)
      var shape = ChangeSetShape(
        set, executionStatus: try executionStatus(set, context.scope, transaction),
        withValues: input.IncludePropertyValues ?? false)
      (shape.Changes, shape.NextToken) = try page(shape.Changes, after: input.NextToken)
      return shape
    }
  }

  private struct ListInput: Decodable, Sendable {
    var StackName: String
    var NextToken: String?
  }

  private struct ListOutput: Encodable, Sendable {
    var Summaries: [ChangeSetSummaryShape]
    var NextToken: String?
  }

  private func listChangeSets(_ input: ListInput, _ context: RequestContext) async throws
    -> ListOutput
  {
    try engine.database.read { transaction in
      let stack = try existing(input.StackName, in: context.scope, transaction)
      let sets = try changeSets.changeSets(ofStack: stack.environment.stackID, transaction)
      let (page, next) = try page(sets, after: input.NextToken)
      return ListOutput(
        Summaries: try page.map {
          ChangeSetSummaryShape(
            $0, executionStatus: try executionStatus($0, context.scope, transaction))
        }, NextToken: next)
    }
  }

  /// A change set by ARN, or by name within a stack.
  func found(
    _ name: String, _ stack: String?, _ scope: Scope, _ transaction: Transaction
  ) throws -> ChangeSet {
    if name.hasPrefix("arn:") {
      if ARN(parsing: name)?.scope == scope,
        let set = try changeSets.changeSet(id: name, transaction)
      {
        return set
      }
    } else {
      guard let stack else {
        throw Self.validation("StackName must be specified if ChangeSetName is not an ARN.")
      }
      let state = try existing(stack, in: scope, transaction)
      if let set = try changeSets.changeSet(
        named: name, ofStack: state.environment.stackID, transaction)
      {
        return set
      }
    }
    throw ServiceError(
      "ChangeSetNotFound", "ChangeSet [\(name)] does not exist", status: 404)
  }

  /// The stack tells of an execution that was interrupted and carried on at the next start: it ended
  /// without a record here.
  private func executionStatus(_ set: ChangeSet, _ scope: Scope, _ transaction: Transaction) throws
    -> String
  {
    guard set.executionStatus == "EXECUTE_IN_PROGRESS",
      let stack = try engine.stacks.stack(id: set.stackID, in: scope, transaction),
      !stack.status.isInProgress
    else { return set.executionStatus }
    return Self.executionStatus(after: stack)
  }

  private static func executionStatus(after stack: StackState) -> String {
    [.createComplete, .updateComplete].contains(stack.status)
      ? "EXECUTE_COMPLETE" : "EXECUTE_FAILED"
  }

  // MARK: Executing and deleting

  private struct ExecuteInput: Decodable, Sendable {
    var ChangeSetName: String
    var StackName: String?
    var DisableRollback: Bool?
    var RetainExceptOnCreate: Bool?
    var ClientRequestToken: String?
  }

  private func executeChangeSet(_ input: ExecuteInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let choices = try choices(
      onFailure: nil, disablesRollback: input.DisableRollback, input.RetainExceptOnCreate)
    let token = RequestTokenCheck(
      token: input.ClientRequestToken, operation: "ExecuteChangeSet",
      stackName: input.ChangeSetName)
    if try repeated(token, context.scope) != nil { return EmptyOutput() }
    let set = try engine.database.read {
      try found(input.ChangeSetName, input.StackName, context.scope, $0)
    }
    guard var plan = set.plan, set.executionStatus == "AVAILABLE" else {
      throw ServiceError(
        "InvalidChangeSetStatus",
        "ChangeSet [\(set.id)] cannot be executed in its current status of [\(set.status)]")
    }
    if input.DisableRollback == true, plan.choices?.onFailure != nil {
      throw Self.validation(
        "DisableRollback can not be given where the change set says what is done OnStackFailure.")
    }
    plan.take(choices)
    do {
      _ = try await engine.start(plan) { [self] stack in
        do {
          try await mark(set, Self.executionStatus(after: stack))
        } catch {
          engine.environment.report("the change set \(set.name) kept its status: \(error)")
        }
      }
    } catch let failure as StackFailure where failure.code == .stackNotUpdatable {
      try await mark(set, "OBSOLETE")
      throw ServiceError("InvalidChangeSetStatus", failure.message)
    }
    try await markExecuting(set)
    try await remember(token, plan.environment)
    return EmptyOutput()
  }

  private func mark(_ set: ChangeSet, _ status: String) async throws {
    var set = set
    set.executionStatus = status
    let marked = set
    let changeSets = changeSets
    try await engine.database.write { try changeSets.save(marked, $0) }
  }

  /// Unless the execution has ended by now. The stack's other change sets have lost their basis and
  /// are deleted, but for those that were executed.
  private func markExecuting(_ set: ChangeSet) async throws {
    let changeSets = changeSets
    try await engine.database.write { transaction in
      for var other in try changeSets.changeSets(ofStack: set.stackID, transaction)
      where !other.executionStatus.hasPrefix("EXECUTE_") {
        if other.id == set.id {
          other.executionStatus = "EXECUTE_IN_PROGRESS"
          try changeSets.save(other, transaction)
        } else {
          try changeSets.delete(id: other.id, transaction)
        }
      }
    }
  }

  private struct DeleteInput: Decodable, Sendable {
    var ChangeSetName: String
    var StackName: String?
  }

  private func deleteChangeSet(_ input: DeleteInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await engine.database.write { [self] transaction in
      let set = try found(input.ChangeSetName, input.StackName, context.scope, transaction)
      if try executionStatus(set, context.scope, transaction) == "EXECUTE_IN_PROGRESS" {
        throw ServiceError(
          "InvalidChangeSetStatus", "ChangeSet [\(set.id)] is being executed.")
      }
      try changeSets.delete(id: set.id, transaction)
      return EmptyOutput()
    }
  }
}

/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
struct CreateChangeSetInput: Decodable, Sendable {
  var StackName: String
  var ChangeSetName: String
  var ChangeSetType: String?
  var Description: String?
  var TemplateBody: String?
  var TemplateURL: String?
  var UsePreviousTemplate: Bool?
  var Parameters: [ParameterShape]?
  var Capabilities: [String]?
  var Tags: [TagShape]?
  var NotificationARNs: [String]?
  var RollbackConfiguration: RollbackShape?
  var RoleARN: String?
  var IncludeNestedStacks: Bool?
  var ImportExistingResources: Bool?
  var ResourcesToImport: [ResourceToImport]?
  var OnStackFailure: String?
  var ResourceTypes: [String]?
  var DisableValidation: Bool?
  /// `REVERT_DRIFT`, or nothing.
  var DeploymentMode: String?
  var ClientToken: String?
}
