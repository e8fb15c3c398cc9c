import Diagnostics
import PropertyTree
import ResourceModel

public enum ChangeAction: String, Sendable, Hashable, Codable {
  case create, update, replace, delete
  /// Leaves the stack, stays in the emulator (`DeletionPolicy: Retain`).
  case retain
  case keep
  /// Stays as it is, under another logical ID: only the stack's record changes.
  case move
  /// Was there without a stack, and joins this one as it is: only the stack's record changes.
  case `import`
  /// Has drifted: only the stack's record changes. With no `after`, the resource is gone and leaves
  /// the record.
  case adopt
}

/// One property that a change touches.
public struct PropertyChange: Sendable, Hashable, Codable {
  /// `ExtendedS3DestinationConfiguration.Prefix`
  public var path: String
  public var before: PropertyValue?
  public var after: PropertyValue?
  /// True when this property forces a replacement.
  public var requiresReplacement: Bool
  /// `file:line:column` of the new value, where the template has one.
  public var location: String?

  public init(
    path: String, before: PropertyValue?, after: PropertyValue?, requiresReplacement: Bool,
    location: String? = nil
  ) {
    self.path = path
    self.before = before
    self.after = after
    self.requiresReplacement = requiresReplacement
    self.location = location
  }
}

/// One cause of a change to a resource: a property that differs, and where the difference is from.
public struct ChangeReason: Sendable, Hashable, Codable {
  /// A value of another resource's `Ref` or `GetAtt`, where the plan changes it.
  public struct Reference: Sendable, Hashable, Codable {
    public var resource: LogicalID
    /// nil for `Ref`.
    public var attribute: String?

    public init(_ resource: LogicalID, attribute: String? = nil) {
      self.resource = resource
      self.attribute = attribute
    }

    /// `Stream.Arn`
    public var text: String { attribute.map { "\(resource).\($0)" } ?? resource.text }
  }

  /// As `PropertyChange.path`; an attribute of the resource (`DeletionPolicy`) by its name.
  public var property: String
  /// By resource, ascending, one of each. Empty where the template itself says something else than
  /// before.
  public var references: [Reference]
  /// True where the resource is replaced because of it.
  public var requiresReplacement: Bool
  /// Keys of the stack's tags behind a change of the resource's; nil for other reasons.
  public var stackTags: [String]?

  public init(property: String, references: [Reference] = [], requiresReplacement: Bool = false) {
    self.property = property
    self.references = references
    self.requiresReplacement = requiresReplacement
  }
}

/// The change of one resource. Everything the executor needs stands here.
public struct ResourceChange: Sendable, Hashable, Codable {
  public var logicalID: LogicalID
  public var type: ResourceType
  public var action: ChangeAction
  /// The logical ID that a moved resource has had; nil for all others.
  public var previousLogicalID: LogicalID?
  /// As deployed now; nil for a creation.
  public var before: ResourceState?
  /// As it will be; nil for a deletion or retention.
  public var after: ResourceState?
  public var properties: [PropertyChange]
  /// Reasons of an existing resource's change, one for each of `properties`; nil where none changes.
  public var reasons: [ChangeReason]?
  /// True where the stack has the resource, and it was removed outside of the stack: it is made anew.
  public var wasRemoved: Bool?
  /// True where the resource is replaced because the request says so, whatever its properties are.
  public var isForced: Bool?
  /// The deployed properties as a plan found them on a drifted resource that it puts back or adopts,
  /// secrets hidden: the state that the change starts from. nil for all others.
  public var found: PropertyValue?
  /// Resources that must be done first: creations follow it, deletions run against it.
  public var dependsOn: [LogicalID]
  /// Losses by a deletion or replacement, in words: `3 objects (1.2 KB)`.
  public var losses: [String]

  /// The plan of the stack behind the resource; nil for resources that are no stacks, and for a
  /// stack that is gone already.
  public var nestedPlan: Plan?

  /// Changes inside, where the resource is a stack itself.
  public var nested: [ResourceChange]? { nestedPlan?.changes }

  public init(
    logicalID: LogicalID, type: ResourceType, action: ChangeAction, before: ResourceState?,
    after: ResourceState?, properties: [PropertyChange] = [], dependsOn: [LogicalID] = [],
    losses: [String] = []
  ) {
    self.logicalID = logicalID
    self.type = type
    self.action = action
    self.before = before
    self.after = after
    self.properties = properties
    self.dependsOn = dependsOn
    self.losses = losses
  }
}

/// A change that the request did not want, or that needs one of those.
public struct OmittedChange: Sendable, Hashable, Codable {
  public var logicalID: LogicalID
  /// The change that a whole plan would make.
  public var action: ChangeAction
  /// The excluded resource without whose change this one can't be made; nil where the request
  /// itself leaves it out.
  public var needs: LogicalID?

  public init(logicalID: LogicalID, action: ChangeAction, needs: LogicalID? = nil) {
    self.logicalID = logicalID
    self.action = action
    self.needs = needs
  }
}

public struct OutputChange: Sendable, Hashable, Codable {
  public var key: String
  public var before: StackOutput?
  public var after: StackOutput?

  public init(key: String, before: StackOutput?, after: StackOutput?) {
    self.key = key
    self.before = before
    self.after = after
  }
}

/// The exports of other stacks that a stack's values come from, by name, ascending.
public struct ImportChange: Sendable, Hashable, Codable {
  /// nil where the state does not say.
  public var before: [String]?
  public var after: [String]
  /// The values that the plan has been made with, by name; nil in plans from before they were
  /// recorded.
  public var values: [String: String]?

  public init(before: [String]?, after: [String], values: [String: String]? = nil) {
    self.before = before
    self.after = after
    self.values = values
  }
}

/// The work of an apply, entirely: the executor reads nothing else.
public struct Plan: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable { case create, update, delete }

  public var kind: Kind
  public var environment: StackEnvironment
  public var templateBody: String
  public var description: String?
  public var parameters: [ParameterValue]
  public var capabilities: [String]
  public var tags: [String: String]
  /// In dependency order for creations and updates, then removals in reverse order. Unchanged
  /// resources are listed with `.keep`.
  public var changes: [ResourceChange]
  public var outputs: [OutputChange]
  /// nil where the stack imported nothing and imports nothing.
  public var imports: ImportChange?
  /// Under its first name, which the journals of earlier versions hold.
  private var emptiesBuckets: Bool
  /// Deletes what lies in a resource before the resource (a bucket's objects, all versions).
  public var discardsContents: Bool {
    get { emptiesBuckets }
    set { emptiesBuckets = newValue }
  }
  /// Changes of the template that the plan does not make, in the order in which it would; nil for
  /// none. The next whole plan has them again.
  public var omitted: [OmittedChange]?
  /// The stack's resources that have drifted, those of nested stacks in their own plans; nil where
  /// nobody looked.
  public var drift: [ResourceDrift]?
  /// Choices that the stack takes over; it keeps what it has where they say nothing.
  public var settings: StackSettings?
  /// Choices about this one deployment; nil for CloudFormation's defaults.
  public var choices: DeploymentChoices?
  /// True where the last deployment failed half way and this one goes on from there: it has
  /// something to do, even where no resource changes.
  public var resumes: Bool?
  /// The one who asked for it; set by who carries it out, nil where nobody says.
  public var origin: DeploymentOrigin?
  /// Warnings and notes; no plan has errors.
  public var diagnostics: [Diagnostic]
  /// Files that the resources name and the deployment brings along; nil for none.
  public var assets: [Asset]?

  public init(
    kind: Kind, environment: StackEnvironment, templateBody: String, description: String? = nil,
    parameters: [ParameterValue] = [], capabilities: [String] = [], tags: [String: String] = [:],
    changes: [ResourceChange], outputs: [OutputChange] = [], discardsContents: Bool = false,
    diagnostics: [Diagnostic] = [], assets: [Asset]? = nil
  ) {
    self.kind = kind
    self.environment = environment
    self.templateBody = templateBody
    self.description = description
    self.parameters = parameters
    self.capabilities = capabilities
    self.tags = tags
    self.changes = changes
    self.outputs = outputs
    emptiesBuckets = discardsContents
    self.diagnostics = diagnostics
    self.assets = assets
  }

  /// True when an apply would do nothing at all.
  public var isEmpty: Bool {
    kind == .update && resumes != true && changes.allSatisfy { $0.action == .keep }
      && outputs.allSatisfy { $0.before == $0.after }
      && (imports?.before ?? imports?.after) == imports?.after
  }

  /// True for an import and nothing else: the stack's statuses say so.
  public var isImport: Bool {
    kind != .delete && changes.contains { $0.action == .import }
      && changes.allSatisfy { $0.action == .import || $0.action == .keep }
  }

  public func count(of action: ChangeAction) -> Int {
    changes.count { $0.action == action }
  }
}

extension Plan {
  /// Each thing of the template that the plan leaves out, as Leat does not provision it: the place,
  /// the code and a sentence.
  public var leftOut: [String] {
    let codes: Set<DiagnosticCode> = [.unsupportedType, .unsupportedProperty, .unsupportedValue]
    return diagnostics.filter { $0.severity == .warning && codes.contains($0.code) }.map {
      ($0.span.map { "\($0.location): " } ?? "") + "\($0.code.rawValue): \($0.message)"
    }
  }
}

extension ResourceChange {
  /// True when the old resource goes.
  package var deletesOld: Bool {
    action == .delete || action == .replace && after?.updateReplacePolicy != .retain
  }
}
