import AWSModel
import Effects
import GRDB
import PropertyTree

extension LogsRows {
  private static let groupColumns = "id, account, region, name, created, retention, tags, bytes"
  private static let streamColumns = "id, name, created, first, last, ingestion"

  private func group(_ row: Row) -> LogsGroup {
    LogsGroup(
      id: row[0], scope: Scope(account: AccountID(row[1]), region: Region(row[2])), name: row[3],
      created: Timestamp(milliseconds: row[4]), retentionDays: row[5], tags: row[6],
      storedBytes: row[7])
  }

  private func stream(_ row: Row) -> LogsStream {
    LogsStream(
      id: row[0], name: row[1], created: Timestamp(milliseconds: row[2]), firstEvent: row[3],
      lastEvent: row[4], lastIngestion: row[5])
  }

  // MARK: Groups

  func findGroup(_ name: String, in scope: Scope) throws -> LogsGroup? {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(Self.groupColumns) FROM log_group WHERE account = ? AND region = ? AND name = ?
        """)
    return try Row.fetchOne(
      statement, arguments: [scope.account.text, scope.region.text, name]
    ).map(group)
  }

  /// Throws `ResourceNotFoundException`.
  func group(_ name: String, in scope: Scope) throws -> LogsGroup {
    guard let group = try findGroup(name, in: scope) else { throw LogsFault.noGroup }
    return group
  }

  /// Names ascending, behind `start`.
  func groups(in scope: Scope, after start: String, where matches: (LogsGroup) -> Bool, limit: Int)
    throws -> [LogsGroup]
  {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT \(Self.groupColumns) FROM log_group
        WHERE account = ? AND region = ? AND name > ? ORDER BY name
        """, arguments: [scope.account.text, scope.region.text, start])
    var found: [LogsGroup] = []
    while found.count < limit, let row = try rows.next() {
      let group = group(row)
      if matches(group) { found.append(group) }
    }
    return found
  }

  /// Every group with a retention, of all accounts and regions.
  func expiringGroups() throws -> [LogsGroup] {
    try Row.fetchAll(
      database, sql: "SELECT \(Self.groupColumns) FROM log_group WHERE retention IS NOT NULL"
    ).map(group)
  }

  /// Throws `ResourceAlreadyExistsException`.
  func createGroup(_ name: String, in scope: Scope, tags: String?, now: Timestamp) throws {
    guard try findGroup(name, in: scope) == nil else { throw LogsFault.groupExists }
    try database.execute(
      sql: """
        INSERT INTO log_group (account, region, name, created, tags, bytes, sequence)
        VALUES (?,?,?,?,?,0,0)
        """,
      arguments: [scope.account.text, scope.region.text, name, now.milliseconds, tags])
  }

  func delete(_ group: LogsGroup) throws {
    try database.execute(sql: "DELETE FROM log_event WHERE grp = ?", arguments: [group.id])
    try database.execute(sql: "DELETE FROM log_stream WHERE grp = ?", arguments: [group.id])
    try database.execute(sql: "DELETE FROM log_group WHERE id = ?", arguments: [group.id])
  }

  func setRetention(_ days: Int64?, of group: LogsGroup) throws {
    try database.execute(
      sql: "UPDATE log_group SET retention = ? WHERE id = ?", arguments: [days, group.id])
  }

  func setTags(_ tags: PropertyObject, of group: LogsGroup) throws {
    try database.execute(
      sql: "UPDATE log_group SET tags = ? WHERE id = ?",
      arguments: [LogsTags.stored(tags), group.id])
  }

  // MARK: Streams

  func findStream(_ name: String, of group: LogsGroup) throws -> LogsStream? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(Self.streamColumns) FROM log_stream WHERE grp = ? AND name = ?")
    return try Row.fetchOne(statement, arguments: [group.id, name]).map(stream)
  }

  /// Throws `ResourceNotFoundException`.
  func stream(_ name: String, of group: LogsGroup) throws -> LogsStream {
    guard let stream = try findStream(name, of: group) else { throw LogsFault.noStream }
    return stream
  }

  /// Throws `ResourceAlreadyExistsException`.
  func createStream(_ name: String, of group: LogsGroup, now: Timestamp) throws {
    guard try findStream(name, of: group) == nil else { throw LogsFault.streamExists }
    try database.execute(
      sql: "INSERT INTO log_stream (grp, name, created) VALUES (?,?,?)",
      arguments: [group.id, name, now.milliseconds])
  }

  func delete(_ stream: LogsStream, of group: LogsGroup) throws {
    try database.execute(
      sql: """
        UPDATE log_group SET bytes = bytes - (
          SELECT total(length(message) + \(LogsLimits.eventOverheadBytes)) FROM log_event
          WHERE stream = ?) WHERE id = ?
        """, arguments: [stream.id, group.id])
    try database.execute(sql: "DELETE FROM log_event WHERE stream = ?", arguments: [stream.id])
    try database.execute(sql: "DELETE FROM log_stream WHERE id = ?", arguments: [stream.id])
  }

  /// Names that begin with `prefix`, in the order asked for, behind (`last`, `name`).
  func streams(of group: LogsGroup, _ query: LogsStreamQuery) throws -> [LogsStream] {
    let sign = query.isDescending ? "<" : ">"
    let direction = query.isDescending ? "DESC" : "ASC"
    var conditions = ["grp = ?", "substr(name, 1, length(?)) = ?"]
    var arguments: StatementArguments = [group.id, query.prefix, query.prefix]
    let order: String
    if query.byLastEvent {
      // A stream without events stands where its creation does.
      order = "coalesce(last, created) \(direction), name \(direction)"
      if let after = query.after {
        conditions.append("(coalesce(last, created), name) \(sign) (?, ?)")
        arguments += [after.moment, after.name]
      }
    } else {
      order = "name \(direction)"
      if let after = query.after {
        conditions.append("name \(sign) ?")
        arguments += [after.name]
      }
    }
    arguments += [query.limit]
    return try Row.fetchAll(
      database,
      sql: """
        SELECT \(Self.streamColumns) FROM log_stream WHERE \(conditions.joined(separator: " AND "))
        ORDER BY \(order) LIMIT ?
        """, arguments: arguments
    ).map(stream)
  }

  func streamNames(of group: LogsGroup) throws -> [Int64: String] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT id, name FROM log_stream WHERE grp = ?", arguments: [group.id])
    return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
  }
}

/// The query of DescribeLogStreams.
struct LogsStreamQuery: Sendable {
  var prefix = ""
  var byLastEvent = false
  var isDescending = false
  var after: (moment: Int64, name: String)?
  var limit = 50
}
