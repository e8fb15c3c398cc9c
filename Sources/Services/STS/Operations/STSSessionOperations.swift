import AWSModel
import Effects
import ServiceKit

/// Sessions of users and of those whom they vouch for.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
extension STSService {
  var sessionOperations: [Operation] {
    [
      .typed("GetSessionToken") { try await self.sessionToken($0, $1) },
      .typed("GetFederationToken") { try await self.federationToken($0, $1) },
    ]
  }

  /// Sessions of the account's root end after an hour, whatever is asked for.
  private static let rootSecondsMax = 3600
  private static let userSeconds = 43_200

  private func seconds(_ asked: Int?, _ caller: STSCaller) -> Int {
    caller.isRoot
      ? min(asked ?? Self.rootSecondsMax, Self.rootSecondsMax) : asked ?? Self.userSeconds
  }

  struct SessionTokenInput: Codable, Sendable {
    var DurationSeconds: Int?
    var SerialNumber: String?
    var TokenCode: String?
  }

  struct SessionTokenOutput: Codable, Sendable { var Credentials: Credentials }

  private func sessionToken(_ input: SessionTokenInput, _ context: RequestContext) async throws
    -> SessionTokenOutput
  {
    let caller = try caller(context)
    try caller.checkLongLived("GetSessionToken")
    if input.SerialNumber != nil || input.TokenCode != nil { throw Self.noDevice }
    let session = session(
      .token, context.scope.account, arn: caller.arn, userID: caller.userID)
    return SessionTokenOutput(
      Credentials: try await issue(session, seconds: seconds(input.DurationSeconds, caller)))
  }

  struct FederationInput: Codable, Sendable {
    var Name: String
    var Policy: String?
    var PolicyArns: [PolicyDescriptor]?
    var DurationSeconds: Int?
    var Tags: [ValuedTag]?
  }

  struct FederationOutput: Codable, Sendable {
    struct User: Codable, Sendable {
      var FederatedUserId: String
      var Arn: String
    }

    var Credentials: Credentials
    var FederatedUser: User
    var PackedPolicySize: Int?
  }

  private func federationToken(_ input: FederationInput, _ context: RequestContext) async throws
    -> FederationOutput
  {
    let caller = try caller(context)
    try caller.checkLongLived("GetFederationToken")
    let account = context.scope.account
    let narrowed = try scopeDown(
      policy: input.Policy, arns: input.PolicyArns, tags: input.Tags, in: account)
    var session = session(
      .federation, account, arn: "arn:aws:sts::\(account):federated-user/\(input.Name)",
      userID: "\(account):\(input.Name)")
    session.scopeDown = narrowed
    return FederationOutput(
      Credentials: try await issue(session, seconds: seconds(input.DurationSeconds, caller)),
      FederatedUser: .init(FederatedUserId: session.userID, Arn: session.arn),
      PackedPolicySize: narrowed.packedPercent)
  }
}
