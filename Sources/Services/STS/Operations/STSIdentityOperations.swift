import AWSModel
import Effects
import ServiceKit

/// Identities of callers and owners of keys.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
extension STSService {
  var identityOperations: [Operation] {
    [
      .typed("GetCallerIdentity") { (_: EmptyOutput, context) in
        let caller = try self.caller(context)
        return CallerIdentity(UserId: caller.userID, Account: caller.account, Arn: caller.arn)
      },
      .typed("GetAccessKeyInfo") { (input: AccessKeyInfoInput, context) in
        AccessKeyInfoOutput(Account: try self.owner(of: input.AccessKeyId).text)
      },
    ]
  }

  struct CallerIdentity: Codable, Sendable {
    var UserId: String
    var Account: String
    var Arn: String
  }

  struct AccessKeyInfoInput: Codable, Sendable { var AccessKeyId: String }

  struct AccessKeyInfoOutput: Codable, Sendable { var Account: String }

  /// The sender of a request. A key that nobody has handed out is the account's root.
  func caller(_ context: RequestContext) throws -> STSCaller {
    let account = context.scope.account.text
    if let session = session(context.accessKeyID) {
      return STSCaller(
        account: account, arn: session.arn, userID: session.userID, session: session,
        isRoot: false)
    }
    let user = try environment.capabilities()[.userKeys].flatMap { keys in
      // Most callers are no users: they are told from memory.
      guard keys.key(context.accessKeyID) != nil else { return nil as UserDescription? }
      return try environment.database.read { try keys.user(ofKey: context.accessKeyID, $0) }
    }
    if let user {
      return STSCaller(
        account: account, arn: user.arn.description, userID: user.uniqueID, isRoot: false)
    }
    return STSCaller(
      account: account, arn: "arn:aws:iam::\(account):root", userID: account, isRoot: true)
  }

  /// The account of a key, which AWS tells whether or not the key is there.
  private func owner(of key: String) throws(ServiceError) -> AccountID {
    if let session = session(key) { return session.account }
    if let found = environment.capabilities()[.userKeys]?.key(key) { return found.account }
    guard let account = AccessKeyID.account(in: key) else {
      throw STSFaults.validation("The access key \(key) belongs to no account that can be told")
    }
    return account
  }
}
