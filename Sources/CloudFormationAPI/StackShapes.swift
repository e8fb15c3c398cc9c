import AWSModel
import PropertyTree
import ResourceModel
import StackModel

// Members are AWS's own, letter for letter.

/// A parameter of a request or of a stack's description.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
struct ParameterShape: Codable, Sendable {
  var ParameterKey: String
  var ParameterValue: String?
  var UsePreviousValue: Bool?
  /// Told, never asked for: what the parameter store held.
  var ResolvedValue: String?

  init(_ value: ParameterValue) {
    ParameterKey = value.name
    ParameterValue = value.shownValue
    ResolvedValue = value.shownResolved
  }
}

struct TagShape: Codable, Sendable {
  var Key: String
  var Value: String

  static func list(_ tags: [String: String]) -> [TagShape] {
    tags.sorted { $0.key < $1.key }.map { TagShape(Key: $0.key, Value: $0.value) }
  }

  static func table(_ tags: [TagShape]?) -> [String: String] {
    Dictionary((tags ?? []).map { ($0.Key, $0.Value) }, uniquingKeysWith: { _, last in last })
  }
}

struct StackIDOutput: Encodable, Sendable {
  var StackId: String
  /// Of the operation's events.
  var OperationId: String?
}

struct StackShape: Encodable, Sendable {
  struct Output: Encodable, Sendable {
    var OutputKey: String
    var OutputValue: String
    var Description: String?
    var ExportName: String?
  }
  struct Drift: Encodable, Sendable {
    var StackDriftStatus = "NOT_CHECKED"
    var LastCheckTimestamp: String?
  }

  var StackId: String
  var StackName: String
  var Description: String?
  var Parameters: [ParameterShape]
  var CreationTime: String
  var LastUpdatedTime: String?
  var DeletionTime: String?
  var RollbackConfiguration = PropertyValue.object([:])
  var StackStatus: String
  var StackStatusReason: String?
  var DisableRollback: Bool
  var NotificationARNs: [String] = []
  var Capabilities: [String]
  /// nil where there are none.
  var Outputs: [Output]?
  var RoleARN: String?
  var TimeoutInMinutes: Int?
  var Tags: [TagShape]
  var EnableTerminationProtection: Bool
  var RetainExceptOnCreate: Bool?
  var DeletionMode: String?
  var ParentId: String?
  var RootId: String?
  var DriftInformation = Drift()

  init(_ state: StackState) {
    StackId = state.environment.stackID
    StackName = state.environment.stackName
    Description = state.description
    Parameters = state.parameters.map { ParameterShape($0) }
    CreationTime = state.createdAt.iso8601
    LastUpdatedTime = state.updatedAt?.iso8601
    DeletionTime = state.deletedAt?.iso8601
    StackStatus = state.status.rawValue
    StackStatusReason = state.statusReason
    Capabilities = state.capabilities
    if !state.outputs.isEmpty {
      Outputs = state.outputs.map {
        Output(
          OutputKey: $0.key, OutputValue: $0.value, Description: $0.description,
          ExportName: $0.exportName)
      }
    }
    RoleARN = state.settings?.roleARN
    TimeoutInMinutes = state.settings?.timeoutInMinutes
    EnableTerminationProtection = state.settings?.isProtected ?? false
    DisableRollback = state.settings?.disablesRollback ?? false
    RetainExceptOnCreate = state.settings?.retainsExceptOnCreate
    DeletionMode = state.settings?.deletionMode
    Tags = TagShape.list(state.tags)
    ParentId = state.environment.parentID
    RootId = state.environment.rootID
  }
}

struct StackSummaryShape: Encodable, Sendable {
  var StackId: String
  var StackName: String
  var TemplateDescription: String?
  var CreationTime: String
  var LastUpdatedTime: String?
  var DeletionTime: String?
  var StackStatus: String
  var StackStatusReason: String?
  var ParentId: String?
  var RootId: String?
  var DriftInformation = StackShape.Drift()

  init(_ state: StackState) {
    StackId = state.environment.stackID
    StackName = state.environment.stackName
    TemplateDescription = state.description
    CreationTime = state.createdAt.iso8601
    LastUpdatedTime = state.updatedAt?.iso8601
    DeletionTime = state.deletedAt?.iso8601
    StackStatus = state.status.rawValue
    StackStatusReason = state.statusReason
    ParentId = state.environment.parentID
    RootId = state.environment.rootID
  }
}

struct StackEventShape: Encodable, Sendable {
  var StackId: String
  var EventId: String
  var StackName: String
  var OperationId: String?
  var LogicalResourceId: String
  var PhysicalResourceId: String
  var ResourceType: String
  var Timestamp: String
  var ResourceStatus: String
  var ResourceStatusReason: String?

  init(_ event: StackEvent) {
    StackId = event.stackID
    EventId = event.id
    StackName = event.stackName
    OperationId = event.operation?.id
    LogicalResourceId = event.logicalID
    PhysicalResourceId = event.physicalID
    ResourceType = event.type
    Timestamp = event.timestamp.iso8601
    ResourceStatus = event.status
    ResourceStatusReason = event.reason
  }
}

/// A resource of a stack. The three operations that show one differ in the name of the moment.
struct StackResourceShape: Encodable, Sendable {
  /// The operation that shows it.
  enum Form { case summary, detail, description }

  struct Drift: Encodable, Sendable {
    var StackResourceDriftStatus = "NOT_CHECKED"
    var LastCheckTimestamp: String?
  }

  var StackName: String?
  var StackId: String?
  var LogicalResourceId: String
  var PhysicalResourceId: String
  var ResourceType: String
  var Timestamp: String?
  var LastUpdatedTimestamp: String?
  var ResourceStatus: String
  var ResourceStatusReason: String?
  var DriftInformation = Drift()

  /// A resource that is gone, by the last that its stack said of it.
  init(_ event: StackEvent) {
    StackName = event.stackName
    StackId = event.stackID
    LogicalResourceId = event.logicalID
    PhysicalResourceId = event.physicalID
    ResourceType = event.type
    Timestamp = event.timestamp.iso8601
    LastUpdatedTimestamp = event.timestamp.iso8601
    ResourceStatus = event.status
    ResourceStatusReason = event.reason
  }

  init(_ resource: ResourceState, of state: StackState) {
    StackName = state.environment.stackName
    StackId = state.environment.stackID
    Timestamp = resource.updatedAt.iso8601
    LastUpdatedTimestamp = resource.updatedAt.iso8601
    LogicalResourceId = resource.logicalID.text
    PhysicalResourceId = resource.identity.physicalID
    ResourceType = resource.type.text
    ResourceStatus = resource.status.rawValue
    ResourceStatusReason = resource.statusReason
  }

  /// With the members of a form alone.
  func shown(as form: Form) -> Self {
    var shape = self
    if form == .summary {
      shape.StackName = nil
      shape.StackId = nil
    }
    if form == .description {
      shape.LastUpdatedTimestamp = nil
    } else {
      shape.Timestamp = nil
    }
    return shape
  }
}
