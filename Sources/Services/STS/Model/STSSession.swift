import AWSModel
import Effects
import ServiceKit

/// Temporary credentials that were handed out.
struct STSSession: Codable, Sendable, Hashable {
  /// The way in which a session began.
  enum Kind: String, Codable, Sendable, Hashable {
    /// AssumeRole and its likes.
    case role
    case federation
    /// GetSessionToken.
    case token
  }

  var accessKeyID: String
  var account: AccountID
  /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or the account's root.
  var arn: String
  /// `AROA…:<session>`, or the account.
  var userID: String
  var expires: Timestamp
  /// nil for what was handed out before this was kept, as are the members below.
  var kind: Kind?
  var issued: Timestamp?
  /// Sealed for `STSSession.sealContext`.
  var sealedSecret: String?
  var roleARN: String?
  var externalID: String?
  var sourceIdentity: String?
  var scopeDown: ScopeDown?

  /// The policies and tags that a session was given.
  struct ScopeDown: Codable, Sendable, Hashable {
    /// JSON text.
    var policy: String?
    var policyARNs: [String] = []
    var tags: [ValuedTag] = []
    /// Keys of the tags that go on to the sessions of roles which this session assumes.
    var transitiveKeys: [String] = []
  }

  static func sealContext(_ id: String) -> String { "sts.session/\(id)" }

  /// Tags that a session hands on.
  var transitiveTags: [ValuedTag] {
    guard let scopeDown else { return [] }
    let keys = Set(scopeDown.transitiveKeys.map { $0.lowercased() })
    return scopeDown.tags.filter { keys.contains($0.Key.lowercased()) }
  }
}
