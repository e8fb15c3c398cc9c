import Crypto
import GRDB
import PropertyTree
import ServiceKit

/// The local folders that archives were packaged from, by the archives' hashes.
struct CodeSourceStore: Sendable {
  static let format = StoredFormat(
    "lambda.source",
    tables: [
      "CREATE TABLE IF NOT EXISTS lambda_source (hash TEXT PRIMARY KEY, path TEXT NOT NULL)"
    ])
  /// More than anybody deploys between two looks at old ones.
  private static let rowsMax = 10_000

  /// The archive's last source counts: a folder may have been moved.
  func put(_ path: String, for hash: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "INSERT OR REPLACE INTO lambda_source (hash, path) VALUES (?, ?)",
      arguments: [hash, path])
    try transaction.database.execute(
      sql: "DELETE FROM lambda_source WHERE rowid <= (SELECT max(rowid) FROM lambda_source) - ?",
      arguments: [Self.rowsMax])
  }

  func path(_ hash: String, _ transaction: Transaction) throws -> String? {
    try String.fetchOne(
      transaction.database, sql: "SELECT path FROM lambda_source WHERE hash = ?",
      arguments: [hash])
  }
}

extension CodeSourceStore: CodeSources {
  func remember(_ path: String, ofArchive archive: [UInt8], in transaction: Transaction) throws {
    try put(path, for: Hex.encode(SHA256.hash(data: archive)), transaction)
  }
}
