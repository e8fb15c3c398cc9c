import Effects
import PropertyTree
import ResourceModel
import StackModel

/// The storage in which a deployment's steps become durable.
public protocol DeploymentBackend: Sendable {
  /// Runs the steps in this order, each atomically: either everything that its body did is kept,
  /// or nothing. Several may share one commit. Returns when all are on disk; throws what the first
  /// failing body threw, the others' work kept.
  func commit<Value: Sendable>(_ steps: [AtomicStep<Value>]) async throws -> [Value]

  /// True for types whose calls may wait: nothing that depends on such a step shares its batch.
  func mayWait(_ type: ResourceType) -> Bool

  /// Does the work of a call that waits, outside of any transaction; again after a crash. `name` is
  /// the step's, for the crash points around it.
  func work(_ wait: ResourceWait, of name: String) async throws(StepFailure) -> PropertyValue
}

/// The reason why the work of a step failed, in words for the stack's events.
public struct StepFailure: Error, Sendable, Hashable {
  public var reason: String
  public init(reason: String) { self.reason = reason }
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

/// State that a step can see and change; valid inside the step's body only.
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
  /// The stack's deployments that stopped half way, in the order in which they began.
  func halted(_ environment: StackEnvironment) throws -> [Deployment]
  /// The stack's deployment that is being carried out; nil for none.
  func current(_ environment: StackEnvironment) throws -> Deployment?
  /// Writes a deployment's plan, phase and failure anew; the stack's history counts it as under way
  /// again.
  func resume(_ deployment: Deployment) throws
  /// Takes steps' records away, so that they are done again.
  func forget(_ steps: [String], in deployment: String) throws
  func outcomes(of deployment: String) throws -> [String: StepOutcome]
  func outcome(of step: String, in deployment: String) throws -> StepOutcome?
  /// Makes or replaces the step's record; with the call for one that waits.
  func record(
    _ outcome: StepOutcome, of step: String, in deployment: String, wait: ResourceWait?) throws
  /// The calls that wait, by their steps' names.
  func waits(of deployment: String) throws -> [String: ResourceWait]

  // Stack
  /// The stack that bears the name now, resources included.
  func stack(named name: String, in environment: StackEnvironment) throws -> StackState?
  func stack(_ environment: StackEnvironment) throws -> StackState?
  /// The stack with no resources in it.
  func head(_ environment: StackEnvironment) throws -> StackState?
  /// The living stacks of the account and region, with no resources in them.
  func heads(in environment: StackEnvironment) throws -> [StackState]
  func resource(_ id: LogicalID, ofStack stackID: String) throws -> ResourceState?
  /// Everything but the resources.
  func saveHead(_ state: StackState) throws
  func saveResource(_ resource: ResourceState, in environment: StackEnvironment) throws
  func removeResource(_ id: LogicalID, in environment: StackEnvironment) throws
  func append(_ event: StackEvent) throws

  // Emulator. What a call changed is undone when it throws.
  func begin(_ call: ResourceCall, at now: Timestamp) throws -> StepAnswer
  /// Ends a call whose work came to `result`. Answers the resource's identity where it is not the
  /// planned one.
  func finish(_ wait: ResourceWait, _ result: PropertyValue, at now: Timestamp) throws
    -> ResourceIdentity?
  /// Throws a `StepFailure` where a resource that is to be imported is not there any more, or has
  /// become another stack's.
  func checkImport(_ resource: ResourceState, in environment: StackEnvironment, at now: Timestamp)
    throws
  /// The properties of a drifted resource as they are, secrets too; nil for one that is gone. Throws
  /// a `StepFailure` where that is not what the plan has found.
  func found(_ change: ResourceChange, in environment: StackEnvironment, at now: Timestamp) throws
    -> PropertyValue?
  /// An error of `begin` and `finish` as the stack's events tell it.
  func describe(_ error: any Error) -> String
}

extension DeploymentTransaction {
  func record(_ outcome: StepOutcome, of step: String, in deployment: String) throws {
    try record(outcome, of: step, in: deployment, wait: nil)
  }
}

/// The reason why a plan was not begun.
public enum DeploymentRefusal: Error, Sendable, Hashable {
  /// The stack is not what the plan was made from; the text says what differs.
  case stale(String)
  /// Another deployment of the stack is under way.
  case busy(StackStatus)
  /// Exports and imports of other stacks stand against it.
  case crossStack(CrossStackConflict)
  /// The stack must not be deleted; by its name.
  case protected(String)
  /// The stack's policy does not allow a change.
  case denied(StackPolicy.Denial)
  /// The stack's status does not allow what is asked for; a sentence.
  case unsuitable(String)
}
