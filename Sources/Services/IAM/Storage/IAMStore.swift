import AWSModel
import Effects
import PropertyTree
import ServiceKit

extension IAMRole {
  /// Version 2 adds permissions boundaries: what has none reads as before.
  static let table = ModelTable<IAMRole>("iam.role", upgrades: [{ $0 }])
}

extension IAMManagedPolicy { static let table = ModelTable<IAMManagedPolicy>("iam.policy") }

extension IAMUser { static let table = ModelTable<IAMUser>("iam.user") }

extension IAMGroup { static let table = ModelTable<IAMGroup>("iam.group") }

extension IAMInstanceProfile {
  static let table = ModelTable<IAMInstanceProfile>("iam.instanceprofile")
}

extension IAMOIDCProvider {
  static let table = ModelTable<IAMOIDCProvider>("iam.oidcprovider")
}

extension IAMAccount { static let table = ModelTable<IAMAccount>("iam.account") }

/// Everything that IAM keeps, of every account. IAM is global: one region stands for all.
struct IAMStore: Sendable {
  static let keyUses = ModelTable<IAMKeyUse>("iam.keyuse")
  static var formats: [StoredFormat] {
    [
      IAMRole.table.format, IAMManagedPolicy.table.format, IAMUser.table.format,
      IAMGroup.table.format, IAMInstanceProfile.table.format, IAMAccount.table.format,
      IAMOIDCProvider.table.format,
      keyUses.format,
    ]
  }

  static func scope(_ account: AccountID) -> Scope {
    Scope(account: account, region: Region("global"))
  }

  let environment: ServiceEnvironment
  let keys: IAMKeyDirectory

  var vault: Vault { environment.vault }

  init(_ environment: ServiceEnvironment) {
    self.environment = environment
    keys = IAMKeyDirectory(environment)
  }

  /// Reads the access keys of all users.
  func loadKeys(_ transaction: Transaction) throws {
    let uses = try Self.keyUses.all(transaction)
    keys.load(
      try IAMUser.table.all(transaction).map { ($0.scope.account, $0.model) },
      Dictionary(uniqueKeysWithValues: uses.map { ($0.name, $0.model) }))
  }

  // MARK: Things by their names

  func get<Thing: IAMStored>(
    _ type: Thing.Type, _ name: String, _ account: AccountID,
    _ transaction: Transaction
  ) throws -> Thing? {
    try Thing.table.get(name, in: Self.scope(account), transaction)
  }

  /// Throws `NoSuchEntity`.
  func existing<Thing: IAMStored>(
    _ type: Thing.Type, _ name: String, _ account: AccountID,
    _ transaction: Transaction
  ) throws -> Thing {
    guard let thing = try get(type, name, account, transaction) else { throw Thing.missing(name) }
    return thing
  }

  /// Throws `NoSuchEntity`.
  func existing<Thing: IAMStored>(
    _ name: String, _ account: AccountID, _ transaction: Transaction
  ) throws -> Thing {
    try existing(Thing.self, name, account, transaction)
  }

  /// Throws `EntityAlreadyExists` where there is one of that name.
  func make<Thing: IAMStored>(
    _ thing: Thing, _ account: AccountID, _ transaction: Transaction
  ) throws {
    guard try get(Thing.self, thing.name, account, transaction) == nil else {
      throw Thing.taken(thing.name)
    }
    try put(thing, account, transaction)
  }

  func put<Thing: IAMStored>(_ thing: Thing, _ account: AccountID, _ transaction: Transaction)
    throws
  {
    try Thing.table.put(thing, thing.name, in: Self.scope(account), transaction)
    thing.note(in: keys, account, isThere: true, transaction)
  }

  func delete<Thing: IAMStored>(_ thing: Thing, _ account: AccountID, _ transaction: Transaction)
    throws
  {
    try Thing.table.delete(thing.name, in: Self.scope(account), transaction)
    thing.note(in: keys, account, isThere: false, transaction)
  }

  /// Names ascending.
  func all<Thing: IAMStored>(
    _ type: Thing.Type, _ account: AccountID, after start: String = "",
    _ transaction: Transaction
  ) throws -> [Thing] {
    try Thing.table.list(in: Self.scope(account), after: start, transaction).map(\.model)
  }

  func names<Thing: IAMStored>(
    of type: Thing.Type, _ account: AccountID, _ transaction: Transaction
  ) throws -> Set<String> {
    try Thing.table.names(in: Self.scope(account), transaction)
  }

  /// An account's settings, which are AWS's defaults until they are changed.
  func account(_ account: AccountID, _ transaction: Transaction) throws -> IAMAccount {
    try get(IAMAccount.self, IAMAccount.onlyName, account, transaction) ?? IAMAccount()
  }

  // MARK: What hangs together

  /// The users of a group, names ascending.
  func members(of group: String, _ account: AccountID, _ transaction: Transaction) throws
    -> [IAMUser]
  {
    try all(IAMUser.self, account, transaction).filter { $0.groups.contains(group) }
  }

  /// The instance profiles that hold a role, names ascending.
  func profiles(of role: String, _ account: AccountID, _ transaction: Transaction) throws
    -> [IAMInstanceProfile]
  {
    try all(IAMInstanceProfile.self, account, transaction).filter { $0.role == role }
  }

  /// Throws `DeleteConflict` while something is left that a deletion does not take along.
  func deleteRole(_ role: IAMRole, _ account: AccountID, _ transaction: Transaction) throws {
    try role.checkModifiable()
    try role.checkNoPolicies()
    guard try profiles(of: role.name, account, transaction).isEmpty else {
      throw IAMFaults.deleteConflict(
        "Cannot delete entity, must remove roles from instance profile first.")
    }
    try delete(role, account, transaction)
  }

  /// Throws `DeleteConflict` while something is left that a deletion does not take along.
  func deleteUser(_ user: IAMUser, _ account: AccountID, _ transaction: Transaction) throws {
    try user.checkDeletable()
    try delete(user, account, transaction)
  }

  /// Throws `DeleteConflict` while something is left that a deletion does not take along.
  func deleteGroup(_ group: IAMGroup, _ account: AccountID, _ transaction: Transaction) throws {
    try group.checkNoPolicies()
    guard try members(of: group.name, account, transaction).isEmpty else {
      throw IAMFaults.deleteConflict("Cannot delete entity, must remove users from group first.")
    }
    try delete(group, account, transaction)
  }

  /// Throws `NoSuchEntity` where the user has no such key.
  func deleteKey(
    _ id: String, of user: IAMUser, _ account: AccountID, _ transaction: Transaction
  ) throws {
    var user = user
    user.accessKeys.remove(at: try user.index(ofKey: id))
    try put(user, account, transaction)
    try Self.keyUses.delete(id, in: Self.scope(account), transaction)
  }

  /// The user who has a key, as the transaction sees it: a step before may have made it.
  func user(ofKey id: String, _ transaction: Transaction) throws -> (
    account: AccountID, user: IAMUser
  )? {
    guard let account = keys.entry(id)?.account ?? AccessKeyID.account(in: id) else { return nil }
    return try all(IAMUser.self, account, transaction)
      .first { $0.accessKeys.contains { $0.id == id } }.map { (account, $0) }
  }
}
