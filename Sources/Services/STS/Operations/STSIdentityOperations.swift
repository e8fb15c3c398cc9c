import AWSModel
import Effects
import ServiceKit

/// Identities, and sessions with credentials for a time.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
extension STSService {
  var identityOperations: [Operation] {
    [
      .typed("GetCallerIdentity") { (_: EmptyOutput, context) in self.callerIdentity(context) },
      .typed("AssumeRole") { try await self.assumeRole($0, $1) },
      .typed("GetSessionToken") { try await self.sessionToken($0, $1) },
    ]
  }

  struct CallerIdentity: Codable, Sendable {
    var UserId: String
    var Account: String
    var Arn: String
  }

  private func callerIdentity(_ context: RequestContext) -> CallerIdentity {
    let account = context.scope.account.text
    if let session = session(context.accessKeyID) {
      return CallerIdentity(UserId: session.userID, Account: account, Arn: session.arn)
    }
    return CallerIdentity(UserId: account, Account: account, Arn: Self.root(of: account))
  }

  private static func root(of account: String) -> String { "arn:aws:iam::\(account):root" }

  struct Credentials: Codable, Sendable {
    var AccessKeyId: String
    var SecretAccessKey: String
    var SessionToken: String
    var Expiration: String
  }

  struct AssumeRoleInput: Codable, Sendable {
    var RoleArn: String
    var RoleSessionName: String
    var DurationSeconds: Int?
  }

  struct AssumeRoleOutput: Codable, Sendable {
    struct User: Codable, Sendable {
      var AssumedRoleId: String
      var Arn: String
    }
    var Credentials: Credentials
    var AssumedRoleUser: User
  }

  private func assumeRole(_ input: AssumeRoleInput, _ context: RequestContext) async throws
    -> AssumeRoleOutput
  {
    let name = input.RoleSessionName
    guard let arn = ARN(parsing: input.RoleArn), arn.service == "iam",
      arn.resource.hasPrefix("role/")
    else { throw Self.validation("\(input.RoleArn) is invalid") }
    let account = AccountID(arn.account)
    let roles = try self.roles
    let role = try environment.database.read {
      try roles.role(named: arn.leaf, account: account, $0)
    }
    // AWS does not tell a missing role from a forbidden one.
    guard let role, role.arn == arn else {
      throw ServiceError(
        "AccessDenied",
        "User: \(callerIdentity(context).Arn) is not authorized to perform: sts:AssumeRole on "
          + "resource: \(input.RoleArn) (Leat: there is no such role)",
        status: 403)
    }
    let seconds = input.DurationSeconds ?? 3600
    guard seconds <= role.sessionSecondsMax else {
      throw Self.validation(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }
    let userID = "\(role.uniqueID):\(name)"
    let sessionARN = "arn:aws:sts::\(account):assumed-role/\(arn.leaf)/\(name)"
    let credentials = try await issue(account, sessionARN, userID, seconds)
    return AssumeRoleOutput(
      Credentials: credentials,
      AssumedRoleUser: .init(AssumedRoleId: userID, Arn: sessionARN))
  }

  struct SessionTokenInput: Codable, Sendable {
    var DurationSeconds: Int?
  }

  struct SessionTokenOutput: Codable, Sendable {
    var Credentials: Credentials
  }

  private func sessionToken(_ input: SessionTokenInput, _ context: RequestContext) async throws
    -> SessionTokenOutput
  {
    let seconds = input.DurationSeconds ?? 43_200
    let identity = callerIdentity(context)
    return SessionTokenOutput(
      Credentials: try await issue(
        context.scope.account, identity.Arn, identity.UserId, seconds))
  }

  private func issue(_ account: AccountID, _ arn: String, _ userID: String, _ seconds: Int)
    async throws -> Credentials
  {
    let random = environment.effects.random
    let expires = environment.effects.clock.now.adding(seconds: seconds)
    let key = "ASIA" + random.text(16, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    let credentials = Credentials(
      AccessKeyId: key, SecretAccessKey: random.text(40, from: letters),
      SessionToken: random.text(160, from: letters), Expiration: expires.iso8601)
    try await remember(
      STSSession(accessKeyID: key, account: account, arn: arn, userID: userID, expires: expires))
    return credentials
  }

  private static func validation(_ message: String) -> ServiceError {
    ServiceError("ValidationError", message)
  }
}
