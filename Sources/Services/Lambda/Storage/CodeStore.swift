import GRDB
import ServiceKit

/// The archives of functions and layers, by their hash; one that nothing uses is removed with its
/// last user, in the same transaction.
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

  /// The layers of every function and version that has some, in order.
  func layerStacks(_ transaction: Transaction) throws -> [[String]] {
    let rows = try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT model.rowKey AS place, json_extract(layer.value, '$.codeHash') AS hash
        FROM (SELECT kind || ' ' || account || ' ' || region || ' ' || name AS rowKey, body
          FROM model WHERE kind IN ('lambda.function', 'lambda.version')) AS model,
          json_each(model.body, '$.settings.layers') AS layer
        ORDER BY place, layer.key
        """)
    var stacks: [[String]] = []
    var last: String?
    for row in rows {
      let (place, hash): (String, String) = (row["place"], row["hash"])
      if place != last { stacks.append([]) }
      last = place
      stacks[stacks.count - 1].append(hash)
    }
    return stacks
  }

  /// After something let go of `hash`.
  func release(_ hash: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: """
        DELETE FROM lambda_code WHERE hash = ?1 AND NOT EXISTS (
          SELECT 1 FROM model
          WHERE kind IN ('lambda.function', 'lambda.version', 'lambda.layerversion')
            AND json_extract(body, '$.codeHash') = ?1)
        AND NOT EXISTS (
          SELECT 1 FROM model, json_each(model.body, '$.settings.layers') AS layer
          WHERE model.kind IN ('lambda.function', 'lambda.version')
            AND json_extract(layer.value, '$.codeHash') = ?1)
        """,
      arguments: [hash])
  }
}
