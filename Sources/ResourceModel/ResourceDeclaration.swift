import PropertyTree
import ResourceFacts

/// All that is to be said of a resource type besides its properties and what it does.
///
/// From it and from the typed properties follow the schema (supported and create-only properties,
/// naming rule), the identity, placeholders, and the type's page in the documentation. Facts that
/// CloudFormation publishes are taken from `ResourceFacts` and stand here only where AWS differs.
public struct ResourceDeclaration: Sendable {
  public var type: ResourceType
  public var naming: Naming
  /// The form of the physical id; most types' is the name itself.
  public var physicalID: IdentityForm
  /// The value of `Ref`; most types' is the physical id.
  public var reference: IdentityForm
  /// The names that `Fn::GetAtt` reaches. Dotted where AWS dots them.
  public let attributes: [String: IdentityForm]
  /// The same in the order of their names: identities are made by the thousand.
  private let sortedAttributes: [(name: String, form: IdentityForm)]
  /// Create-only beyond what the public schema says, dotted.
  public var createOnly: Set<String>
  /// Properties that can't be read back: secrets, code, what only matters at creation. Dotted.
  public var writeOnly: Set<String>
  /// Values of properties that are not implemented which mean what leaving them out means, by dotted
  /// path: written out, they are taken. Beyond what the public schema says.
  public var defaults: [String: [PropertyValue]]
  /// True where the template needs CAPABILITY_IAM (CAPABILITY_NAMED_IAM with a custom name).
  public var needsIAMCapability: Bool

  /// The source of a resource's name.
  public enum Naming: Sendable, Hashable {
    /// A property (dotted where it lies deeper) gives the name; else it is generated.
    ///
    /// - Parameter lengthMax: in characters; nil for the bound that the public schema gives.
    case property(String, lengthMax: Int? = nil, form: GeneratedName = .standard)
    /// No property gives a name.
    case generated(lengthMax: Int, form: GeneratedName = .standard)
  }

  public init(
    _ type: ResourceType, naming: Naming, physicalID: IdentityForm = "{name}",
    reference: IdentityForm = "{id}", attributes: [String: IdentityForm] = [:],
    createOnly: Set<String> = [], writeOnly: Set<String> = [],
    defaults: [String: [PropertyValue]] = [:], needsIAMCapability: Bool = false
  ) {
    self.type = type
    self.naming = naming
    self.physicalID = physicalID
    self.reference = reference
    self.attributes = attributes
    sortedAttributes = attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    self.createOnly = createOnly
    self.writeOnly = writeOnly
    self.defaults = defaults
    self.needsIAMCapability = needsIAMCapability
  }

  /// The schema for typed properties that read these paths.
  ///
  /// - Parameter supported: see `ResourceSchema.supported`.
  public func schema(supported: Set<String>) -> ResourceSchema {
    let facts = ResourceFacts.facts(of: type.text)
    let published = (facts?.createOnly ?? []).filter { path in
      supported.contains { $0 == path || $0.hasPrefix("\(path).") || path.hasPrefix("\($0).") }
        || supported.contains { $0.hasSuffix(".*") && path.hasPrefix($0.dropLast()) }
    }
    return ResourceSchema(
      type: type, naming: rule(facts), createOnly: createOnly.union(published),
      supported: supported, defaults: defaults(facts, beyond: supported),
      attributes: Set(attributes.keys),
      needsIAMCapability: needsIAMCapability)
  }

  /// The declared defaults with those that the public schema gives properties at the top.
  private func defaults(_ facts: TypeFacts?, beyond supported: Set<String>)
    -> [String: [PropertyValue]]
  {
    var all = defaults
    guard let facts else { return all }
    for (name, index) in facts.shape(facts.root).facts.properties where !supported.contains(name) {
      if let value = facts.shape(index).facts.defaultValue { all[name, default: []].append(value) }
    }
    return all
  }

  private func rule(_ facts: TypeFacts?) -> NamingRule {
    switch naming {
    case .generated(let lengthMax, let form):
      return NamingRule(property: nil, lengthMax: lengthMax, form: form)
    case .property(let path, let lengthMax, let form):
      let published = facts?.lengthMax(of: path.split(separator: ".").map(String.init))
      return NamingRule(property: path, lengthMax: lengthMax ?? published ?? 128, form: form)
    }
  }

  /// `Ref` and attributes of a resource.
  ///
  /// - Parameter name: the resource's name or, of one that is there already, its physical id.
  public func identity(
    _ name: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    var values = IdentityForm.Values(
      name: name, physicalID: name, properties: properties, environment: environment)
    values.name = physicalID.name(in: name, values) ?? name
    values.physicalID = physicalID.text(values) ?? name
    var found = PropertyObject()
    for (attribute, form) in sortedAttributes { found[attribute] = form.value(values) }
    return ResourceIdentity(
      physicalID: values.physicalID,
      reference: reference.value(values) ?? .string(values.physicalID), attributes: found)
  }
}

extension TypeFacts {
  /// The longest text that a property takes, in characters; nil where the schema sets no bound.
  fileprivate func lengthMax(of keys: [String]) -> Int? {
    var shape: Shape? = self.shape(root)
    for key in keys { shape = shape?.facts.properties[key].map { self.shape($0) } }
    return shape?.facts.maxLength
  }
}
