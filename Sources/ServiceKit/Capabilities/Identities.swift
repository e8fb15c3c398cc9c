import AWSModel
import Effects

extension Capability<any RoleDirectory> {
  public static var roles: Self { Self("roles", offeredBy: "IAM") }
}

extension Capability<any UserKeyDirectory> {
  public static var userKeys: Self { Self("access keys of users", offeredBy: "IAM") }
}

extension Capability<any AccessKeyDirectory> {
  public static var accessKeys: Self { Self("temporary access keys", offeredBy: "STS") }
}

extension Capability<any RoleSessions> {
  public static var roleSessions: Self { Self("sessions of roles", offeredBy: "STS") }
}

/// Begins sessions of roles for services that act under one (STS).
public protocol RoleSessions: Sendable {
  /// Credentials of a session that lasts twelve hours. A role that IAM does not know has one all the
  /// same: services keep roles that nobody has made here.
  ///
  /// - Parameter name: of the session: a function's.
  func begin(role: ARN, name: String) async throws -> RoleCredentials
}

/// Credentials of a session.
public struct RoleCredentials: Sendable, Hashable {
  public var accessKeyID: String
  public var secret: String
  public var token: String
  public var expires: Timestamp

  public init(accessKeyID: String, secret: String, token: String, expires: Timestamp) {
    self.accessKeyID = accessKeyID
    self.secret = secret
    self.token = token
    self.expires = expires
  }
}

/// Knows the roles of an account (IAM), for services that let one be assumed.
public protocol RoleDirectory: Sendable {
  /// nil when there is no such role.
  func role(named name: String, account: AccountID, _ transaction: Transaction) throws
    -> RoleDescription?
  /// Throws `ServiceError` where there is no managed policy of that ARN for the account to use.
  func checkPolicy(_ arn: String, account: AccountID, _ transaction: Transaction) throws
  /// Throws `MalformedPolicyDocument` where the text is no policy that a session can be given.
  func checkSessionPolicy(_ document: String) throws(ServiceError)
  /// The clients of an OpenID Connect provider that the account trusts; nil where it knows no such
  /// provider.
  ///
  /// - Parameter url: without its scheme.
  func clients(ofProvider url: String, account: AccountID, _ transaction: Transaction) throws
    -> [String]?
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

/// Knows the access keys of users (IAM).
public protocol UserKeyDirectory: Sendable {
  /// nil for a key that no user has. Called for every request: answers from memory.
  func key(_ id: String) -> UserKey?
  /// The user who has a key.
  func user(ofKey id: String, _ transaction: Transaction) throws -> UserDescription?
  /// The secret of a key, in clear text; nil for a key that no user has.
  func secret(ofKey id: String, _ transaction: Transaction) throws -> String?
  /// Notes that a request was signed with a key.
  func noteUse(ofKey id: String, _ use: AccessKeyUse)
}

/// An access key of a user.
public struct UserKey: Sendable, Hashable {
  public var account: AccountID
  public var isActive: Bool

  public init(account: AccountID, isActive: Bool) {
    self.account = account
    self.isActive = isActive
  }
}

/// Facts about a user that others may know.
public struct UserDescription: Sendable, Hashable {
  public var arn: ARN
  /// `AIDA…`
  public var uniqueID: String

  public init(arn: ARN, uniqueID: String) {
    self.arn = arn
    self.uniqueID = uniqueID
  }
}

/// A use of an access key.
public struct AccessKeyUse: Sendable, Hashable {
  /// The signing name, `kinesis`.
  public var service: String
  public var region: String
  public var moment: Timestamp

  public init(service: String, region: String, moment: Timestamp) {
    self.service = service
    self.region = region
    self.moment = moment
  }
}

/// The faults of access keys that were handed out and are good no more, in the words and with the
/// statuses of the Query protocol.
public enum AccessKeyFaults {
  public static let expired = ServiceError(
    "ExpiredToken", "The security token included in the request is expired", status: 403)
  public static let inactive = ServiceError(
    "InvalidClientTokenId", "The security token included in the request is invalid.", status: 403)
}

/// Knows access keys that were handed out (STS), so that a request which uses one acts in the right
/// account.
public protocol AccessKeyDirectory: Sendable {
  /// nil for a key that was not handed out here. Called for every request: answers from memory.
  ///
  /// Throws `ExpiredToken` for a session that is over, `InvalidClientTokenId` for a user's key that
  /// is not active.
  func account(ofAccessKey key: String, for use: AccessKeyUse) throws(ServiceError) -> AccountID?
}
