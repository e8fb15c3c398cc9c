import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The roles and managed policies of every account. IAM is global: one region stands for all.
struct IAMStore: Sendable {
  private static let roles = ModelTable<IAMRole>("iam.role")
  private static let policies = ModelTable<IAMManagedPolicy>("iam.policy")
  static var formats: [StoredFormat] { [roles.format, policies.format] }

  private func scope(_ account: AccountID) -> Scope {
    Scope(account: account, region: Region("global"))
  }

  func role(_ name: String, _ account: AccountID, _ transaction: Transaction) throws -> IAMRole? {
    try Self.roles.get(name, in: scope(account), transaction)
  }

  /// Throws `NoSuchEntity`.
  func existingRole(_ name: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMRole
  {
    guard let role = try role(name, account, transaction) else { throw IAMFaults.noSuchRole(name) }
    return role
  }

  func put(_ role: IAMRole, _ account: AccountID, _ transaction: Transaction) throws {
    try Self.roles.put(role, role.name, in: scope(account), transaction)
  }

  @discardableResult
  func deleteRole(_ name: String, _ account: AccountID, _ transaction: Transaction) throws -> Bool {
    try Self.roles.delete(name, in: scope(account), transaction)
  }

  func roles(_ account: AccountID, after start: String, _ transaction: Transaction) throws
    -> [IAMRole]
  {
    try Self.roles.list(in: scope(account), after: start, transaction).map(\.model)
  }

  func roleNames(_ account: AccountID, _ transaction: Transaction) throws -> Set<String> {
    try Self.roles.names(in: scope(account), transaction)
  }

  // MARK: Managed policies

  func policy(named name: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMManagedPolicy?
  {
    try Self.policies.get(name, in: scope(account), transaction)
  }

  /// Throws `NoSuchEntity`, and names AWS's own policies, whose documents Leat does not know.
  func existingPolicy(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMManagedPolicy
  {
    guard try IAMPolicyARN.check(arn) != "aws" else {
      throw ServiceError.unsupported("reading AWS's own policies (`\(arn)`)")
    }
    guard
      let policy = try policy(named: IAMPolicyARN.name(of: arn), account, transaction),
      policy.arn(in: account) == arn
    else { throw IAMFaults.noSuchEntity("Policy \(arn) was not found.") }
    return policy
  }

  /// Throws `NoSuchEntity` for a policy of an account that is not there.
  func checkAttachable(_ arn: String, _ account: AccountID, _ transaction: Transaction) throws {
    guard try IAMPolicyARN.check(arn) != "aws" else { return }
    guard
      let policy = try policy(named: IAMPolicyARN.name(of: arn), account, transaction),
      policy.arn(in: account) == arn
    else {
      throw IAMFaults.noSuchEntity("Policy \(arn) does not exist or is not attachable.")
    }
  }

  func put(_ policy: IAMManagedPolicy, _ account: AccountID, _ transaction: Transaction) throws {
    try Self.policies.put(policy, policy.name, in: scope(account), transaction)
  }

  /// Makes a policy. Throws `EntityAlreadyExists`.
  func create(_ policy: IAMManagedPolicy, _ account: AccountID, _ transaction: Transaction) throws {
    guard try self.policy(named: policy.name, account, transaction) == nil else {
      throw ServiceError(
        "EntityAlreadyExists",
        "A policy called \(policy.name) already exists. Duplicate names are not allowed.",
        status: 409)
    }
    try put(policy, account, transaction)
  }

  /// Throws `DeleteConflict` while an entity has the policy.
  func deletePolicy(
    _ policy: IAMManagedPolicy, _ account: AccountID, _ transaction: Transaction
  ) throws {
    guard try holders(of: policy.arn(in: account), account, transaction).isEmpty else {
      throw IAMFaults.deleteConflict("Cannot delete a policy attached to entities.")
    }
    try Self.policies.delete(policy.name, in: scope(account), transaction)
  }

  func policies(_ account: AccountID, after start: String, _ transaction: Transaction) throws
    -> [IAMManagedPolicy]
  {
    try Self.policies.list(in: scope(account), after: start, transaction).map(\.model)
  }

  /// The roles that a policy is attached to.
  func holders(of arn: String, _ account: AccountID, _ transaction: Transaction) throws -> [IAMRole]
  {
    try roles(account, after: "", transaction).filter { $0.managedPolicies.contains(arn) }
  }
}
