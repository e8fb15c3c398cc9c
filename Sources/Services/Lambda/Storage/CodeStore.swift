import GRDB
import ServiceKit

/// The archives of functions, by their hash; one that no function uses is removed with its last
/// user, in the same transaction.
struct CodeStore: Sendable {
  static let format = StoredFormat(
    "lambda.code",
    tables: [
      "CREATE TABLE IF NOT EXISTS lambda_code (hash TEXT PRIMARY KEY, archive BLOB NOT NULL)"
    ])

  func put(_ code: FunctionCode, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "INSERT OR IGNORE INTO lambda_code (hash, archive) VALUES (?, ?)",
      arguments: [code.hash, GRDB.DatabaseValue(bytes: code.archive)])
  }

  func archive(_ hash: String, _ transaction: Transaction) throws -> [UInt8]? {
    try Row.fetchOne(
      transaction.database, sql: "SELECT archive FROM lambda_code WHERE hash = ?",
      arguments: [hash]
    ).flatMap { row in try row.withUnsafeData(atIndex: 0) { data in data.map { Array($0) } } }
  }

  func hashes(_ transaction: Transaction) throws -> Set<String> {
    try Set(String.fetchAll(transaction.database, sql: "SELECT hash FROM lambda_code"))
  }

  /// After a function let go of `hash`.
  func release(_ hash: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: """
        DELETE FROM lambda_code WHERE hash = ?1 AND NOT EXISTS (
          SELECT 1 FROM model WHERE kind = 'lambda.function'
            AND json_extract(body, '$.codeHash') = ?1)
        """,
      arguments: [hash])
  }
}
