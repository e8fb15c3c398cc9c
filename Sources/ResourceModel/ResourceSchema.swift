import Diagnostics
import PropertyTree

/// Facts about a resource type that planning needs; pure data, no behaviour.
public struct ResourceSchema: Sendable, Hashable {
  public var type: ResourceType
  public var naming: NamingRule?
  /// Top-level or dotted property paths whose change replaces the resource (`Name`,
  /// `VpcConfig.SubnetIds`).
  public var createOnly: Set<String>
  /// Property paths that Leat implements, dotted, indices dropped; `X.*` stands for all of `X`.
  /// A property that exists in the type's public schema but not here fails at plan time.
  public var supported: Set<String>
  /// Values of properties beyond `supported` that mean what leaving them out means, by dotted path.
  public var defaults: [String: [PropertyValue]]
  /// Names that `Fn::GetAtt` reaches.
  public var attributes: Set<String>
  /// True where the template needs CAPABILITY_IAM (CAPABILITY_NAMED_IAM with a custom name).
  public var needsIAMCapability: Bool
  /// nil where resources of the type have no tags.
  public private(set) var tagForm: TagForm?

  public init(
    type: ResourceType, naming: NamingRule?, createOnly: Set<String> = [],
    supported: Set<String>, defaults: [String: [PropertyValue]] = [:],
    attributes: Set<String> = [], needsIAMCapability: Bool = false
  ) {
    self.type = type
    self.naming = naming
    self.createOnly = createOnly
    self.supported = supported
    self.defaults = defaults
    self.attributes = attributes
    self.needsIAMCapability = needsIAMCapability
    tagForm = TagForm(self)
  }

  public func isCreateOnly(_ path: PropertyPath) -> Bool {
    let keys = path.keysOnly
    return (1...max(1, keys.count)).contains {
      createOnly.contains(keys.prefix($0).joined(separator: "."))
    }
  }
}

/// The name of a resource and the values that others can learn of it: all known before it exists,
/// but for what a wait tells.
public struct ResourceIdentity: Sendable, Hashable, Codable {
  public var physicalID: String
  /// The value of `Ref`.
  public var reference: PropertyValue
  /// The values that `Fn::GetAtt` reaches, by attribute name (dotted where AWS dots them).
  public var attributes: PropertyObject
  /// True where a wait tells the reference and further attributes, and has not yet.
  public var isPending: Bool

  public init(
    physicalID: String, reference: PropertyValue, attributes: PropertyObject = [:],
    isPending: Bool = false
  ) {
    self.physicalID = physicalID
    self.reference = reference
    self.attributes = attributes
    self.isPending = isPending
  }

  private enum Key: String, CodingKey { case physicalID, reference, attributes, isPending }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    physicalID = try container.decode(String.self, forKey: .physicalID)
    reference = try container.decode(PropertyValue.self, forKey: .reference)
    attributes =
      try container.decode(PropertyValue.self, forKey: .attributes).objectValue ?? [:]
    isPending = try container.decodeIfPresent(Bool.self, forKey: .isPending) ?? false
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(physicalID, forKey: .physicalID)
    try container.encode(reference, forKey: .reference)
    try container.encode(PropertyValue.object(attributes), forKey: .attributes)
    if isPending { try container.encode(true, forKey: .isPending) }
  }
}

/// A property that a resource type can't accept, found without touching anything.
public struct PropertyIssue: Sendable, Hashable {
  public var code: DiagnosticCode
  public var path: PropertyPath
  public var message: String
  public var hint: String?
  public var severity: Diagnostic.Severity

  public init(
    _ code: DiagnosticCode, at path: PropertyPath, _ message: String, hint: String? = nil,
    severity: Diagnostic.Severity = .error
  ) {
    self.code = code
    self.path = path
    self.message = message
    self.hint = hint
    self.severity = severity
  }
}

/// The pure half of a resource type's behaviour: what plans are made with.
public protocol ResourceProvider: Sendable {
  var type: ResourceType { get }
  /// May be put together at each call; `type` is cheap.
  var schema: ResourceSchema { get }

  /// `Ref` and `GetAtt` values for a resource with these properties and this physical id; pending
  /// where a wait tells them.
  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity

  /// Checks rules that the public schema can't say: combinations, limits, values that Leat does not
  /// implement (`LT3009`), substitutions worth a word (`LT3101`, a warning).
  func check(_ properties: PropertyValue) -> [PropertyIssue]

  /// Checks a resource against others of its template.
  ///
  /// - Parameter others: the properties of the template's resources of a type.
  func check(_ properties: PropertyValue, beside others: (ResourceType) -> [PropertyValue])
    -> [PropertyIssue]
}

extension ResourceProvider {
  public var type: ResourceType { schema.type }

  public func check(_ properties: PropertyValue) -> [PropertyIssue] { [] }

  public func check(_ properties: PropertyValue, beside others: (ResourceType) -> [PropertyValue])
    -> [PropertyIssue]
  {
    []
  }
}

/// All providers, by type.
public struct ResourceCatalog: Sendable {
  public let providers: [ResourceType: any ResourceProvider]

  /// Throws where two provide the same type.
  public init(_ providers: [any ResourceProvider]) throws(DuplicateRegistration) {
    self.providers = try Dictionary(registering: providers, as: "resource type") { $0.type }
  }

  /// Custom resources share a provider, whatever they are called.
  public subscript(type: ResourceType) -> (any ResourceProvider)? {
    providers[type] ?? (type.isCustom ? providers[.custom] : nil)
  }
}
