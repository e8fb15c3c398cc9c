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
  /// What the service can do for others.
  var offer: Capabilities { get }
  /// Ways in by host or path, before any protocol.
  var frontDoors: [any FrontDoor] { get }
  /// Starts workers and timers from what is stored. Not called for one-shot commands that move no
  /// records.
  func start() async throws
  /// Ends workers and processes; buffers stay on disk.
  func stop() async
}

extension Service {
  public static var formats: [StoredFormat] { [] }
  public var resources: [any ResourceHandler] { [] }
  public var offer: Capabilities { Capabilities() }
  public var frontDoors: [any FrontDoor] { [] }
  public func start() async throws {}
  public func stop() async {}
}

/// The effectful half of a resource type: called by the executor inside the transaction that also
/// journals the step, so both come to be or neither.
public protocol ResourceHandler: ResourceProvider {
  /// Throws `ServiceError`; `AlreadyExists`-like errors when the name is taken.
  func create(_ request: ResourceRequest, in transaction: Transaction) throws
  /// `request.previous` holds the old properties.
  func update(_ request: ResourceRequest, in transaction: Transaction) throws
  /// No error when it is gone already.
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws
  /// What stands against a deletion (a bucket with objects), and what would be lost.
  func contents(_ request: ResourceRequest, in transaction: Transaction) throws -> ResourceContents
  /// True when the emulator holds the resource.
  func exists(_ request: ResourceRequest, in transaction: Transaction) throws -> Bool
}

extension ResourceHandler {
  public func contents(_ request: ResourceRequest, in transaction: Transaction) throws
    -> ResourceContents
  {
    ResourceContents()
  }
}

/// What a handler works on.
public struct ResourceRequest: Sendable {
  public var environment: StackEnvironment
  public var logicalID: LogicalID
  public var physicalID: String
  public var properties: PropertyValue
  public var previous: PropertyValue?
  /// The moment of the deployment step.
  public var now: Timestamp
  /// Deletion: remove what lies inside first (a bucket's objects, all versions).
  public var discardsContents: Bool

  public init(
    environment: StackEnvironment, logicalID: LogicalID, physicalID: String,
    properties: PropertyValue, previous: PropertyValue? = nil, now: Timestamp,
    discardsContents: Bool = false
  ) {
    self.environment = environment
    self.logicalID = logicalID
    self.physicalID = physicalID
    self.properties = properties
    self.previous = previous
    self.now = now
    self.discardsContents = discardsContents
  }

  public var scope: Scope { environment.scope }
}

/// What lies inside a resource.
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
