import AWSModel
import Effects
import ServiceKit

/// A user with everything that is its own, keyed by account and name.
struct IAMUser: Codable, Sendable, Hashable, IAMBounded, IAMTagged {
  static let word = "User"
  static let arnKind = "user"
  static let inlineCharactersMax = 2048
  static let groupsMax = 10
  static let accessKeysMax = 2

  var name: String
  var path: String
  /// `AIDA…`
  var uniqueID: String
  var createdAt: Timestamp
  var tags: [ValuedTag] = []
  var managedPolicies: [String] = []
  var inlinePolicies: [IAMInlinePolicy] = []
  var permissionsBoundary: String?
  /// Names, in the order of joining.
  var groups: [String] = []
  /// In the order of their making.
  var accessKeys: [IAMAccessKey] = []
  var login: IAMLogin?

  init(name: String, path: String, uniqueID: String, createdAt: Timestamp) {
    self.name = name
    self.path = path
    self.uniqueID = uniqueID
    self.createdAt = createdAt
  }

  func note(
    in keys: IAMKeyDirectory, _ account: AccountID, isThere: Bool, _ transaction: Transaction
  ) {
    let user = self
    transaction.afterCommit {
      keys.set(isThere ? user.accessKeys : [], of: user, in: account)
    }
  }

  /// Throws `LimitExceeded` where the user is in as many groups as one may be.
  mutating func join(_ group: String) throws(ServiceError) {
    guard !groups.contains(group) else { return }
    guard groups.count < Self.groupsMax else {
      throw IAMFaults.quota("GroupsPerUser", Self.groupsMax)
    }
    groups.append(group)
  }

  /// Throws `LimitExceeded` where the user has two already.
  mutating func add(_ key: IAMAccessKey) throws(ServiceError) {
    guard accessKeys.count < Self.accessKeysMax else {
      throw IAMFaults.quota("AccessKeysPerUser", Self.accessKeysMax)
    }
    accessKeys.append(key)
  }

  /// The place of a key. Throws `NoSuchEntity`.
  func index(ofKey id: String) throws(ServiceError) -> Int {
    guard let index = accessKeys.firstIndex(where: { $0.id == id }) else {
      throw IAMFaults.noSuchEntity("The Access Key with id \(id) cannot be found.")
    }
    return index
  }

  func existingLogin() throws(ServiceError) -> IAMLogin {
    guard let login else {
      throw IAMFaults.noSuchEntity("Login Profile for User \(name) cannot be found.")
    }
    return login
  }

  /// Throws `DeleteConflict` while something is left that a deletion does not take along.
  func checkDeletable() throws(ServiceError) {
    try checkNoPolicies()
    let rest: String? =
      if !groups.isEmpty { "remove users from group" } else if !accessKeys.isEmpty {
        "delete access keys"
      } else if login != nil { "delete login profile" } else { nil }
    if let rest {
      throw IAMFaults.deleteConflict("Cannot delete entity, must \(rest) first.")
    }
  }
}

/// An access key of a user.
struct IAMAccessKey: Codable, Sendable, Hashable {
  enum Status: String, Codable, Sendable, Hashable, CaseIterable {
    case active = "Active"
    case inactive = "Inactive"
  }

  /// `AKIA…`
  var id: String
  var status: Status
  var createdAt: Timestamp
  /// The secret, sealed for `IAMAccessKey.sealContext`.
  var sealedSecret: String

  static func sealContext(_ id: String) -> String { "iam.accesskey/\(id)" }
}

/// A user's password for the console.
struct IAMLogin: Codable, Sendable, Hashable {
  /// Sealed for `IAMLogin.sealContext`.
  var sealedPassword: String
  /// Earlier ones, the newest first, sealed likewise.
  var sealedHistory: [String] = []
  var createdAt: Timestamp
  var changedAt: Timestamp
  var needsReset: Bool
  /// Seconds of a console session; nil where the default holds.
  var signinSecondsMax: Int?

  /// The most passwords that a policy forbids to use again.
  static let historyMax = 24

  static func sealContext(_ user: IAMUser) -> String { "iam.login/\(user.uniqueID)" }
}
