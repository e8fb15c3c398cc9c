import AWSModel
import Effects
import ServiceKit

/// Hands out credentials.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
extension STSService {
  struct Credentials: Codable, Sendable {
    var AccessKeyId: String
    var SecretAccessKey: String
    var SessionToken: String
    var Expiration: String
  }

  struct PolicyDescriptor: Codable, Sendable { var arn: String? }

  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

  /// Makes a session and its credentials. The session's key, times and secret are set here.
  func issue(_ session: STSSession, seconds: Int) async throws -> Credentials {
    let random = environment.effects.random
    let now = environment.effects.clock.now
    var session = session
    session.accessKeyID = AccessKeyID.make("ASIA", session.account, random)
    session.issued = now
    session.expires = now.adding(seconds: seconds)
    let secret = random.text(40, from: Self.letters)
    session.sealedSecret = try environment.vault.seal(
      secret, for: STSSession.sealContext(session.accessKeyID))
    try await remember(session)
    return Credentials(
      AccessKeyId: session.accessKeyID, SecretAccessKey: secret,
      SessionToken: random.text(160, from: Self.letters), Expiration: session.expires.iso8601)
  }

  /// A session before its credentials are made.
  func session(_ kind: STSSession.Kind, _ account: AccountID, arn: String, userID: String)
    -> STSSession
  {
    STSSession(
      accessKeyID: "", account: account, arn: arn, userID: userID,
      expires: environment.effects.clock.now, kind: kind)
  }

  /// Session policies and tags, checked. Throws `MalformedPolicyDocument`, `NoSuchEntity`,
  /// `ValidationError`.
  func scopeDown(
    policy: String?, arns: [PolicyDescriptor]?, tags: [ValuedTag]?, transitive: [String]? = nil,
    in account: AccountID
  ) throws -> STSSession.ScopeDown {
    let roles = try self.roles
    if let policy { try roles.checkSessionPolicy(policy) }
    let arns = (arns ?? []).compactMap(\.arn)
    try environment.database.read { transaction in
      for arn in arns { try roles.checkPolicy(arn, account: account, transaction) }
    }
    let tags = tags ?? []
    var rules = TagRules()
    rules.ignoresCase = true
    if let violation = rules.violation(of: tags) { throw Self.fault(violation) }
    let keys = Set(tags.map { $0.Key.lowercased() })
    if let key = transitive?.first(where: { !keys.contains($0.lowercased()) }) {
      throw STSFaults.validation(
        "The specified transitive tag key must be included in the requested tags. (\(key) is not.)")
    }
    return STSSession.ScopeDown(
      policy: policy, policyARNs: arns, tags: tags, transitiveKeys: transitive ?? [])
  }

  private static func fault(_ violation: TagViolation) -> ServiceError {
    switch violation {
    case .key, .value:
      STSFaults.validation("A tag has a key of 1 to 128 characters and a value up to 256.")
    case .reserved(let key):
      STSFaults.validation("The tag key \(key) begins with aws:, which is reserved.")
    case .duplicate:
      ServiceError(
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case "
          + "insensitive.")
    case .count(let max): STSFaults.validation("A session has at most \(max) tags.")
    }
  }
}

extension STSSession.ScopeDown {
  /// The size of policies and tags in percent of what a session may carry; nil for none. AWS packs
  /// them in a form that it does not publish: this counts characters.
  var packedPercent: Int? {
    guard policy != nil || !policyARNs.isEmpty || !tags.isEmpty else { return nil }
    let count =
      (policy?.utf8.count ?? 0) + policyARNs.reduce(0) { $0 + $1.utf8.count }
      + tags.reduce(0) { $0 + $1.Key.utf8.count + $1.Value.utf8.count }
    return min(100, max(1, count * 100 / Self.charactersMax))
  }

  /// A policy's 2,048, ten ARNs' and fifty tags' room.
  private static let charactersMax = 8192
}
