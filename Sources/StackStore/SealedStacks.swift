import GRDB
import ServiceKit

/// The stacks whose rows are sealed, from the first deployment with a `NoEcho` parameter on.
struct SealedStacks: Sendable {
  static let table =
    "CREATE TABLE IF NOT EXISTS sealed_stack (stack_id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID"

  func add(_ id: String, _ transaction: Transaction) throws {
    let statement = try transaction.database.cachedStatement(
      sql: "INSERT OR IGNORE INTO sealed_stack VALUES (?)")
    try statement.execute(arguments: [id])
  }

  func contains(_ id: String, _ transaction: Transaction) throws -> Bool {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT 1 FROM sealed_stack WHERE stack_id = ?")
    return try Int.fetchOne(statement, arguments: [id]) != nil
  }
}
