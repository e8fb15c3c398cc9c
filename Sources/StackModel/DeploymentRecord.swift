import Effects
import PropertyTree
import ResourceModel

/// The person or program behind a deployment, as far as it is known.
public struct DeploymentOrigin: Sendable, Hashable, Codable {
  /// `ada@laptop`; nil where a program came over the network.
  public var user: String?
  /// The commit that the template's folder was at: 40 or 64 hexadecimal digits; nil outside of a
  /// repository.
  public var commit: String?
  /// `leat deploy`, or an operation of CloudFormation's API.
  public var command: String

  public init(user: String? = nil, commit: String? = nil, command: String) {
    self.user = user
    self.commit = commit
    self.command = command
  }
}

/// One deployment of a stack, as its history keeps it: what was asked for, and what came of it.
public struct DeploymentRecord: Sendable, Hashable, Codable {
  /// The fate of one resource.
  public struct Change: Sendable, Hashable, Codable {
    public var logicalID: LogicalID
    public var type: ResourceType
    public var action: ChangeAction
    public var previousLogicalID: LogicalID?
    public var physicalID: String?
    /// Paths of properties that an existing resource's change touches.
    public var properties: [String]
  }

  /// From 1, for all stacks that have borne the name, one after the other.
  public var number: Int
  public var stackID: String
  public var kind: Plan.Kind
  public var startedAt: Timestamp
  /// nil while it is under way.
  public var endedAt: Timestamp?
  /// The stack's, in the end; nil while it is under way.
  public var status: StackStatus?
  public var statusReason: String?
  public var templateBody: String
  public var parameters: [ParameterValue]
  public var capabilities: [String]
  public var tags: [String: String]
  /// nil where nobody said.
  public var origin: DeploymentOrigin?
  /// Resources that stayed as they were are left out.
  public var changes: [Change]
  /// Files that it brought along, by name alone.
  public var assets: [Asset]

  /// - Parameter deployment: as it begins.
  public init(_ deployment: Deployment, number: Int) {
    let plan = deployment.plan
    self.number = number
    stackID = plan.environment.stackID
    kind = plan.kind
    startedAt = deployment.startedAt
    templateBody = plan.templateBody
    parameters = plan.parameters
    capabilities = plan.capabilities
    tags = plan.tags
    origin = plan.origin
    changes = plan.changes.filter { $0.action != .keep }.map { change in
      Change(
        logicalID: change.logicalID, type: change.type, action: change.action,
        previousLogicalID: change.previousLogicalID,
        physicalID: (change.after ?? change.before)?.identity.physicalID,
        properties: change.before == nil || change.after == nil
          ? [] : change.properties.map(\.path))
    }
    assets = (plan.assets ?? []).map(\.withoutContents)
  }

  /// True where the stack was left as the deployment wanted it.
  public var isGood: Bool {
    switch status {
    case .createComplete?, .updateComplete?, .importComplete?, .deleteComplete?: true
    default: false
    }
  }
}
