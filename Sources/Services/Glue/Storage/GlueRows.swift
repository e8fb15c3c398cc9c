import GRDB
import PropertyTree
import ServiceKit

/// An entity as it is stored: `name` tells it from its siblings, `id` is its children's parent.
struct GlueRow<Model: Codable & Sendable> {
  let id: Int64
  let name: String
  var model: Model
}

/// The entities of one kind. All of them are one tree: catalog (an account's region) → databases →
/// tables and functions → partitions, versions, indexes.
struct GlueRows<Model: Codable & Sendable>: Sendable {
  let kind: String

  init(_ kind: String) { self.kind = kind }

  func find(_ name: String, under parent: Int64, _ transaction: Transaction) throws
    -> GlueRow<Model>?
  {
    let statement = try transaction.database.cachedStatement(
      sql: "SELECT id, body FROM glue_entity WHERE parent = ? AND kind = ? AND name = ?")
    return try Row.fetchOne(statement, arguments: [parent, kind, name])
      .map { GlueRow(id: $0[0], name: name, model: try Self.decode($0[1])) }
  }

  /// - Returns: the new entity's id.
  /// - Throws: where there is such an entity: callers look first.
  @discardableResult
  func insert(_ model: Model, _ name: String, under parent: Int64, _ transaction: Transaction)
    throws -> Int64
  {
    try transaction.database.cachedStatement(
      sql: "INSERT INTO glue_entity (parent, kind, name, body) VALUES (?,?,?,?)"
    ).execute(arguments: [parent, kind, name, try Self.encode(model)])
    return transaction.database.lastInsertedRowID
  }

  /// Writes the entity's model and name; its children stay.
  func update(_ row: GlueRow<Model>, named name: String? = nil, _ transaction: Transaction) throws {
    try transaction.database.cachedStatement(
      sql: "UPDATE glue_entity SET name = ?, body = ? WHERE id = ?"
    ).execute(arguments: [name ?? row.name, try Self.encode(row.model), row.id])
  }

  /// Up to one entity more than the page holds, by name.
  ///
  /// - Parameter isWanted: asked by name alone, before the entity is read.
  func list(
    under parent: Int64, _ transaction: Transaction, _ page: GluePage = .all,
    where isWanted: (String) throws -> Bool = { _ in true }
  ) throws -> [GlueRow<Model>] {
    let bound = page.after == nil ? "" : "AND name \(page.isDescending ? "<" : ">") ?"
    let statement = try transaction.database.cachedStatement(
      sql: """
        SELECT id, name, body FROM glue_entity
        WHERE parent = ? AND kind = ? AND id % ? = ? \(bound)
        ORDER BY name \(page.isDescending ? "DESC" : "ASC")
        """)
    var arguments: StatementArguments = [parent, kind, page.segments, page.segment]
    if let after = page.after { arguments += [after] }
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    var found: [GlueRow<Model>] = []
    while found.count <= page.limit, let row = try rows.next() {
      let name: String = row[1]
      guard try isWanted(name) else { continue }
      found.append(GlueRow(id: row[0], name: name, model: try Self.decode(row[2])))
    }
    return found
  }

  private static func decode(_ text: String) throws -> Model {
    try TreeDecoder().decode(Model.self, from: JSONReader.read(text))
  }

  private static func encode(_ model: Model) throws -> String {
    JSONWriter.compact(try TreeEncoder().encode(model))
  }
}

/// The one table of all kinds.
enum GlueSchema {
  static let format = StoredFormat(
    "glue",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS glue_entity (
        id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER NOT NULL, kind TEXT NOT NULL,
        name TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (parent, kind, name))
      """
    ])

  /// Removes an entity with everything below it.
  static func delete(_ id: Int64, _ transaction: Transaction) throws {
    try transaction.database.cachedStatement(
      sql: """
        WITH RECURSIVE gone (id) AS (
          VALUES (?) UNION ALL
          SELECT glue_entity.id FROM glue_entity JOIN gone ON glue_entity.parent = gone.id)
        DELETE FROM glue_entity WHERE id IN (SELECT id FROM gone)
        """
    ).execute(arguments: [id])
  }
}
