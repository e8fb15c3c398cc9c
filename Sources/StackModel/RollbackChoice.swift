/// A rollback that somebody asks for.
public struct RollbackChoice: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable {
    /// Of a deployment that failed and was left so.
    case stopped
    /// Of one whose rollback failed.
    case stuck
    case any
  }

  public var kind: Kind
  /// Resources whose updates stay: `Logical`, or `NestedStackName.Logical`.
  public var skipped: [String]
  /// True where all are skipped whose updates could not be taken back.
  public var skipsFailed = false
  /// True where also what was made with `DeletionPolicy: Retain` is deleted.
  public var retainsExceptOnCreate: Bool

  public init(_ kind: Kind = .any, skipping: [String] = [], retainsExceptOnCreate: Bool = false) {
    self.kind = kind
    skipped = skipping
    self.retainsExceptOnCreate = retainsExceptOnCreate
  }

  /// True where a stack of that status can be rolled back so.
  package func fits(_ status: StackStatus) -> Bool {
    switch kind {
    case .stopped: status.isHalfDone
    case .stuck: status == .updateRollbackFailed
    case .any: status.isHalfDone || status == .updateRollbackFailed
    }
  }
}
