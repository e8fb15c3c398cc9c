import Effects
import GRDB
import PropertyTree
import ServiceKit
import StackModel

/// A plan kept under a name until it is executed, as CloudFormation's API has it.
public struct ChangeSet: Sendable, Hashable, Codable {
  /// The ARN.
  public var id: String
  public var name: String
  public var stackID: String
  public var stackName: String
  public var description: String?
  /// `CREATE_COMPLETE` or `FAILED`.
  public var status: String
  public var statusReason: String?
  /// `AVAILABLE`, `UNAVAILABLE`, `EXECUTE_IN_PROGRESS`, `EXECUTE_COMPLETE`, `EXECUTE_FAILED`,
  /// `OBSOLETE`.
  public var executionStatus: String
  public var templateBody: String
  public var parameters: [ParameterValue]
  public var capabilities: [String]
  public var tags: [String: String]
  public var createdAt: Timestamp
  /// nil when it failed.
  public var plan: Plan?
  /// Tells a repeated request from a second one.
  public var clientToken: String?

  public init(
    id: String, name: String, stackID: String, stackName: String, description: String?,
    status: String, statusReason: String?, executionStatus: String, templateBody: String,
    parameters: [ParameterValue], capabilities: [String], tags: [String: String],
    createdAt: Timestamp, plan: Plan?
  ) {
    self.id = id
    self.name = name
    self.stackID = stackID
    self.stackName = stackName
    self.description = description
    self.status = status
    self.statusReason = statusReason
    self.executionStatus = executionStatus
    self.templateBody = templateBody
    self.parameters = parameters
    self.capabilities = capabilities
    self.tags = tags
    self.createdAt = createdAt
    self.plan = plan
  }
}

/// Change sets by id, and by stack and name.
public struct ChangeSetStore: Sendable {
  public static let format = StoredFormat(
    "stack.changeset",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS change_set (
        id TEXT NOT NULL PRIMARY KEY, stack_id TEXT NOT NULL, name TEXT NOT NULL,
        created_at INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS change_set_stack ON change_set (stack_id, name);
      """
    ])

  private let rows: Body

  public init(vault: Vault) { rows = Body(table: "change_set", vault: vault) }

  /// Makes or replaces.
  public func save(_ changeSet: ChangeSet, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: """
        INSERT OR REPLACE INTO change_set (id, stack_id, name, created_at, body)
        VALUES (?,?,?,?,?)
        """,
      arguments: [
        changeSet.id, changeSet.stackID, changeSet.name, changeSet.createdAt.milliseconds,
        try rows.encode(changeSet, isSecret: changeSet.parameters.holdSecrets),
      ])
  }

  public func changeSet(id: String, _ transaction: Transaction) throws -> ChangeSet? {
    try String.fetchOne(
      transaction.database, sql: "SELECT body FROM change_set WHERE id = ?", arguments: [id]
    ).map { try rows.decode(ChangeSet.self, $0) }
  }

  public func changeSet(named name: String, ofStack id: String, _ transaction: Transaction) throws
    -> ChangeSet?
  {
    try String.fetchOne(
      transaction.database, sql: "SELECT body FROM change_set WHERE stack_id = ? AND name = ?",
      arguments: [id, name]
    ).map { try rows.decode(ChangeSet.self, $0) }
  }

  /// Newest last.
  public func changeSets(ofStack id: String, _ transaction: Transaction) throws -> [ChangeSet] {
    try String.fetchAll(
      transaction.database,
      sql: "SELECT body FROM change_set WHERE stack_id = ? ORDER BY created_at, name",
      arguments: [id]
    ).map { try rows.decode(ChangeSet.self, $0) }
  }

  public func delete(id: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM change_set WHERE id = ?", arguments: [id])
  }
}
