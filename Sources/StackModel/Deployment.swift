import Effects

/// One run of a plan: what the journal holds of it beside the records of its steps.
public struct Deployment: Sendable, Hashable, Codable {
  public var id: String
  public var plan: Plan
  public var phase: DeploymentPhase
  /// The reason why it turned back; nil while it goes forward.
  public var failure: String?
  public var startedAt: Timestamp

  public init(
    id: String, plan: Plan, phase: DeploymentPhase, failure: String? = nil, startedAt: Timestamp
  ) {
    self.id = id
    self.plan = plan
    self.phase = phase
    self.failure = failure
    self.startedAt = startedAt
  }
}

/// The phase of a deployment. Only ever moves down this list, and from `forward` to `rollback` or
/// `rollbackCleanup` on failure; from the last two back to these, where somebody asks for it.
public enum DeploymentPhase: String, Sendable, Hashable, Codable {
  /// Creates, updates and replaces; deletes nothing.
  case forward
  /// Everything new is there; deletes what was replaced or removed. A deletion starts here.
  case cleanup
  /// Takes updates back.
  case rollback
  /// Deletes what the forward phase had created.
  case rollbackCleanup
  /// It failed and was to be left so. What it did stays, until it is taken back or another deployment
  /// of the stack succeeds.
  case stopped
  /// Its rollback failed. It is tried again where that is asked for, and forgotten when another
  /// deployment of the stack begins.
  case stuck

  /// True where nothing is left to do until somebody asks for it.
  public var isHalted: Bool { self == .stopped || self == .stuck }
}

/// The outcome of one step.
public enum StepOutcome: String, Sendable, Hashable, Codable {
  case done
  /// It left nothing behind.
  case failed
  /// Its call has begun; its work runs outside of any transaction.
  case waiting
  /// It waited, then failed or was cancelled: what its call had begun must be taken back.
  case incomplete
  /// Not tried, because a resource that depends on this one could not be deleted.
  case blocked
}
