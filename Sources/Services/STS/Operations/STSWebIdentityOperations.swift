import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Sessions of roles for those whom a provider of OpenID Connect vouches for.
///
/// A token's issuer, audience and times are checked; its signature is not, for that takes the
/// provider's keys, which lie elsewhere.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
extension STSService {
  var webIdentityOperations: [Operation] {
    [.typed("AssumeRoleWithWebIdentity") { try await self.assumeWithToken($0, $1) }]
  }

  struct WebIdentityInput: Codable, Sendable {
    var RoleArn: String
    var RoleSessionName: String
    var WebIdentityToken: String
    var PolicyArns: [PolicyDescriptor]?
    var Policy: String?
    var DurationSeconds: Int?
  }

  struct WebIdentityOutput: Codable, Sendable {
    var Credentials: Credentials
    var SubjectFromWebIdentityToken: String
    var AssumedRoleUser: AssumedUser
    var PackedPolicySize: Int?
    var Provider: String
    var Audience: String
    var SourceIdentity: String?
  }

  private func assumeWithToken(_ input: WebIdentityInput, _ context: RequestContext) async throws
    -> WebIdentityOutput
  {
    let role = try assumable(input.RoleArn, "sts:AssumeRoleWithWebIdentity", nil)
    let account = AccountID(role.arn.account)
    let token = try WebIdentityToken(input.WebIdentityToken)
    try token.check(now: environment.effects.clock.now)
    let provider = try provider(of: token, account)
    var narrowed = try scopeDown(
      policy: input.Policy, arns: input.PolicyArns, tags: nil, in: account)
    narrowed.tags = token.tags
    narrowed.transitiveKeys = token.transitiveKeys
    var session = begin(role, named: input.RoleSessionName)
    session.scopeDown = narrowed
    session.sourceIdentity = token.sourceIdentity
    return WebIdentityOutput(
      Credentials: try await issue(
        session, seconds: try Self.seconds(input.DurationSeconds, role, nil)),
      SubjectFromWebIdentityToken: token.subject,
      AssumedRoleUser: AssumedUser(AssumedRoleId: session.userID, Arn: session.arn),
      PackedPolicySize: narrowed.packedPercent, Provider: provider, Audience: token.audience,
      SourceIdentity: token.sourceIdentity)
  }

  /// The ARN of the provider that the account trusts for a token.
  private func provider(of token: WebIdentityToken, _ account: AccountID) throws -> String {
    let roles = try self.roles
    let name = token.issuer.hasPrefix("https://") ? String(token.issuer.dropFirst(8)) : token.issuer
    let clients = try environment.database.read {
      try roles.clients(ofProvider: name, account: account, $0)
    }
    guard let clients else {
      throw STSFaults.invalidToken(
        "No OpenIDConnect provider found in your account for \(token.issuer)")
    }
    guard clients.contains(token.audience) else {
      throw STSFaults.invalidToken("Incorrect token audience")
    }
    return "arn:aws:iam::\(account):oidc-provider/\(name)"
  }
}
