import AWSModel
import Effects
import FoundationEssentials
import GRDB
import ServiceKit

extension LogsRows {
  private static let eventColumns = "timestamp, sequence, stream, ingestion, message"

  private func event(_ row: Row) -> LogsEvent {
    let message: Data = row[4]
    return LogsEvent(
      position: LogsPosition(timestamp: row[0], sequence: row[1]), streamID: row[2],
      ingestion: row[3], message: String(decoding: message, as: UTF8.self))
  }

  /// Appends in the order given. Messages are stored as bytes, because text would end at a NUL.
  func append(_ messages: [LogMessage], to stream: LogsStream, of group: LogsGroup, now: Timestamp)
    throws
  {
    guard !messages.isEmpty else { return }
    let counter = try database.cachedStatement(sql: "SELECT sequence FROM log_group WHERE id = ?")
    guard var sequence = try Int64.fetchOne(counter, arguments: [group.id]) else {
      throw LogsFault.noGroup
    }
    let insert = try database.cachedStatement(
      sql: "INSERT INTO log_event (grp, \(Self.eventColumns)) VALUES (?,?,?,?,?,?)")
    var bytes = 0
    var first = Int64.max
    var last = Int64.min
    for message in messages {
      sequence += 1
      let moment = message.timestamp.milliseconds
      try insert.execute(arguments: [
        group.id, moment, sequence, stream.id, now.milliseconds, Data(message.message.utf8),
      ])
      bytes += message.message.utf8.count + LogsLimits.eventOverheadBytes
      (first, last) = (min(first, moment), max(last, moment))
    }
    try database.cachedStatement(
      sql: "UPDATE log_group SET sequence = ?, bytes = bytes + ? WHERE id = ?"
    ).execute(arguments: [sequence, bytes, group.id])
    try database.cachedStatement(
      sql: """
        UPDATE log_stream SET first = min(coalesce(first, ?), ?), last = max(coalesce(last, ?), ?),
          ingestion = ? WHERE id = ?
        """
    ).execute(arguments: [first, first, last, last, now.milliseconds, stream.id])
  }

  /// Up to `limit` events of one stream, oldest first, strictly between two positions.
  ///
  /// - Parameter fromNewest: when there are more, the newest instead of the oldest.
  func events(
    of stream: LogsStream, after lower: LogsPosition, before upper: LogsPosition,
    fromNewest: Bool, limit: Int
  ) throws -> [LogsEvent] {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(Self.eventColumns) FROM log_event
        WHERE stream = ? AND (timestamp, sequence) > (?, ?) AND (timestamp, sequence) < (?, ?)
        ORDER BY timestamp \(fromNewest ? "DESC" : "ASC"), sequence \(fromNewest ? "DESC" : "ASC")
        LIMIT ?
        """)
    let rows = try Row.fetchCursor(
      statement,
      arguments: [
        stream.id, lower.timestamp, lower.sequence, upper.timestamp, upper.sequence, limit,
      ])
    var found: [LogsEvent] = []
    var bytes = 0
    while let row = try rows.next() {
      let event = event(row)
      bytes += event.message.utf8.count + LogsLimits.eventOverheadBytes
      if bytes > LogsLimits.answerBytesMax, !found.isEmpty { break }
      found.append(event)
    }
    return fromNewest ? found.reversed() : found
  }

  /// Walks a group's events, oldest first, strictly between two positions, until `visit` says
  /// stop.
  func walk(
    _ group: LogsGroup, after lower: LogsPosition, before upper: LogsPosition,
    _ visit: (LogsEvent) throws -> Bool
  ) throws {
    let statement = try database.cachedStatement(
      sql: """
        SELECT \(Self.eventColumns) FROM log_event
        WHERE grp = ? AND (timestamp, sequence) > (?, ?) AND (timestamp, sequence) < (?, ?)
        ORDER BY timestamp, sequence
        """)
    let rows = try Row.fetchCursor(
      statement,
      arguments: [group.id, lower.timestamp, lower.sequence, upper.timestamp, upper.sequence])
    while let row = try rows.next() {
      guard try visit(event(row)) else { return }
    }
  }

  func eventCount(of group: LogsGroup) throws -> Int {
    try Int.fetchOne(
      database, sql: "SELECT count(*) FROM log_event WHERE grp = ?", arguments: [group.id]) ?? 0
  }

  func eventCount(of stream: LogsStream) throws -> Int {
    try Int.fetchOne(
      database, sql: "SELECT count(*) FROM log_event WHERE stream = ?", arguments: [stream.id]) ?? 0
  }

  /// Removes up to `limit` of the events before `cutoff`, the oldest first. Returns how many.
  func expire(_ group: LogsGroup, before cutoff: Timestamp, limit: Int) throws -> Int {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT timestamp, sequence, length(message) FROM log_event WHERE grp = ? AND timestamp < ?
        ORDER BY timestamp, sequence LIMIT ?
        """, arguments: [group.id, cutoff.milliseconds, limit])
    let delete = try database.cachedStatement(
      sql: "DELETE FROM log_event WHERE grp = ? AND timestamp = ? AND sequence = ?")
    var bytes: Int64 = 0
    for row in rows {
      try delete.execute(arguments: [group.id, row[0] as Int64, row[1] as Int64])
      bytes += (row[2] as Int64) + Int64(LogsLimits.eventOverheadBytes)
    }
    try database.execute(
      sql: "UPDATE log_group SET bytes = max(0, bytes - ?) WHERE id = ?",
      arguments: [bytes, group.id])
    return rows.count
  }
}

/// The way in which other services write logs.
struct LogsEventSink: LogSink {
  let store: LogsStore

  func append(_ messages: [LogMessage], group: String, stream: String, scope: Scope) async throws {
    let now = store.now
    try await store.write { rows in
      if try rows.findGroup(group, in: scope) == nil {
        try rows.createGroup(group, in: scope, tags: nil, now: now)
      }
      let target = try rows.group(group, in: scope)
      if try rows.findStream(stream, of: target) == nil {
        try rows.createStream(stream, of: target, now: now)
      }
      try rows.append(messages, to: rows.stream(stream, of: target), of: target, now: now)
    }
  }
}
