import AWSModel
import ServiceKit

/// Managed policies, and the entities that have them.
extension IAMStore {
  /// A policy of the account, to be changed. Throws `NoSuchEntity`; `AccessDenied` for AWS's own.
  func existingPolicy(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMManagedPolicy
  {
    guard try IAMPolicyARN.check(arn) != "aws" else {
      guard AWSManagedPolicies.entry(arn) != nil else { throw IAMManagedPolicy.missing(arn) }
      throw ServiceError.accessDenied("Policy \(arn) is AWS's own, and only AWS changes it.")
    }
    guard let policy = try own(arn, account, transaction) else {
      throw IAMManagedPolicy.missing(arn)
    }
    return policy
  }

  /// A policy of the account or of AWS, to be read. Throws `NoSuchEntity`.
  func readablePolicy(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMManagedPolicy
  {
    guard try IAMPolicyARN.check(arn) == "aws" else {
      return try existingPolicy(arn, account, transaction)
    }
    guard let entry = AWSManagedPolicies.entry(arn) else { throw IAMManagedPolicy.missing(arn) }
    return IAMManagedPolicy(entry, document: try AWSManagedPolicies.document(of: entry))
  }

  /// Throws `NoSuchEntity` for a policy that is not there.
  func checkAttachable(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws {
    guard try isThere(arn, account, transaction) else {
      throw IAMFaults.noSuchEntity("Policy \(arn) does not exist or is not attachable.")
    }
  }

  /// Throws `NoSuchEntity` for a policy that can be no boundary, because it is not there.
  func checkBoundary(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws {
    guard try isThere(arn, account, transaction) else {
      throw IAMFaults.noSuchEntity("Scope ARN: \(arn) does not exist or is not attachable.")
    }
  }

  private func isThere(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws
    -> Bool
  {
    try IAMPolicyARN.check(arn) == "aws"
      ? AWSManagedPolicies.entry(arn) != nil : own(arn, account, transaction) != nil
  }

  private func own(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMManagedPolicy?
  {
    guard
      let policy = try get(IAMManagedPolicy.self, IAMPolicyARN.name(of: arn), account, transaction),
      policy.arn(in: account).description == arn
    else { return nil }
    return policy
  }

  /// Throws `DeleteConflict` while an entity has the policy, or is bounded by it.
  func deletePolicy(
    _ policy: IAMManagedPolicy, _ account: AccountID, _ transaction: Transaction
  ) throws {
    let use = try policyUse(policy.arn(in: account).description, account, transaction)
    guard use.count == 0, use.boundaryCount == 0 else {
      throw IAMFaults.deleteConflict("Cannot delete a policy attached to entities.")
    }
    try delete(policy, account, transaction)
  }

  /// The entities that a policy is attached to or bounds, names ascending.
  func policyUse(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMPolicyUse
  {
    var use = IAMPolicyUse()
    for role in try all(IAMRole.self, account, transaction) {
      if role.managedPolicies.contains(arn) { use.roles.append(role) }
      if role.permissionsBoundary == arn { use.boundedRoles.append(role) }
    }
    for user in try all(IAMUser.self, account, transaction) {
      if user.managedPolicies.contains(arn) { use.users.append(user) }
      if user.permissionsBoundary == arn { use.boundedUsers.append(user) }
    }
    use.groups = try all(IAMGroup.self, account, transaction)
      .filter { $0.managedPolicies.contains(arn) }
    return use
  }

  /// The number of times that each policy is attached, and that it is a boundary.
  func policyCounts(_ account: AccountID, _ transaction: Transaction) throws -> IAMPolicyCounts {
    var counts = IAMPolicyCounts()
    for role in try all(IAMRole.self, account, transaction) { counts.add(role) }
    for user in try all(IAMUser.self, account, transaction) { counts.add(user) }
    for group in try all(IAMGroup.self, account, transaction) {
      for arn in group.managedPolicies { counts.attachments[arn, default: 0] += 1 }
    }
    return counts
  }
}

/// The entities that have a managed policy.
struct IAMPolicyUse: Sendable {
  var groups: [IAMGroup] = []
  var users: [IAMUser] = []
  var roles: [IAMRole] = []
  var boundedUsers: [IAMUser] = []
  var boundedRoles: [IAMRole] = []

  var count: Int { groups.count + users.count + roles.count }
  var boundaryCount: Int { boundedUsers.count + boundedRoles.count }
}

/// Uses of managed policies by their ARNs.
struct IAMPolicyCounts: Sendable {
  var attachments: [String: Int] = [:]
  var boundaries: [String: Int] = [:]

  /// Uses of one kind: `PermissionsPolicy` or `PermissionsBoundary`.
  subscript(usage: String) -> [String: Int]? {
    switch usage {
    case "PermissionsPolicy": attachments
    case "PermissionsBoundary": boundaries
    default: nil
    }
  }

  mutating func add(_ entity: some IAMBounded) {
    for arn in entity.managedPolicies { attachments[arn, default: 0] += 1 }
    if let arn = entity.permissionsBoundary { boundaries[arn, default: 0] += 1 }
  }
}
