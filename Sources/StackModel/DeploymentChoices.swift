/// The fate of a stack where one of its steps fails, by CloudFormation's words.
public enum FailureChoice: String, Sendable, Hashable, Codable, CaseIterable {
  /// Everything is taken back.
  case rollback = "ROLLBACK"
  /// Takes back only what failed, and keeps what succeeded; the stack waits for another deployment,
  /// or for its rollback.
  case keep = "DO_NOTHING"
  /// As a rollback, and the stack goes too; creations only.
  case delete = "DELETE"
}

/// The request that a stack's events follow from.
public struct StackOperationMark: Sendable, Hashable, Codable {
  /// CloudFormation's words.
  public enum Kind: String, Sendable, Hashable, Codable {
    case create = "CREATE_STACK"
    case update = "UPDATE_STACK"
    case delete = "DELETE_STACK"
    case rollback = "ROLLBACK"
    case continuedRollback = "CONTINUE_ROLLBACK"
  }

  public var id: String
  public var kind: Kind

  public init(id: String, kind: Kind) {
    self.id = id
    self.kind = kind
  }
}

/// Choices about one deployment, beside what it makes.
public struct DeploymentChoices: Sendable, Hashable, Codable {
  /// nil for a rollback.
  public var onFailure: FailureChoice?
  /// True where a rollback also deletes what the deployment has made with `DeletionPolicy: Retain`.
  public var retainsExceptOnCreate: Bool?
  /// Deletions: true where what can't be deleted leaves the stack and stays in the emulator.
  public var forcesDeletion: Bool?
  /// The stack policy that counts in the place of the stack's own; nil for that.
  public var policyDuringUpdate: String?
  /// nil for the deployment itself.
  public var operation: StackOperationMark?

  public init(
    onFailure: FailureChoice? = nil, retainsExceptOnCreate: Bool? = nil,
    forcesDeletion: Bool? = nil, operation: StackOperationMark? = nil
  ) {
    self.onFailure = onFailure
    self.retainsExceptOnCreate = retainsExceptOnCreate
    self.forcesDeletion = forcesDeletion
    self.operation = operation
  }
}

extension Plan {
  /// True where a failure leaves standing what succeeded.
  public var keepsOnFailure: Bool { choices?.onFailure == .keep && !isImport }

  /// Changes the deployment's choices, making them where there are none.
  public mutating func choose(_ change: (inout DeploymentChoices) -> Void) {
    var chosen = choices ?? DeploymentChoices()
    change(&chosen)
    choices = chosen
  }
}

extension StackStatus {
  /// True for a deployment that failed and was left so: another one goes on from there.
  public var isHalfDone: Bool { self == .createFailed || self == .updateFailed }
}
