import AWSModel
import Effects
import PropertyTree
import ResourceModel

/// CloudFormation's stack statuses.
public enum StackStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case createInProgress = "CREATE_IN_PROGRESS"
  case createFailed = "CREATE_FAILED"
  case createComplete = "CREATE_COMPLETE"
  case rollbackInProgress = "ROLLBACK_IN_PROGRESS"
  case rollbackFailed = "ROLLBACK_FAILED"
  case rollbackComplete = "ROLLBACK_COMPLETE"
  case deleteInProgress = "DELETE_IN_PROGRESS"
  case deleteFailed = "DELETE_FAILED"
  case deleteComplete = "DELETE_COMPLETE"
  case updateInProgress = "UPDATE_IN_PROGRESS"
  case updateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
  case updateComplete = "UPDATE_COMPLETE"
  case updateFailed = "UPDATE_FAILED"
  case updateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS"
  case updateRollbackFailed = "UPDATE_ROLLBACK_FAILED"
  case updateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
  case updateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE"
  case reviewInProgress = "REVIEW_IN_PROGRESS"
  case importInProgress = "IMPORT_IN_PROGRESS"
  case importComplete = "IMPORT_COMPLETE"
  case importRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS"
  case importRollbackFailed = "IMPORT_ROLLBACK_FAILED"
  case importRollbackComplete = "IMPORT_ROLLBACK_COMPLETE"

  public var isInProgress: Bool { rawValue.hasSuffix("IN_PROGRESS") && self != .reviewInProgress }
}

public enum ResourceStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case createInProgress = "CREATE_IN_PROGRESS"
  case createFailed = "CREATE_FAILED"
  case createComplete = "CREATE_COMPLETE"
  case updateInProgress = "UPDATE_IN_PROGRESS"
  case updateFailed = "UPDATE_FAILED"
  case updateComplete = "UPDATE_COMPLETE"
  case deleteInProgress = "DELETE_IN_PROGRESS"
  case deleteFailed = "DELETE_FAILED"
  case deleteComplete = "DELETE_COMPLETE"
  case deleteSkipped = "DELETE_SKIPPED"
  case importComplete = "IMPORT_COMPLETE"

  public var isFailed: Bool { self == .createFailed || self == .updateFailed }
}

/// A resource as it was last deployed.
public struct ResourceState: Sendable, Hashable, Codable {
  public var logicalID: LogicalID
  public var type: ResourceType
  public var identity: ResourceIdentity
  public var properties: PropertyValue
  public var dependsOn: [LogicalID]
  public var deletionPolicy: DeletionPolicy
  public var updateReplacePolicy: DeletionPolicy
  public var status: ResourceStatus
  public var statusReason: String?
  public var updatedAt: Timestamp
  /// The signals that its creation waits for; nil for none.
  public var creationSignals: CreationSignals?
  /// The number of times the resource has been replaced: the seed of its generated name.
  public var generation: Int

  public init(
    logicalID: LogicalID, type: ResourceType, identity: ResourceIdentity,
    properties: PropertyValue, dependsOn: [LogicalID], deletionPolicy: DeletionPolicy = .delete,
    updateReplacePolicy: DeletionPolicy = .delete, status: ResourceStatus,
    statusReason: String? = nil, updatedAt: Timestamp, generation: Int = 0
  ) {
    self.logicalID = logicalID
    self.type = type
    self.identity = identity
    self.properties = properties
    self.dependsOn = dependsOn
    self.deletionPolicy = deletionPolicy
    self.updateReplacePolicy = updateReplacePolicy
    self.status = status
    self.statusReason = statusReason
    self.updatedAt = updatedAt
    self.generation = generation
  }
}

/// A stack as it was last deployed. A fold of its journal.
public struct StackState: Sendable, Hashable, Codable {
  public var environment: StackEnvironment
  public var status: StackStatus
  public var statusReason: String?
  public var description: String?
  public var templateBody: String
  public var parameters: [ParameterValue]
  public var capabilities: [String]
  public var tags: [String: String]
  /// In the order in which they were created.
  public var resources: [ResourceState]
  public var outputs: [StackOutput]
  /// The exports that the stack imports, by name, ascending; nil for none, and for states from
  /// before they were recorded.
  public var imports: [String]?
  /// nil where nothing was said of them.
  public var settings: StackSettings?
  public var createdAt: Timestamp
  public var updatedAt: Timestamp?
  public var deletedAt: Timestamp?

  public init(
    environment: StackEnvironment, status: StackStatus, templateBody: String,
    parameters: [ParameterValue] = [], capabilities: [String] = [], tags: [String: String] = [:],
    resources: [ResourceState] = [], outputs: [StackOutput] = [], createdAt: Timestamp
  ) {
    self.environment = environment
    self.status = status
    self.templateBody = templateBody
    self.parameters = parameters
    self.capabilities = capabilities
    self.tags = tags
    self.resources = resources
    self.outputs = outputs
    self.createdAt = createdAt
  }

  public func resource(_ id: LogicalID) -> ResourceState? {
    resources.first { $0.logicalID == id }
  }
}

/// One line of a stack's history, as DescribeStackEvents shows it.
public struct StackEvent: Sendable, Hashable, Codable {
  public var id: String
  public var stackID: String
  public var stackName: String
  /// The stack's own name for events of the stack itself.
  public var logicalID: String
  public var physicalID: String
  public var type: String
  /// A `StackStatus` or `ResourceStatus` by its raw value.
  public var status: String
  public var reason: String?
  public var timestamp: Timestamp
  /// nil for events from before operations were recorded.
  public var operation: StackOperationMark?

  public init(
    id: String, stackID: String, stackName: String, logicalID: String, physicalID: String,
    type: String, status: String, reason: String? = nil, timestamp: Timestamp
  ) {
    self.id = id
    self.stackID = stackID
    self.stackName = stackName
    self.logicalID = logicalID
    self.physicalID = physicalID
    self.type = type
    self.status = status
    self.reason = reason
    self.timestamp = timestamp
  }
}
