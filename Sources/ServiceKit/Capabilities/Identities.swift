import AWSModel

extension Capability<any RoleDirectory> {
  public static var roles: Self { Self("roles", offeredBy: "IAM") }
}

extension Capability<any AccessKeyDirectory> {
  public static var accessKeys: Self { Self("temporary access keys", offeredBy: "STS") }
}

/// Knows the roles of an account (IAM), for services that let one be assumed.
public protocol RoleDirectory: Sendable {
  /// nil when there is no such role.
  func role(named name: String, account: AccountID, _ transaction: Transaction) throws
    -> RoleDescription?
}

/// Facts about a role that others may know.
public struct RoleDescription: Sendable, Hashable {
  public var arn: ARN
  /// `AROA…`
  public var uniqueID: String
  /// Seconds; 3,600 to 43,200.
  public var sessionSecondsMax: Int

  public init(arn: ARN, uniqueID: String, sessionSecondsMax: Int) {
    self.arn = arn
    self.uniqueID = uniqueID
    self.sessionSecondsMax = sessionSecondsMax
  }
}

/// Knows access keys that were handed out (STS), so that a request which uses one acts in the right
/// account.
public protocol AccessKeyDirectory: Sendable {
  /// nil for a key that was not handed out here. Called for every request: answers from memory.
  func account(ofAccessKey key: String) -> AccountID?
}
