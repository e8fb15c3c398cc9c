import AWSModel
import Effects
import GRDB
import ServiceKit
import StackModel

/// The deployments that stacks have had, also when they have ended: by account, region and name, so
/// that a stack that was made again goes on with its numbers.
public struct HistoryStore: Sendable {
  public static let format = StoredFormat(
    "stack.history",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS stack_deployment (
        account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        stack_id TEXT NOT NULL, status TEXT, reason TEXT, ended_at INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (account, region, name, number)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS stack_deployment_stack ON stack_deployment (stack_id);
      """
    ])

  /// Deployments of one name that are kept; older ones go.
  public static let recordsMax = 100

  private let records: Body
  private let sealed = SealedStacks()

  public init(vault: Vault) { records = Body(table: "stack_deployment", vault: vault) }

  /// After the journal's own `begin`, which says whether the stack holds secrets.
  public func begin(_ deployment: Deployment, _ transaction: Transaction) throws {
    let environment = deployment.plan.environment
    let place = [
      environment.scope.account.text, environment.scope.region.text, environment.stackName,
    ]
    let last =
      try Int.fetchOne(
        transaction.database,
        sql: """
          SELECT MAX(number) FROM stack_deployment WHERE account = ? AND region = ? AND name = ?
          """, arguments: StatementArguments(place)) ?? 0
    let record = DeploymentRecord(deployment, number: last + 1)
    let isSecret = try sealed.contains(record.stackID, transaction)
    let statement = try transaction.database.cachedStatement(
      sql: """
        INSERT INTO stack_deployment (account, region, name, number, stack_id, body)
        VALUES (?,?,?,?,?,?)
        """)
    try statement.execute(arguments: [
      place[0], place[1], place[2], record.number, record.stackID,
      try records.encode(record, isSecret: isSecret),
    ])
    let oldest = try transaction.database.cachedStatement(
      sql: """
        DELETE FROM stack_deployment
        WHERE account = ? AND region = ? AND name = ? AND number <= ?
        """)
    try oldest.execute(arguments: [
      place[0], place[1], place[2], record.number - Self.recordsMax,
    ])
  }

  /// Writes down the end of the deployment that is under way, where the event tells it.
  public func note(_ event: StackEvent, _ transaction: Transaction) throws {
    guard event.physicalID == event.stackID,
      let status = StackStatus(rawValue: event.status), !status.isInProgress
    else { return }
    let statement = try transaction.database.cachedStatement(
      sql: """
        UPDATE stack_deployment SET status = ?, reason = ?, ended_at = ?
        WHERE stack_id = ? AND ended_at IS NULL
        """)
    try statement.execute(arguments: [
      status.rawValue, event.reason, event.timestamp.milliseconds, event.stackID,
    ])
  }

  /// Writes down that the stack's last deployment, which had ended, is being taken back.
  public func reopen(stack id: String, _ transaction: Transaction) throws {
    let statement = try transaction.database.cachedStatement(
      sql: """
        UPDATE stack_deployment SET status = NULL, reason = NULL, ended_at = NULL
        WHERE stack_id = ?1 AND number =
          (SELECT MAX(number) FROM stack_deployment WHERE stack_id = ?1)
        """)
    try statement.execute(arguments: [id])
  }

  /// Those of the name, oldest first.
  public func records(ofStack name: String, in scope: Scope, _ transaction: Transaction) throws
    -> [DeploymentRecord]
  {
    let rows = try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT status, reason, ended_at, body FROM stack_deployment
        WHERE account = ? AND region = ? AND name = ? ORDER BY number
        """, arguments: [scope.account.text, scope.region.text, name])
    return try rows.map { row in
      var record = try records.decode(DeploymentRecord.self, row["body"])
      record.status = (row["status"] as String?).flatMap(StackStatus.init)
      record.statusReason = row["reason"]
      record.endedAt = (row["ended_at"] as Int64?).map { Timestamp(milliseconds: $0) }
      return record
    }
  }
}
