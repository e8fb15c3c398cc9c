import AWSModel
import Effects
import PropertyTree
import ResourceModel
import Synchronization

/// A resource type in one piece: what is declared of it, its typed properties, and what it does.
///
/// The rest follows: supported properties are those that `Properties` reads, create-only ones and
/// lengths come from the public schema, identity and naming from the declaration. Properties are
/// decoded and checked when a plan is made and again when it is carried out; what `Properties` does
/// not read is refused by name both times.
public protocol ResourceDefinition: ResourceHandler {
  /// The properties by CloudFormation's names. An enumeration inside is `CaseIterable`; what takes
  /// any document is a `PropertyValue`.
  associatedtype Properties: Codable & Sendable

  static var declaration: ResourceDeclaration { get }

  /// Checks rules that the public schema can't say: combinations, limits, values that Leat does not
  /// implement.
  func check(_ properties: Properties, _ issues: inout PropertyIssues)

  /// Throws `ServiceError`; `AlreadyExists`-like errors when the name is taken.
  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws
  /// `step.previous` holds the old properties. Never called for a type whose properties are all
  /// create-only.
  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws

  /// The live properties, as a template would have to say them to get what is there; nil where the
  /// resource is not there. Write-only properties are missing.
  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties?
}

/// A step of a deployment, its properties decoded.
public struct ResourceStep<Properties: Sendable>: Sendable {
  public var request: ResourceRequest
  public var properties: Properties
  /// For updates: as they were.
  public var previous: Properties?

  public init(request: ResourceRequest, properties: Properties, previous: Properties? = nil) {
    self.request = request
    self.properties = properties
    self.previous = previous
  }

  public var physicalID: String { request.physicalID }
  public var scope: Scope { request.environment.scope }
  public var environment: StackEnvironment { request.environment }
  public var now: Timestamp { request.now }

  /// The live resource's tags: those of its properties and the system's.
  public func allTags<Tag: TagShape>(_ own: [Tag]?) -> [Tag] {
    (own ?? []) + request.systemTags.map { Tag(key: $0.Key, value: $0.Value) }
  }
}

extension ResourceDefinition {
  public var type: ResourceType { Self.declaration.type }

  public var schema: ResourceSchema {
    DefinedSchemas.schema(of: Self.declaration) {
      // A type whose members can't be read off is a mistake in Leat; a test reads every type.
      do { return try ReadablePaths.of(Properties.self) } catch {
        preconditionFailure("\(Self.declaration.type): \(error)")
      }
    }
  }

  public func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    Self.declaration.identity(physicalID, properties: properties, in: environment)
  }

  public func check(_ properties: Properties, _ issues: inout PropertyIssues) {}

  public func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    throw ServiceError.unsupported("changes of \(Self.declaration.type)")
  }

  public func check(_ properties: PropertyValue) -> [PropertyIssue] { typedIssues(properties) }

  /// Issues from the typed check of what is known. A member with an unknown value inside is left out,
  /// and so is what the check then says of that member, or against the whole.
  public func typedIssues(_ properties: PropertyValue) -> [PropertyIssue] {
    let known = properties.withoutUnknownMembers
    // Wrong types are reported by the check against the public schema, with their places.
    guard let typed = try? TreeDecoder().decode(Properties.self, from: known ?? properties) else {
      return []
    }
    var issues = PropertyIssues()
    check(typed, &issues)
    guard let known else { return issues.all }
    return issues.all.filter { issue in
      guard let member = issue.path.keysOnly.first else { return issue.severity != .error }
      return known[member] != nil
    }
  }

  public func create(_ request: ResourceRequest, in transaction: Transaction) throws {
    try create(try step(request), in: transaction)
  }

  public func update(_ request: ResourceRequest, in transaction: Transaction) throws {
    try update(try step(request), in: transaction)
  }

  public func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool {
    try read(request, in: transaction) != nil
  }

  public var writeOnly: Set<String> { Self.declaration.writeOnly }

  public func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  {
    guard let found = try read(request, in: transaction) else { return nil }
    let properties = try TreeEncoder().encode(found)
    return schema.tagForm?.removing(where: TagRules.isSystemKey, from: properties) ?? properties
  }

  /// The typed properties of a resource that is asked for or deleted; nil where some of them are
  /// known only later.
  public func typed(_ request: ResourceRequest) throws -> Properties? {
    request.properties.containsUnknown ? nil : try decode(request.properties)
  }

  /// The step, with what a plan would have refused refused again.
  private func step(_ request: ResourceRequest) throws -> ResourceStep<Properties> {
    let properties = try decode(request.properties)
    var issues = PropertyIssues()
    check(properties, &issues)
    if let error = issues.all.first(where: { $0.severity == .error }) {
      let place = error.path.steps.isEmpty ? "" : "\(error.path): "
      throw ServiceError.validation(place + error.message)
    }
    return ResourceStep(
      request: request, properties: properties, previous: try request.previous.map(decode))
  }

  private func decode(_ properties: PropertyValue) throws -> Properties {
    do {
      let (typed, unread) = try TreeDecoder().decodeReportingUnread(
        Properties.self, from: properties)
      if let first = unread.first {
        throw ServiceError.unsupported("the property `\(first)` of \(Self.declaration.type)")
      }
      return typed
    } catch let error as DecodingError {
      throw ServiceError.validation(
        "The properties of \(Self.declaration.type) are not valid: \(error.reason)")
    }
  }
}

extension PropertyValue {
  /// An object without the members that hold something unknown; nil where all is known.
  fileprivate var withoutUnknownMembers: PropertyValue? {
    guard containsUnknown, let object = objectValue else { return nil }
    return .object(
      PropertyObject(object.filter { !$0.value.containsUnknown }.map { ($0.key, $0.value) }))
  }
}

/// Schemas of types that have been looked at: a command that plans one stack looks at few.
private enum DefinedSchemas {
  private static let memo = Mutex<[ResourceType: ResourceSchema]>([:])

  static func schema(of declaration: ResourceDeclaration, supported: () -> Set<String>)
    -> ResourceSchema
  {
    if let known = memo.withLock({ $0[declaration.type] }) { return known }
    let schema = declaration.schema(supported: supported())
    memo.withLock { $0[declaration.type] = schema }
    return schema
  }
}

extension DecodingError {
  /// In a user's words: where, and what was expected.
  var reason: String {
    switch self {
    case .keyNotFound(let key, let context):
      let path = (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")
      return "`\(path)` is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return "`\(context.codingPath.map(\.stringValue).joined(separator: "."))`: "
        + context.debugDescription
    @unknown default: return "\(self)"
    }
  }
}
