import Diagnostics
import ResourceModel

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
  /// The section `Metadata` as JSON; nil where there is none.
  public var metadata: String?

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
