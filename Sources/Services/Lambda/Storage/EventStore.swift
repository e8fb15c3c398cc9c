import AWSModel
import Effects
import GRDB
import ServiceKit

/// An asynchronous invocation that was accepted and is not finished.
struct QueuedEvent: Sendable {
  var id: Int64
  var key: FunctionKey
  /// The version or alias that was called; nil for none.
  var qualifier: String?
  var requestID: String
  var payload: [UInt8]
  /// The trace that its caller is part of, as it says.
  var traceID: String?
  /// Attempts that failed so far.
  var attempts: Int
  /// When it was accepted.
  var accepted: Timestamp
}

/// Accepted events, on disk from before they are acknowledged until they are done with.
struct EventStore: Sendable {
  static let format = StoredFormat(
    "lambda.event",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS lambda_event (
        id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,
        name TEXT NOT NULL, request_id TEXT NOT NULL, payload BLOB NOT NULL,
        attempts INTEGER NOT NULL, due INTEGER NOT NULL)
      """,
      "CREATE INDEX IF NOT EXISTS lambda_event_due ON lambda_event (due, id)",
    ],
    upgrades: [
      .sql(
        "ALTER TABLE lambda_event ADD COLUMN qualifier TEXT",
        "ALTER TABLE lambda_event ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0",
        "UPDATE lambda_event SET accepted = due"),
      .sql("ALTER TABLE lambda_event ADD COLUMN trace TEXT"),
    ])

  func add(
    _ reference: FunctionReference, requestID: String, payload: [UInt8], traceID: String?,
    due: Timestamp,
    _ transaction: Transaction
  ) throws {
    try transaction.database.execute(
      sql: """
        INSERT INTO lambda_event
          (account, region, name, qualifier, request_id, payload, trace, attempts, due,
            accepted)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
        """,
      arguments: [
        reference.key.scope.account.text, reference.key.scope.region.text, reference.key.name,
        reference.qualifier, requestID, GRDB.DatabaseValue(bytes: payload), traceID,
        due.milliseconds, due.milliseconds,
      ])
  }

  /// Up to `limit` events that are due, oldest first, leaving out those under way and those of
  /// functions that have all the events under way that they may have.
  func due(
    _ now: Timestamp, limit: Int, without ids: Set<Int64>, and busy: Set<FunctionKey>,
    _ transaction: Transaction
  ) throws -> [QueuedEvent] {
    guard limit > 0 else { return [] }
    var found: [QueuedEvent] = []
    let rows = try Row.fetchCursor(
      transaction.database,
      sql: """
        SELECT id, account, region, name, qualifier, request_id, payload, trace, attempts, accepted
        FROM lambda_event
        WHERE due <= ? ORDER BY due, id
        """,
      arguments: [now.milliseconds])
    while found.count < limit, let row = try rows.next() {
      let id: Int64 = row["id"]
      let key = FunctionKey(
        scope: Scope(account: AccountID(row["account"]), region: Region(row["region"])),
        name: row["name"])
      if ids.contains(id) || busy.contains(key) { continue }
      let payload = try row.withUnsafeData(named: "payload") { $0.map { Array($0) } ?? [] }
      found.append(
        QueuedEvent(
          id: id, key: key, qualifier: row["qualifier"], requestID: row["request_id"],
          payload: payload, traceID: row["trace"], attempts: row["attempts"],
          accepted: Timestamp(milliseconds: row["accepted"])))
    }
    return found
  }

  /// The earliest moment at which an event that is not due yet becomes so.
  func nextDue(after now: Timestamp, _ transaction: Transaction) throws -> Timestamp? {
    try Int64.fetchOne(
      transaction.database, sql: "SELECT min(due) FROM lambda_event WHERE due > ?",
      arguments: [now.milliseconds]
    ).map { Timestamp(milliseconds: $0) }
  }

  func remove(_ id: Int64, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM lambda_event WHERE id = ?", arguments: [id])
  }

  func postpone(
    _ id: Int64, attempts: Int, due: Timestamp, _ transaction: Transaction
  ) throws {
    try transaction.database.execute(
      sql: "UPDATE lambda_event SET attempts = ?, due = ? WHERE id = ?",
      arguments: [attempts, due.milliseconds, id])
  }

  func removeAll(of key: FunctionKey, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM lambda_event WHERE account = ? AND region = ? AND name = ?",
      arguments: [key.scope.account.text, key.scope.region.text, key.name])
  }
}
