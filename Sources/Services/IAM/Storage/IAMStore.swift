import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The roles of every account. IAM is global: one region stands for all.
struct IAMStore: Sendable {
  private let roles = ModelTable<IAMRole>("iam.role")

  private func scope(_ account: AccountID) -> Scope {
    Scope(account: account, region: Region("global"))
  }

  func role(_ name: String, _ account: AccountID, _ transaction: Transaction) throws -> IAMRole? {
    try roles.get(name, in: scope(account), transaction)
  }

  /// Throws `NoSuchEntity`.
  func existingRole(_ name: String, _ account: AccountID, _ transaction: Transaction) throws
    -> IAMRole
  {
    guard let role = try role(name, account, transaction) else { throw IAMFaults.noSuchRole(name) }
    return role
  }

  func put(_ role: IAMRole, _ account: AccountID, _ transaction: Transaction) throws {
    try roles.put(role, role.name, in: scope(account), transaction)
  }

  @discardableResult
  func deleteRole(_ name: String, _ account: AccountID, _ transaction: Transaction) throws -> Bool {
    try roles.delete(name, in: scope(account), transaction)
  }

  func roles(_ account: AccountID, after start: String, _ transaction: Transaction) throws
    -> [IAMRole]
  {
    try roles.list(in: scope(account), after: start, transaction).map(\.model)
  }
}
