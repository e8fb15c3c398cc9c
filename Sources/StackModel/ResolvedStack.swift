import Diagnostics
import PropertyTree
import ResourceModel

public enum DeletionPolicy: String, Sendable, Hashable, Codable {
  case delete = "Delete"
  case retain = "Retain"
  case retainExceptOnCreate = "RetainExceptOnCreate"
  case snapshot = "Snapshot"
}

/// A resource with every intrinsic answered.
public struct ResolvedResource: Sendable, Hashable {
  public var logicalID: LogicalID
  public var type: ResourceType
  public var properties: PropertyValue
  /// The properties with those dynamic references answered that are no secret, for names and
  /// attributes; nil where nothing was answered.
  public var answered: PropertyValue?
  /// Everything it refers to or names in DependsOn, direct only, sorted.
  public var dependsOn: [LogicalID]
  public var deletionPolicy: DeletionPolicy
  public var updateReplacePolicy: DeletionPolicy
  /// nil where its creation waits for no signals.
  public var creationSignals: CreationSignals?
  /// The place of the logical id.
  public var span: SourceSpan
  /// The places of the properties' values; nil for a resource that is written nowhere.
  public var places: LazyValuePlaces?

  public init(
    logicalID: LogicalID, type: ResourceType, properties: PropertyValue, dependsOn: [LogicalID],
    deletionPolicy: DeletionPolicy = .delete, updateReplacePolicy: DeletionPolicy = .delete,
    span: SourceSpan, places: LazyValuePlaces? = nil
  ) {
    self.logicalID = logicalID
    self.type = type
    self.properties = properties
    self.dependsOn = dependsOn
    self.deletionPolicy = deletionPolicy
    self.updateReplacePolicy = updateReplacePolicy
    self.span = span
    self.places = places
  }

  /// The properties that name the resource.
  public var identifying: PropertyValue { answered ?? properties }

  /// Every value's place by its path; made anew at each call.
  public var propertySpans: [PropertyPath: SourceSpan] { places?.value.spans ?? [:] }

  /// The nearest known place of a property.
  public func span(of path: PropertyPath) -> SourceSpan { places?.value.nearest(to: path) ?? span }
}

public struct StackOutput: Sendable, Hashable, Codable {
  public var key: String
  public var value: String
  public var description: String?
  public var exportName: String?

  public init(key: String, value: String, description: String? = nil, exportName: String? = nil) {
    self.key = key
    self.value = value
    self.description = description
    self.exportName = exportName
  }
}

/// One parameter as it was used.
public struct ParameterValue: Sendable, Hashable, Codable {
  public var name: String
  /// Lists joined with commas, as the API shows them.
  public var value: String
  /// NoEcho: shown as `****`, and kept out of plans, logs and journals.
  public var isSecret: Bool
  /// The text that the store holds under the name that `value` is; nil for parameters of other
  /// types.
  public var resolved: String?

  public init(name: String, value: String, isSecret: Bool = false, resolved: String? = nil) {
    self.name = name
    self.value = value
    self.isSecret = isSecret
    self.resolved = resolved
  }

  public var shownValue: String { isSecret ? "****" : value }
  /// Texts that no message may show.
  public var secretTexts: [String] {
    isSecret ? [value, resolved].compactMap { $0 }.filter { !$0.isEmpty } : []
  }
  public var shownResolved: String? { resolved.map { isSecret ? "****" : $0 } }
}

/// A template with parameters, mappings, conditions and references answered.
public struct ResolvedStack: Sendable, Hashable {
  public var environment: StackEnvironment
  public var description: String?
  public var parameters: [ParameterValue]
  /// In dependency order; among equals, in the template's order.
  public var resources: [ResolvedResource]
  public var outputs: [StackOutput]
  /// The names of other stacks' exports that it reads, sorted.
  public var imports: [String] = []

  public init(
    environment: StackEnvironment, description: String? = nil, parameters: [ParameterValue],
    resources: [ResolvedResource], outputs: [StackOutput]
  ) {
    self.environment = environment
    self.description = description
    self.parameters = parameters
    self.resources = resources
    self.outputs = outputs
  }
}
