import AWSModel
import ResourceModel
import ServiceKit
import StackModel

/// A buffer of a stack's resource.
public struct StackBuffer: Sendable, Hashable, Codable {
  /// nil for a resource outside of the stack that reads from one inside.
  public var logicalID: LogicalID?
  public var buffer: WaitingBuffer

  public init(logicalID: LogicalID?, buffer: WaitingBuffer) {
    self.logicalID = logicalID
    self.buffer = buffer
  }
}

/// The buffers that are to be delivered now.
public struct FlushRequest: Sendable, Hashable, Codable {
  public var scope: Scope
  public var stackName: String
  /// The resources that it is about; all of the stack's where nil.
  public var logicalIDs: [LogicalID]?

  public init(scope: Scope, stackName: String, logicalIDs: [LogicalID]? = nil) {
    self.scope = scope
    self.stackName = stackName
    self.logicalIDs = logicalIDs
  }

  /// The buffers whose records a plan would lose: of its stack, and of those nested in it.
  public static func all(for plan: Plan) -> [FlushRequest] {
    let leaving = plan.changes.filter(\.deletesOld).compactMap(\.before?.logicalID)
    let own =
      leaving.isEmpty
      ? []
      : [
        FlushRequest(
          scope: plan.environment.scope, stackName: plan.environment.stackName,
          logicalIDs: leaving)
      ]
    return own + plan.changes.compactMap(\.nestedPlan).flatMap(all)
  }
}
