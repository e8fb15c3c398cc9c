import AWSModel
import Effects
import GRDB
import ServiceKit

/// The place up to which a lane of a shard is handed over. A lane is the part of a shard's records
/// whose keys fall to it; shards of a mapping without parallelization have one.
struct LanePosition: Sendable, Hashable {
  var shard: String
  /// Tells the stream from another of the same name.
  var stream: String
  /// Grows when the number of lanes changes.
  var generation: Int
  /// The number of lanes in this generation.
  var lanes: Int
  var lane: Int
  var position: UInt64
  /// The state of an open tumbling window, as JSON.
  var window: String?

  /// Stands for a shard that is closed and handed over to its end.
  static let finished = UInt64(Int64.max)
}

struct PositionStore: Sendable {
  static let format = StoredFormat(
    "lambda.position",
    tables: [
      """
      CREATE TABLE IF NOT EXISTS lambda_position (
        mapping TEXT NOT NULL, shard TEXT NOT NULL, generation INTEGER NOT NULL,
        lane INTEGER NOT NULL, lanes INTEGER NOT NULL, stream TEXT NOT NULL,
        position INTEGER NOT NULL, window TEXT,
        PRIMARY KEY (mapping, shard, generation, lane)) WITHOUT ROWID
      """
    ])

  /// All of a mapping's, generations ascending.
  func all(of mapping: String, _ transaction: Transaction) throws -> [LanePosition] {
    try Row.fetchAll(
      transaction.database,
      sql: """
        SELECT shard, stream, generation, lanes, lane, position, window FROM lambda_position
        WHERE mapping = ? ORDER BY shard, generation, lane
        """,
      arguments: [mapping]
    ).map { row in
      LanePosition(
        shard: row["shard"], stream: row["stream"], generation: row["generation"],
        lanes: row["lanes"], lane: row["lane"],
        position: UInt64(bitPattern: row["position"] as Int64), window: row["window"])
    }
  }

  /// Makes or replaces.
  func put(_ row: LanePosition, of mapping: String, _ transaction: Transaction) throws {
    let statement = try transaction.database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO lambda_position
          (mapping, shard, generation, lane, lanes, stream, position, window)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      mapping, row.shard, row.generation, row.lane, row.lanes, row.stream,
      Int64(bitPattern: row.position), row.window,
    ])
  }

  /// Moves a lane on; false where its mapping is gone by now, also where another has its UUID.
  func advance(
    _ row: LanePosition, of mapping: MappingKey, created: Timestamp, _ transaction: Transaction
  ) throws -> Bool {
    let statement = try transaction.database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO lambda_position
          (mapping, shard, generation, lane, lanes, stream, position, window)
        SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (
          SELECT 1 FROM model WHERE kind = 'lambda.mapping' AND account = ? AND region = ?
            AND name = ? AND json_extract(body, '$.created') = ?)
        """)
    try statement.execute(arguments: [
      mapping.uuid, row.shard, row.generation, row.lane, row.lanes, row.stream,
      Int64(bitPattern: row.position), row.window, mapping.scope.account.text,
      mapping.scope.region.text, mapping.uuid, created.milliseconds,
    ])
    return transaction.database.changesCount > 0
  }

  /// The rows of earlier numbers of lanes, when nothing depends on them any more.
  func remove(
    _ shard: String, before generation: Int, of mapping: String, _ transaction: Transaction
  ) throws {
    try transaction.database.execute(
      sql: "DELETE FROM lambda_position WHERE mapping = ? AND shard = ? AND generation < ?",
      arguments: [mapping, shard, generation])
  }

  func remove(_ shard: String, of mapping: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM lambda_position WHERE mapping = ? AND shard = ?",
      arguments: [mapping, shard])
  }

  func removeAll(of mapping: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM lambda_position WHERE mapping = ?", arguments: [mapping])
  }
}
