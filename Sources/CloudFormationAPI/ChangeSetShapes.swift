import PropertyTree
import ResourceModel
import StackModel
import StackStore

// Members are AWS's own, letter for letter.

/// One entry of DescribeChangeSet's `Changes`.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
struct ChangeShape: Encodable, Sendable {
  struct Target: Encodable, Sendable {
    var Attribute: String
    var Name: String?
    var RequiresRecreation: String
    var Path: String?
    var BeforeValue: String?
    var AfterValue: String?
    var AttributeChangeType: String
  }

  struct Detail: Encodable, Sendable {
    var Target: Target
    var Evaluation = "Static"
    var ChangeSource = "DirectModification"
    var CausingEntity: String?
  }

  struct Resource: Encodable, Sendable {
    var PolicyAction: String?
    var Action: String
    var LogicalResourceId: String
    var PhysicalResourceId: String?
    var ResourceType: String
    var Replacement: String?
    /// Told by change sets that look at what is there.
    var ResourceDriftStatus: String?
    var Scope: [String]
    var Details: [Detail]
    var BeforeContext: String?
    var AfterContext: String?
  }

  var `Type` = "Resource"
  var ResourceChange: Resource

  /// nil for a resource that stays as it is.
  init?(_ change: ResourceChange, drift: DriftStatus?, withValues: Bool) {
    let action: String
    switch change.action {
    case .keep: return nil
    case .create: action = "Add"
    case .update, .replace, .move: action = "Modify"
    case .import: action = "Import"
    case .adopt: action = "SyncWithActual"
    case .delete, .retain: action = "Remove"
    }
    let details = change.properties.enumerated().flatMap { index, property in
      Self.details(property, change.reasons?[index], withValues)
    }
    ResourceChange = Resource(
      PolicyAction: Self.policyAction(change), Action: action,
      LogicalResourceId: change.logicalID.text,
      PhysicalResourceId: (change.action == .import ? change.after : change.before)?
        .identity.physicalID, ResourceType: change.type.text,
      Replacement: action == "Modify" ? (change.action == .replace ? "True" : "False") : nil,
      ResourceDriftStatus: drift?.rawValue,
      Scope: Array(Set(details.map(\.Target.Attribute))).sorted(), Details: details,
      BeforeContext: withValues ? change.before.map(Self.context) : nil,
      AfterContext: withValues ? change.after.map(Self.context) : nil)
  }

  private static func policyAction(_ change: ResourceChange) -> String? {
    switch change.action {
    case .delete: "Delete"
    case .retain: "Retain"
    case .replace:
      change.after?.updateReplacePolicy == .retain ? "ReplaceAndRetain" : "ReplaceAndDelete"
    case .create, .update, .keep, .move, .import, .adopt: nil
    }
  }

  /// One for each reference that the change follows, or one.
  private static func details(
    _ change: PropertyChange, _ reason: ChangeReason?, _ withValues: Bool
  ) -> [Detail] {
    let detail = detail(change, withValues)
    guard let references = reason?.references, !references.isEmpty else { return [detail] }
    return references.map { reference in
      var caused = detail
      caused.ChangeSource = reference.attribute == nil ? "ResourceReference" : "ResourceAttribute"
      caused.CausingEntity = reference.text
      return caused
    }
  }

  private static func detail(_ change: PropertyChange, _ withValues: Bool) -> Detail {
    let isAttribute = ["DeletionPolicy", "UpdateReplacePolicy"].contains(change.path)
    let steps = change.path.replacing("[", with: ".").replacing("]", with: "")
      .split(separator: ".").map(String.init)
    let kind = change.before == nil ? "Add" : change.after == nil ? "Remove" : "Modify"
    return Detail(
      Target: Target(
        Attribute: isAttribute ? change.path : steps.first == "Tags" ? "Tags" : "Properties",
        Name: isAttribute ? nil : steps.first,
        RequiresRecreation: change.requiresReplacement ? "Always" : "Never",
        Path: "/" + ((isAttribute ? [] : ["Properties"]) + steps).joined(separator: "/"),
        BeforeValue: withValues ? change.before.map(text) : nil,
        AfterValue: withValues ? change.after.map(text) : nil, AttributeChangeType: kind))
  }

  private static func text(_ value: PropertyValue) -> String {
    value.scalarText ?? JSONWriter.compact(value)
  }

  private static func context(_ state: ResourceState) -> String {
    JSONWriter.compact(.object(["Properties": state.properties]))
  }
}

struct ChangeSetShape: Encodable, Sendable {
  var ChangeSetName: String
  var ChangeSetId: String
  var StackId: String
  var StackName: String
  var Description: String?
  var Parameters: [ParameterShape]
  var CreationTime: String
  var ExecutionStatus: String
  var Status: String
  var StatusReason: String?
  var NotificationARNs: [String] = []
  var RollbackConfiguration = PropertyValue.object([:])
  var Capabilities: [String]
  var Tags: [TagShape]
  var Changes: [ChangeShape]
  var NextToken: String?
  var OnStackFailure: String?
  var IncludeNestedStacks = false
  var DeploymentMode: String?

  init(_ set: ChangeSet, executionStatus: String, withValues: Bool) {
    if set.plan?.drift != nil { DeploymentMode = "REVERT_DRIFT" }
    ChangeSetName = set.name
    ChangeSetId = set.id
    StackId = set.stackID
    StackName = set.stackName
    Description = set.description
    Parameters = set.parameters.map { ParameterShape($0) }
    CreationTime = set.createdAt.iso8601
    ExecutionStatus = executionStatus
    Status = set.status
    StatusReason = set.statusReason
    Capabilities = set.capabilities
    Tags = TagShape.list(set.tags)
    OnStackFailure = set.plan?.choices?.onFailure?.rawValue
    let drifts = Dictionary(
      (set.plan?.drift ?? []).map { ($0.logicalID, $0.status) }, uniquingKeysWith: { $1 })
    Changes = (set.plan?.changes ?? []).compactMap {
      ChangeShape($0, drift: drifts[$0.logicalID], withValues: withValues)
    }
  }
}

struct ChangeSetSummaryShape: Encodable, Sendable {
  var StackId: String
  var StackName: String
  var ChangeSetId: String
  var ChangeSetName: String
  var ExecutionStatus: String
  var Status: String
  var StatusReason: String?
  var CreationTime: String
  var Description: String?
  var IncludeNestedStacks = false

  init(_ set: ChangeSet, executionStatus: String) {
    StackId = set.stackID
    StackName = set.stackName
    ChangeSetId = set.id
    ChangeSetName = set.name
    ExecutionStatus = executionStatus
    Status = set.status
    StatusReason = set.statusReason
    CreationTime = set.createdAt.iso8601
    Description = set.description
  }
}
