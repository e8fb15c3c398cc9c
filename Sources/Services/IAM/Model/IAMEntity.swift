import AWSModel
import Effects
import ServiceKit

/// A thing that an account has once by each name.
protocol IAMStored: Codable, Sendable {
  static var table: ModelTable<Self> { get }
  /// The fault where there is none of that name.
  static func missing(_ name: String) -> ServiceError
  /// The fault where there is one already.
  static func taken(_ name: String) -> ServiceError

  var name: String { get set }

  /// Tells the directory of access keys, in the transaction that stores or deletes the thing.
  func note(
    in keys: IAMKeyDirectory, _ account: AccountID, isThere: Bool, _ transaction: Transaction)
}

extension IAMStored {
  func note(
    in keys: IAMKeyDirectory, _ account: AccountID, isThere: Bool, _ transaction: Transaction
  ) {}
}

/// A thing with a path, an ARN and an id of its own.
protocol IAMNamed: IAMStored {
  /// The start of the ARN's resource: `instance-profile`.
  static var arnKind: String { get }

  /// Starts and ends with `/`.
  var path: String { get set }
  /// `AROA…`
  var uniqueID: String { get }
  var createdAt: Timestamp { get }
}

extension IAMNamed {
  func arn(in account: AccountID) -> ARN {
    ARN(
      service: "iam", region: "", account: account.text, resource: "\(Self.arnKind)\(path)\(name)")
  }
}

/// A role, a user or a group: an entity that policies are given to.
protocol IAMEntity: IAMNamed {
  /// `Role`: the word in the names of operations and, in small letters, in AWS's sentences.
  static var word: String { get }
  /// Characters of all inline policies together, white space apart.
  static var inlineCharactersMax: Int { get }

  /// ARNs of attached managed policies, in the order of attachment.
  var managedPolicies: [String] { get set }
  /// Inline policies by name, in the order of their making.
  var inlinePolicies: [IAMInlinePolicy] { get set }
}

/// An entity that acts: it may have a boundary, which a group has not.
protocol IAMBounded: IAMEntity {
  /// The ARN of the managed policy that bounds what the entity's policies permit.
  var permissionsBoundary: String? { get set }
}

/// A thing with tags.
protocol IAMTagged: IAMStored {
  /// The name of the quota on its tags: `TagsPerRole`.
  var tags: [ValuedTag] { get set }
}

struct IAMInlinePolicy: Codable, Sendable, Hashable {
  var name: String
  /// JSON text.
  var document: String
}

extension IAMEntity {
  /// The most managed policies that one entity has.
  static var managedPoliciesMax: Int { 10 }

  static func missing(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("The \(word.lowercased()) with name \(name) cannot be found.")
  }

  static func taken(_ name: String) -> ServiceError {
    IAMFaults.exists("\(word) with name \(name) already exists.")
  }

  static func noSuchPolicy(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("The \(word.lowercased()) policy with name \(name) cannot be found.")
  }

  func policy(named name: String) throws(ServiceError) -> IAMInlinePolicy {
    guard let found = inlinePolicies.first(where: { $0.name == name }) else {
      throw Self.noSuchPolicy(name)
    }
    return found
  }

  /// Adds an inline policy, or puts it in the place of one of the same name. Throws
  /// `LimitExceeded` where all of them together are too long.
  mutating func put(_ policy: IAMInlinePolicy) throws(ServiceError) {
    if let index = inlinePolicies.firstIndex(where: { $0.name == policy.name }) {
      inlinePolicies[index] = policy
    } else {
      inlinePolicies.append(policy)
    }
    let total = inlinePolicies.reduce(0) { $0 + IAMPolicyDocument.characters(of: $1.document) }
    guard total <= Self.inlineCharactersMax else {
      throw IAMFaults.limit(
        "Maximum policy size of \(Self.inlineCharactersMax) bytes exceeded for "
          + "\(Self.word.lowercased()) \(name)")
    }
  }

  /// Attaches a managed policy; one that is attached stays. Throws `LimitExceeded`.
  mutating func attach(_ arn: String) throws(ServiceError) {
    guard !managedPolicies.contains(arn) else { return }
    guard managedPolicies.count < Self.managedPoliciesMax else {
      throw IAMFaults.quota("PoliciesPer\(Self.word)", Self.managedPoliciesMax)
    }
    managedPolicies.append(arn)
  }

  /// Throws `DeleteConflict` while policies are left.
  func checkNoPolicies() throws(ServiceError) {
    guard managedPolicies.isEmpty else {
      throw IAMFaults.deleteConflict("Cannot delete entity, must detach all policies first.")
    }
    guard inlinePolicies.isEmpty else {
      throw IAMFaults.deleteConflict("Cannot delete entity, must delete policies first.")
    }
  }
}
