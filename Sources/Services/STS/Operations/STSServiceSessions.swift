import AWSModel
import Effects
import ServiceKit

/// Sessions that services begin under roles which were given to them.
/// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
extension STSService: RoleSessions {
  private static let seconds = 43_200

  public func begin(role: ARN, name: String) async throws -> RoleCredentials {
    let account = AccountID(role.account)
    let known = try environment.database.read { transaction in
      try environment.capabilities()[.roles]?
        .role(named: role.leaf, account: account, transaction)
    }
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    let description =
      known
      ?? RoleDescription(
        arn: role, uniqueID: "AROA" + environment.effects.random.text(17, from: letters),
        sessionSecondsMax: Self.seconds)
    let session = begin(description, named: name)
    let now = environment.effects.clock.now
    let issued = try await issue(session, seconds: Self.seconds)
    return RoleCredentials(
      accessKeyID: issued.AccessKeyId, secret: issued.SecretAccessKey, token: issued.SessionToken,
      expires: now.adding(seconds: Self.seconds))
  }
}
