import AWSModel
import ServiceKit
import ResourceModel
import StackModel
import StackStore

/// Operations that show stacks, their resources and events.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
extension CloudFormationService {
  var descriptionOperations: [Operation] {
    [
      operation("DescribeStacks", describeStacks), operation("ListStacks", listStacks),
      operation("DescribeStackResource", describeResource),
      operation("DescribeStackResources", describeResources),
      operation("ListStackResources", listResources),
    ]
  }

  // MARK: Stacks

  private struct DescribeInput: Decodable, Sendable {
    var StackName: String?
    var NextToken: String?
  }

  private struct DescribeOutput: Encodable, Sendable {
    var Stacks: [StackShape]
    var NextToken: String?
  }

  private func describeStacks(_ input: DescribeInput, _ context: RequestContext) async throws
    -> DescribeOutput
  {
    try engine.database.read { transaction in
      if let name = input.StackName {
        guard let head = try findHead(name, in: context.scope, transaction) else {
          throw unknown(name)
        }
        return DescribeOutput(Stacks: [try described(head, transaction)])
      }
      let all = try engine.stacks.heads(
        in: context.scope, includingDeleted: false, transaction)
      let (page, next) = try page(all, after: input.NextToken) { $0.environment.stackName }
      return DescribeOutput(
        Stacks: try page.map { try described($0, transaction) }, NextToken: next)
    }
  }

  private func described(_ head: StackState, _ transaction: Transaction) throws -> StackShape {
    var shape = StackShape(try showingSecrets(head, transaction))
    shape.DriftInformation = try DriftRecords.information(of: head, transaction)
    return shape
  }

  /// The stack with the secrets of access keys that its outputs give: who describes it is told them,
  /// as by AWS.
  private func showingSecrets(_ state: StackState, _ transaction: Transaction) throws -> StackState
  {
    let keys = engine.environment.capabilities()[.userKeys]
    return try state.answeringOutputs { try keys?.secret(ofKey: $0, transaction) }
  }

  private struct ListInput: Decodable, Sendable {
    var StackStatusFilter: [String]?
    var NextToken: String?
  }

  private struct ListOutput: Encodable, Sendable {
    var StackSummaries: [StackSummaryShape]
    var NextToken: String?
  }

  private func listStacks(_ input: ListInput, _ context: RequestContext) async throws -> ListOutput
  {
    let wanted = try (input.StackStatusFilter ?? []).map { text in
      guard let status = StackStatus(rawValue: text) else {
        throw Self.validation("`\(text)` is not a stack status.")
      }
      return status
    }
    return try engine.database.read { transaction in
      let all = try engine.stacks.heads(in: context.scope, includingDeleted: true, transaction)
      // The newest first.
      let age = { (state: StackState) in
        Self.number(Int64.max - state.createdAt.milliseconds) + state.environment.stackID
      }
      let (page, next) = try page(
        all.filter { wanted.isEmpty || wanted.contains($0.status) }.sorted { age($0) < age($1) },
        after: input.NextToken, by: age)
      let summaries = try page.map { head in
        var summary = StackSummaryShape(head)
        summary.DriftInformation = try DriftRecords.information(of: head, transaction)
        return summary
      }
      return ListOutput(StackSummaries: summaries, NextToken: next)
    }
  }

  // MARK: Resources

  private struct ResourceInput: Decodable, Sendable {
    var StackName: String
    var LogicalResourceId: String
  }

  private struct ResourceOutput: Encodable, Sendable {
    var StackResourceDetail: StackResourceShape
  }

  private func describeResource(_ input: ResourceInput, _ context: RequestContext) async throws
    -> ResourceOutput
  {
    let all = try engine.database.read { transaction in
      try resources(of: existing(input.StackName, in: context.scope, transaction), transaction)
    }
    guard let resource = all.first(where: { $0.LogicalResourceId == input.LogicalResourceId })
    else {
      throw Self.validation(
        "Resource \(input.LogicalResourceId) does not exist for stack \(input.StackName)")
    }
    return ResourceOutput(StackResourceDetail: resource.shown(as: .detail))
  }

  private struct ResourcesInput: Decodable, Sendable {
    var StackName: String?
    var LogicalResourceId: String?
    var PhysicalResourceId: String?
  }

  private struct ResourcesOutput: Encodable, Sendable { var StackResources: [StackResourceShape] }

  private func describeResources(_ input: ResourcesInput, _ context: RequestContext) async throws
    -> ResourcesOutput
  {
    try engine.database.read { transaction in
      let stack: StackState
      switch (input.StackName, input.PhysicalResourceId) {
      case (let name?, nil): stack = try existing(name, in: context.scope, transaction)
      case (nil, let physicalID?):
        let owner = try engine.stacks.stacks(
          in: context.scope, includingDeleted: false, transaction
        ).first { $0.resources.contains { $0.identity.physicalID == physicalID } }
        guard let owner else {
          throw Self.validation("Stack for \(physicalID) does not exist")
        }
        stack = owner
      default:
        throw Self.validation("Give either StackName or PhysicalResourceId.")
      }
      let wanted = try resources(of: stack, transaction).filter {
        input.LogicalResourceId == nil || $0.LogicalResourceId == input.LogicalResourceId
      }
      if let id = input.LogicalResourceId, wanted.isEmpty {
        throw Self.validation(
          "Resource \(id) does not exist for stack \(stack.environment.stackName)")
      }
      return ResourcesOutput(StackResources: wanted.map { $0.shown(as: .description) })
    }
  }

  private struct ListResourcesInput: Decodable, Sendable {
    var StackName: String
    var NextToken: String?
  }

  private struct ListResourcesOutput: Encodable, Sendable {
    var StackResourceSummaries: [StackResourceShape]
    var NextToken: String?
  }

  private func listResources(_ input: ListResourcesInput, _ context: RequestContext) async throws
    -> ListResourcesOutput
  {
    let all = try engine.database.read { transaction in
      try resources(of: existing(input.StackName, in: context.scope, transaction), transaction)
    }
    let (page, next) = try page(all, after: input.NextToken)
    return ListResourcesOutput(
      StackResourceSummaries: page.map { $0.shown(as: .summary) }, NextToken: next)
  }

  /// The stack's resources. Those that a creation's rollback or a deletion has taken away are told
  /// too, by their last events, as they are the answer to what became of them. So are those that a
  /// deployment could not make which was left half done.
  private func resources(of stack: StackState, _ transaction: Transaction) throws
    -> [StackResourceShape]
  {
    let drifts = try DriftRecords.resources(of: stack, transaction)
    let present = stack.resources.map { resource in
      var shape = StackResourceShape(resource, of: stack)
      if let known = drifts[resource.logicalID] { shape.DriftInformation = known.information }
      return shape
    }
    let endings: Set<StackStatus> = [
      .rollbackComplete, .rollbackFailed, .deleteComplete, .deleteFailed,
    ]
    guard endings.contains(stack.status) || stack.status.isHalfDone else { return present }
    var known = Set(present.map(\.LogicalResourceId))
    var events = try engine.stacks.events(ofStack: stack.environment.stackID, transaction)
    if stack.status.isHalfDone {
      let last = events.last?.operation
      events = events.filter {
        $0.operation == last && $0.status == ResourceStatus.createFailed.rawValue
      }
    }
    let gone = events.reversed().filter {
      $0.physicalID != stack.environment.stackID && known.insert($0.logicalID).inserted
    }
    return present + gone.reversed().map { StackResourceShape($0) }
  }
}
