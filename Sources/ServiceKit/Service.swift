import AWSModel
import Effects
import PropertyTree
import ResourceModel

/// One AWS service: a table of contents of what its folder holds.
public protocol Service: Sendable {
  static var traits: ServiceTraits { get }
  /// The forms of everything that the service keeps, in the database and beside it.
  static var formats: [StoredFormat] { get }
  var operations: [Operation] { get }
  /// The CloudFormation types that the service provisions.
  var resources: [any ResourceHandler] { get }
  /// Capabilities of the service for others.
  var offer: Capabilities { get }
  /// Ways in by host or path, before any protocol.
  var frontDoors: [any FrontDoor] { get }
  /// Starts workers and timers from what is stored. Not called for one-shot commands that move no
  /// records.
  func start() async throws
  /// Ends answers that would go on for long: the server takes no more requests and waits for those
  /// under way.
  func endStreams()
  /// Ends workers and processes; buffers stay on disk.
  func stop() async
}

extension Service {
  public static var formats: [StoredFormat] { [] }
  public var resources: [any ResourceHandler] { [] }
  public var offer: Capabilities { Capabilities() }
  public var frontDoors: [any FrontDoor] { [] }
  public func start() async throws {}
  public func endStreams() {}
  public func stop() async {}
}

/// A service that stands on the emulator's environment alone, so that its entry in the catalog is
/// its name.
public protocol CatalogService: Service {
  /// Makes folders at most; starts nothing. Throws when the data directory can't be written.
  init(environment: ServiceEnvironment) throws
}

/// The effectful half of a resource type: called by the executor inside the transaction that also
/// journals the step, so both are committed or neither is.
public protocol ResourceHandler: ResourceProvider {
  /// Throws `ServiceError`; `AlreadyExists`-like errors when the name is taken.
  func create(_ request: ResourceRequest, in transaction: Transaction) throws
  /// `request.previous` holds the old properties.
  func update(_ request: ResourceRequest, in transaction: Transaction) throws
  /// No error when it is gone already.
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws
  /// The reasons against a deletion (a bucket with objects), and what would be lost.
  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  /// True when the emulator holds the resource.
  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool
  /// Physical ids of all resources of the type, for who asks after many; nil where they are asked
  /// after one by one.
  func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>?
  /// The properties of the live resource, as a template would have to say them to get what is
  /// there; nil where it is not there. `writeOnly` ones are missing.
  func liveProperties(_ request: ResourceRequest, in transaction: Transaction) throws
    -> PropertyValue?
  /// Properties that can't be read back (secrets, code), dotted.
  var writeOnly: Set<String> { get }
  /// The file behind a write-only property that takes a local path in a template (a function's
  /// code, as a ZIP archive); nil for types without one.
  func localFile(_ request: ResourceRequest, in transaction: Transaction) throws
    -> (property: String, contents: [UInt8])?
  /// The reason why no drift can be told: nothing lies behind the resource, or somebody else's. nil
  /// for what the emulator holds.
  var unreadable: String? { get }
}

extension ResourceHandler {
  public var unreadable: String? { nil }

  public var writeOnly: Set<String> { [] }

  public func localFile(_ request: ResourceRequest, in transaction: Transaction) throws
    -> (property: String, contents: [UInt8])?
  { nil }

  public func physicalIDs(in scope: Scope, _ transaction: Transaction) throws -> Set<String>? {
    nil
  }

  public func contents(_ request: ResourceRequest, in transaction: Transaction) throws
    -> ResourceContents
  {
    ResourceContents()
  }
}

/// A resource type whose calls may take longer than a transaction: a function's answer, a process,
/// somebody's signal.
///
/// A call then has three parts. `create`, `update` or `delete` runs within the step's transaction and
/// begins it; `work` runs outside; `finish` runs within a second transaction, which journals the
/// step's end. Steps that don't depend on one another wait side by side.
public protocol WaitingResourceHandler: ResourceHandler {
  /// True where the work needs a served endpoint: what it waits for comes from outside.
  var needsServer: Bool { get }
  /// The wait that the call has begun, in the same transaction and after it; nil where the call is
  /// done with that.
  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  /// Does what the step waits for. It is run again with the same token after a crash, whether or not
  /// it had come to its end: at least once. Ends soon after its task is cancelled, which happens at
  /// the token's deadline, when the deployment turns back, and when the environment is closed. What
  /// it throws is the reason of the step's failure; a resource whose creation fails here is deleted.
  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  /// Ends the call. Answers the resource's identity as it is known now, or nil where it is as it was
  /// planned (always nil for a deletion).
  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity?
}

extension WaitingResourceHandler {
  public var needsServer: Bool { false }
}

/// The resource that a handler works on.
public struct ResourceRequest: Sendable {
  public var environment: StackEnvironment
  /// For handlers that serve several types.
  public var type: ResourceType
  public var logicalID: LogicalID
  /// As it is now: an update may tell another one.
  public var physicalID: String
  public var properties: PropertyValue
  public var previous: PropertyValue?
  /// The moment of the deployment step.
  public var now: Timestamp
  /// Deletion: remove what lies inside first (a bucket's objects, all versions).
  public var discardsContents: Bool
  /// Tags that the live resource gets beside those of its properties, keys ascending. They are no
  /// properties: nobody can set, change or remove them.
  public var systemTags: [ValuedTag] = []
  /// The signals that its creation waits for; nil for none.
  public var creationSignals: CreationSignals?

  public init(
    environment: StackEnvironment, type: ResourceType = "", logicalID: LogicalID,
    physicalID: String, properties: PropertyValue, previous: PropertyValue? = nil, now: Timestamp,
    discardsContents: Bool = false
  ) {
    self.environment = environment
    self.type = type
    self.logicalID = logicalID
    self.physicalID = physicalID
    self.properties = properties
    self.previous = previous
    self.now = now
    self.discardsContents = discardsContents
  }

  public var scope: Scope { environment.scope }
}

/// The content of a resource.
public struct ResourceContents: Sendable, Hashable {
  /// In words, for the plan: `3 objects (1.2 KB)`, `120 buffered records`. Empty: nothing is lost.
  public var losses: [String]
  /// True when AWS would refuse the deletion (a bucket that is not empty).
  public var blocksDeletion: Bool
  public init(losses: [String] = [], blocksDeletion: Bool = false) {
    self.losses = losses
    self.blocksDeletion = blocksDeletion
  }
}
