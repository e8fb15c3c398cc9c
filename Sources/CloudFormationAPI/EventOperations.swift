import AWSModel
import ServiceKit
import StackModel
import StackStore

/// DescribeStackEvents and DescribeEvents.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
extension CloudFormationService {
  var eventOperations: [Operation] {
    [
      operation("DescribeStackEvents", describeStackEvents),
      operation("DescribeEvents", describeEvents),
    ]
  }

  private struct EventsInput: Decodable, Sendable {
    var StackName: String
    var NextToken: String?
  }

  private struct EventsOutput: Encodable, Sendable {
    var StackEvents: [StackEventShape]
    var NextToken: String?
  }

  private func describeStackEvents(_ input: EventsInput, _ context: RequestContext) async throws
    -> EventsOutput
  {
    let before = try ordinal(input.NextToken)
    return try engine.database.read { transaction in
      guard let stack = try findHead(input.StackName, in: context.scope, transaction) else {
        throw Self.validation("Stack [\(input.StackName)] does not exist")
      }
      let page = try engine.stacks.eventPage(
        ofStack: stack.environment.stackID, before: before, limit: Self.itemsPerPage, transaction)
      return EventsOutput(
        StackEvents: page.events.map { StackEventShape($0) },
        NextToken: page.next.map { String($0) })
    }
  }

  private func ordinal(_ token: String?) throws -> Int64? {
    guard let token else { return nil }
    guard let ordinal = Int64(token), ordinal > 0 else {
      throw Self.validation("NextToken `\(token)` is not valid.")
    }
    return ordinal
  }

  // MARK: By operation

  private struct Filter: Decodable, Sendable { var FailedEvents: Bool? }

  private struct OperationInput: Decodable, Sendable {
    var StackName: String?
    var ChangeSetName: String?
    var OperationId: String?
    var Filters: Filter?
    var NextToken: String?
  }

  private struct OperationOutput: Encodable, Sendable {
    var OperationEvents: [OperationEventShape]
    var NextToken: String?
  }

  private func describeEvents(_ input: OperationInput, _ context: RequestContext) async throws
    -> OperationOutput
  {
    if input.ChangeSetName != nil {
      // A change set is made at once, or refused: there are no events of its making.
      throw ServiceError.unsupported("`ChangeSetName` of DescribeEvents")
    }
    guard input.StackName != nil || input.OperationId != nil else {
      throw Self.validation("Either StackName, ChangeSetName or OperationId must be specified.")
    }
    let start = try ordinal(input.NextToken)
    return try engine.database.read { transaction in
      let stackID = try stackID(input, context.scope, transaction)
      var (found, before): ([StackEvent], Int64?) = ([], start)
      // Pages are filtered: one may take several of the store's.
      while true {
        let page = try engine.stacks.eventPage(
          ofStack: stackID, before: before, limit: Self.itemsPerPage - found.count, transaction)
        found += page.events.filter { event in
          (input.OperationId == nil || event.operation?.id == input.OperationId)
            && (input.Filters?.FailedEvents != true || event.isFailure)
        }
        before = page.next
        if before == nil || found.count == Self.itemsPerPage { break }
      }
      return OperationOutput(
        OperationEvents: found.map { OperationEventShape($0) }, NextToken: before.map { "\($0)" })
    }
  }

  private func stackID(
    _ input: OperationInput, _ scope: Scope, _ transaction: Transaction
  ) throws -> String {
    if let name = input.StackName {
      guard let head = try findHead(name, in: scope, transaction) else { throw unknown(name) }
      return head.environment.stackID
    }
    let id = input.OperationId ?? ""
    for head in try engine.stacks.heads(in: scope, includingDeleted: true, transaction) {
      let events = try engine.stacks.events(ofStack: head.environment.stackID, transaction)
      if events.contains(where: { $0.operation?.id == id }) { return head.environment.stackID }
    }
    throw Self.validation("Operation \(id) does not exist")
  }
}

extension StackEvent {
  fileprivate var isFailure: Bool { status.hasSuffix("_FAILED") }
}

/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_OperationEvent.html
private struct OperationEventShape: Encodable, Sendable {
  var EventId: String
  var StackId: String
  var OperationId: String?
  var OperationType: String?
  var OperationStatus: String?
  var EventType: String
  var LogicalResourceId: String
  var PhysicalResourceId: String
  var ResourceType: String
  var Timestamp: String
  var ResourceStatus: String
  var ResourceStatusReason: String?

  init(_ event: StackEvent) {
    EventId = event.id
    StackId = event.stackID
    OperationId = event.operation?.id
    OperationType = event.operation?.kind.rawValue
    LogicalResourceId = event.logicalID
    PhysicalResourceId = event.physicalID
    ResourceType = event.type
    Timestamp = event.timestamp.iso8601
    ResourceStatus = event.status
    ResourceStatusReason = event.reason
    let isStack = event.physicalID == event.stackID
    EventType = event.isFailure && !isStack ? "PROVISIONING_ERROR" : "STACK_EVENT"
    guard isStack, let status = StackStatus(rawValue: event.status) else { return }
    OperationStatus =
      status.isInProgress ? "IN_PROGRESS" : event.succeeds(status) ? "SUCCEEDED" : "FAILED"
  }
}

extension StackEvent {
  /// True where the operation came to what it was for.
  fileprivate func succeeds(_ status: StackStatus) -> Bool {
    switch operation?.kind {
    case .rollback?, .continuedRollback?:
      [.rollbackComplete, .updateRollbackComplete].contains(status)
    default: [.createComplete, .updateComplete, .importComplete, .deleteComplete].contains(status)
    }
  }
}
