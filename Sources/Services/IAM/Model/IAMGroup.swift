import AWSModel
import Effects
import ServiceKit

/// A group of users, keyed by account and name. Its members are told by the users.
struct IAMGroup: Codable, Sendable, Hashable, IAMEntity {
  static let word = "Group"
  static let arnKind = "group"
  static let inlineCharactersMax = 5120

  var name: String
  var path: String
  /// `AGPA…`
  var uniqueID: String
  var createdAt: Timestamp
  var managedPolicies: [String] = []
  var inlinePolicies: [IAMInlinePolicy] = []
}

/// A holder of one role for machines, keyed by account and name.
struct IAMInstanceProfile: Codable, Sendable, Hashable, IAMNamed, IAMTagged {
  static let arnKind = "instance-profile"

  var name: String
  var path: String
  /// `AIPA…`
  var uniqueID: String
  var createdAt: Timestamp
  /// The role's name; nil while there is none.
  var role: String?
  var tags: [ValuedTag] = []

  static func missing(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("Instance Profile \(name) cannot be found.")
  }

  static func taken(_ name: String) -> ServiceError {
    IAMFaults.exists("Instance Profile \(name) already exists.")
  }

  /// Throws `LimitExceeded` where it has a role.
  mutating func add(_ role: String) throws(ServiceError) {
    guard self.role == nil else {
      throw IAMFaults.quota("InstanceSessionsPerInstanceProfile", 1)
    }
    self.role = role
  }
}
