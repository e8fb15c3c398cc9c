import AWSModel
import Effects
import GRDB
import ServiceKit

/// State that the service's operations share.
struct LogsStore: Sendable {
  let environment: ServiceEnvironment

  init(_ environment: ServiceEnvironment) { self.environment = environment }

  var now: Timestamp { environment.effects.clock.now }

  func read<T>(_ body: (LogsRows) throws -> T) throws -> T {
    try environment.database.read { try body(LogsRows($0)) }
  }

  func write<T: Sendable>(_ body: @escaping @Sendable (LogsRows) throws -> T) async throws -> T {
    try await environment.database.write { try body(LogsRows($0)) }
  }
}

/// The service's rows as one transaction sees them.
struct LogsRows {
  let database: GRDB.Database

  init(_ transaction: Transaction) { database = transaction.database }

  /// `grp` and `stream` hold row ids, which stand for account, region and names.
  static let format = StoredFormat(
    "logs",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS log_group (
        id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL,
        name TEXT NOT NULL, created INTEGER NOT NULL, retention INTEGER, tags TEXT,
        bytes INTEGER NOT NULL, sequence INTEGER NOT NULL, UNIQUE (account, region, name))
      """,
      """
      CREATE TABLE IF NOT EXISTS log_stream (
        id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, name TEXT NOT NULL,
        created INTEGER NOT NULL, first INTEGER, last INTEGER, ingestion INTEGER,
        UNIQUE (grp, name))
      """,
      """
      CREATE TABLE IF NOT EXISTS log_event (
        grp INTEGER NOT NULL, timestamp INTEGER NOT NULL, sequence INTEGER NOT NULL,
        stream INTEGER NOT NULL, ingestion INTEGER NOT NULL, message BLOB NOT NULL,
        PRIMARY KEY (grp, timestamp, sequence)) WITHOUT ROWID
      """,
      """
      CREATE INDEX IF NOT EXISTS log_event_stream ON log_event (stream, timestamp, sequence)
      """,
    ])
}
