import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The roles of every account. IAM is global: one region stands for all.
struct IAMStore: Sendable {
  private static let roles = ModelTable<IAMRole>("iam.role")
  static var formats: [StoredFormat] { [roles.format] }

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
}
