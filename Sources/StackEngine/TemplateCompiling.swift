import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

/// The front of the pipeline: text in, resources out. The engine's own is `TemplateCompiler`.
public protocol TemplateCompiling: Sendable {
  /// Answers every parameter, condition and reference of a template. `identify` is called once for
  /// each resource, in dependency order; `lookup` tells what a dynamic reference comes to. nil where
  /// an error forbids it.
  func resolve(
    _ source: TemplateSource, catalog: ResourceCatalog,
    lookup: (DynamicReference) -> DynamicAnswer, identify: (ResolvedResource) -> ResourceIdentity
  ) -> (stack: ResolvedStack?, diagnostics: [Diagnostic])

  /// The declarations of a template, without parameters being given.
  func outline(of body: String, file: String) -> (
    outline: TemplateOutline?, diagnostics: [Diagnostic]
  )
}

/// A template with what it is to be resolved against.
public struct TemplateSource: Sendable, Hashable {
  public var body: String
  public var file: String
  public var environment: StackEnvironment
  public var parameters: [String: String]
  /// Values of the last deployment that stay where none is given.
  public var previousParameters: [String: String]
  /// Exports of other stacks of the account and region; nil where they are not known.
  public var exports: [String: String]?
  /// Outputs of deployed stacks of all accounts and regions; nil where they are not known.
  public var outputs: [StackOutputReference: String]? = [:]
  /// True where types that nothing provisions are left out, not refused.
  public var allowsUnsupported = false
  /// Assets that local paths in the template stand for.
  public var assets: [Asset]

  public init(
    body: String, file: String, environment: StackEnvironment,
    parameters: [String: String] = [:], previousParameters: [String: String] = [:],
    exports: [String: String]? = [:], assets: [Asset] = []
  ) {
    self.body = body
    self.file = file
    self.environment = environment
    self.parameters = parameters
    self.previousParameters = previousParameters
    self.exports = exports
    self.assets = assets
  }
}

/// A template's table of contents.
public struct TemplateOutline: Sendable, Hashable {
  public struct Parameter: Sendable, Hashable {
    public var name: String
    /// `String`, `Number`, `CommaDelimitedList`, …
    public var type: String
    public var defaultValue: String?
    public var isSecret: Bool
    public var description: String?
    public var allowedValues: [String]
    /// The place of its name.
    public var span: SourceSpan?

    public init(
      name: String, type: String, defaultValue: String? = nil, isSecret: Bool = false,
      description: String? = nil, allowedValues: [String] = [], span: SourceSpan? = nil
    ) {
      self.name = name
      self.type = type
      self.defaultValue = defaultValue
      self.isSecret = isSecret
      self.description = description
      self.allowedValues = allowedValues
      self.span = span
    }
  }

  public struct Resource: Sendable, Hashable {
    public var logicalID: LogicalID
    public var type: ResourceType
    /// The property keys that the template writes at the top of the resource.
    public var properties: [String]

    public init(logicalID: LogicalID, type: ResourceType, properties: [String]) {
      self.logicalID = logicalID
      self.type = type
      self.properties = properties
    }
  }

  public var description: String?
  public var formatVersion: String?
  public var transforms: [String]
  public var parameters: [Parameter]
  public var resources: [Resource]
  /// The place of the first output.
  public var outputsSpan: SourceSpan?

  public init(
    description: String? = nil, formatVersion: String? = nil, transforms: [String] = [],
    parameters: [Parameter] = [], resources: [Resource] = [], outputsSpan: SourceSpan? = nil
  ) {
    self.description = description
    self.formatVersion = formatVersion
    self.transforms = transforms
    self.parameters = parameters
    self.resources = resources
    self.outputsSpan = outputsSpan
  }
}
