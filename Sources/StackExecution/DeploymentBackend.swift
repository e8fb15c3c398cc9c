import Effects
import ResourceModel
import StackModel

/// Where a deployment's steps become durable.
public protocol DeploymentBackend: Sendable {
  /// Runs the steps in this order, each atomically: either everything that its body did is kept,
  /// or nothing. Several may share one commit. Returns when all are on disk; throws what the first
  /// failing body threw, the others' work kept.
  func commit<Value: Sendable>(_ steps: [AtomicStep<Value>]) async throws -> [Value]
}

/// One atomic piece of work.
public struct AtomicStep<Value: Sendable>: Sendable {
  /// `forward/Bucket`: names the crash points around it.
  public var name: String
  public var body: @Sendable (any DeploymentTransaction) throws -> Value

  public init(
    name: String, body: @escaping @Sendable (any DeploymentTransaction) throws -> Value
  ) {
    self.name = name
    self.body = body
  }
}

/// What a step can see and change; valid inside the step's body only.
public protocol DeploymentTransaction {
  // Journal
  /// The deployment with its whole plan; nil when it has ended.
  func deployment(_ id: String) throws -> Deployment?
  /// Phase and failure alone, cheaper than the whole.
  func phase(of deployment: String) throws -> (phase: DeploymentPhase, failure: String?)?
  func begin(_ deployment: Deployment) throws
  func move(_ deployment: String, to phase: DeploymentPhase, failure: String?) throws
  /// Forgets the deployment and its records.
  func end(_ deployment: String) throws
  func outcomes(of deployment: String) throws -> [String: StepOutcome]
  func outcome(of step: String, in deployment: String) throws -> StepOutcome?
  func record(_ outcome: StepOutcome, of step: String, in deployment: String) throws

  // Stack
  /// The stack that bears the name now, resources included.
  func stack(named name: String, in environment: StackEnvironment) throws -> StackState?
  func stack(_ environment: StackEnvironment) throws -> StackState?
  /// The stack with no resources in it.
  func head(_ environment: StackEnvironment) throws -> StackState?
  /// Everything but the resources.
  func saveHead(_ state: StackState) throws
  func saveResource(_ resource: ResourceState, in environment: StackEnvironment) throws
  func removeResource(_ id: LogicalID, in environment: StackEnvironment) throws
  func append(_ event: StackEvent) throws

  // Emulator. What a call changed is undone when it throws.
  func create(_ resource: ResourceState, in environment: StackEnvironment, at now: Timestamp) throws
  func update(
    _ resource: ResourceState, from previous: ResourceState, in environment: StackEnvironment,
    at now: Timestamp) throws
  func delete(
    _ resource: ResourceState, in environment: StackEnvironment, discardsContents: Bool,
    at now: Timestamp) throws
  /// An error of the three above as the stack's events tell it.
  func describe(_ error: any Error) -> String
}

/// Why a plan was not begun.
public enum DeploymentRefusal: Error, Sendable, Hashable {
  /// The stack is not what the plan was made from; the text says what differs.
  case stale(String)
  /// Another deployment of the stack is under way.
  case busy(StackStatus)
}
