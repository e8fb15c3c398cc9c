import AWSModel
import Effects
import GRDB
import PropertyTree

/// An accepted event that is not delivered yet.
struct WaitingEvent: Sendable {
  var sequence: Int64
  var event: TargetEvent
  var policy: DeliveryPolicy
  var attempts: Int
  var accepted: Timestamp
}

/// Accepted events on disk, in lanes: a lane is what one sender has for one target, in order.
struct EventOutbox: Sendable {
  static let format = StoredFormat("events.outbox", tables: tables)

  private static let tables = [
    """
    CREATE TABLE IF NOT EXISTS event_outbox (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, target TEXT NOT NULL,
      envelope TEXT NOT NULL, body BLOB NOT NULL, attempts INTEGER NOT NULL,
      accepted INTEGER NOT NULL, due INTEGER NOT NULL)
    """,
    "CREATE INDEX IF NOT EXISTS event_outbox_lane ON event_outbox (sender, target, sequence)",
  ]

  struct Lane: Sendable, Hashable {
    var sender: String
    /// An ARN.
    var target: String
  }

  /// Everything about an event but its body.
  private struct Envelope: Codable {
    var id: String
    var time: Timestamp
    var partitionKey: String?
    var attributes: [String: String]
    var policy: DeliveryPolicy
  }

  func add(
    _ event: TargetEvent, to lane: Lane, policy: DeliveryPolicy, at now: Timestamp,
    _ transaction: Transaction
  ) throws {
    let envelope = Envelope(
      id: event.id, time: event.time, partitionKey: event.partitionKey,
      attributes: event.attributes, policy: policy)
    try transaction.database.execute(
      sql: """
        INSERT INTO event_outbox (sender, target, envelope, body, attempts, accepted, due)
        VALUES (?, ?, ?, ?, 0, ?, ?)
        """,
      arguments: [
        lane.sender, lane.target, JSONWriter.compact(try TreeEncoder().encode(envelope)),
        GRDB.DatabaseValue(bytes: event.body), now.milliseconds, now.milliseconds,
      ])
  }

  /// Lanes that hold something, each with the moment at which its first event is due.
  func lanes(_ transaction: Transaction) throws -> [(lane: Lane, due: Timestamp)] {
    // SQLite takes plain columns beside min() from the row that has the minimum.
    try Row.fetchAll(
      transaction.database,
      sql: "SELECT sender, target, min(sequence), due FROM event_outbox GROUP BY sender, target"
    ).map {
      (
        lane: Lane(sender: $0["sender"], target: $0["target"]),
        due: Timestamp(milliseconds: $0["due"])
      )
    }
  }

  /// The lane's first events, as many as make up one batch; at least one where there is one.
  func batch(_ lane: Lane, _ limits: EventBatchLimits, _ transaction: Transaction) throws
    -> [WaitingEvent]
  {
    let rows = try Row.fetchCursor(
      transaction.database,
      sql: """
        SELECT sequence, envelope, body, attempts, accepted FROM event_outbox
        WHERE sender = ? AND target = ? ORDER BY sequence LIMIT ?
        """,
      arguments: [lane.sender, lane.target, max(1, limits.eventsMax)])
    var found: [WaitingEvent] = []
    var bytes = 0
    while let row = try rows.next() {
      let body = try row.withUnsafeData(named: "body") { $0.map { Array($0) } ?? [] }
      bytes += body.count
      if !found.isEmpty, bytes > limits.bytesMax { break }
      let envelope = try TreeDecoder().decode(
        Envelope.self, from: JSONReader.read(row["envelope"] as String))
      found.append(
        WaitingEvent(
          sequence: row["sequence"],
          event: TargetEvent(
            id: envelope.id, body: body, time: envelope.time,
            partitionKey: envelope.partitionKey, attributes: envelope.attributes),
          policy: envelope.policy, attempts: row["attempts"],
          accepted: Timestamp(milliseconds: row["accepted"])))
    }
    return found
  }

  func remove(_ sequence: Int64, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM event_outbox WHERE sequence = ?", arguments: [sequence])
  }

  func postpone(
    _ sequence: Int64, attempts: Int, due: Timestamp, _ transaction: Transaction
  ) throws {
    try transaction.database.execute(
      sql: "UPDATE event_outbox SET attempts = ?, due = ? WHERE sequence = ?",
      arguments: [attempts, due.milliseconds, sequence])
  }

  /// All that a sender has, when it is deleted.
  func removeAll(of sender: String, _ transaction: Transaction) throws {
    try transaction.database.execute(
      sql: "DELETE FROM event_outbox WHERE sender = ?", arguments: [sender])
  }
}
