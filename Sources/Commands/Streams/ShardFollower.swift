import AWSModel
import Effects
import PropertyTree
import StackContracts

/// A record as a shard holds it.
struct ShardRecord: Sendable, Hashable {
  var shard: String
  var sequence: String
  var partitionKey: String
  var arrival: Timestamp
  var data: [UInt8]
}

/// Reads a stream's shards in the order in which they were written: a shard's parents to their end
/// before itself. Shards that a split or merge makes while it reads are followed.
struct ShardFollower {
  private struct Cursor {
    var id: String
    var parents: [String]
    var start: ReadStart
    /// nil before the first read, after an iterator has expired, and at the end.
    var iterator: String?
    /// Of the last record read.
    var lastSequence: String?
    /// A closed shard was read to its end.
    var hasEnded = false
    /// Everything was read that was there when reading began.
    var hasCaughtUp = false
  }

  private let connection: any EnvironmentConnection
  private let stream: StreamName
  private let clock: any Clock
  /// nil to go on with what comes; else records that came later are left.
  private let end: Timestamp?
  /// False where shards were named: their children were not.
  private let takesChildren: Bool
  private var cursors: [Cursor] = []
  /// The last turn brought records, or an end.
  private(set) var hasMoved = true

  /// - Parameters:
  ///   - shards: ids or numbers; empty for all.
  ///   - now: the environment's time.
  ///   - clock: this process's own.
  ///   - follows: goes on with records that come after `now`.
  /// - Throws: `StackFailure` where there is no such shard.
  init(
    _ stream: StreamName, over connection: any EnvironmentConnection, from start: ReadStart,
    shards: [String], now: Timestamp, follows: Bool, clock: any Clock
  ) async throws {
    self.clock = clock
    self.connection = connection
    self.stream = stream
    end = follows ? nil : now
    takesChildren = follows && shards.isEmpty
    let all = try await StreamShard.list(stream, over: connection)
    let wanted = try shards.map { try StreamShard.find($0, among: all) }
    for shard in shards.isEmpty ? all : wanted where start != .latest || shard.isOpen {
      // An iterator for the latest would be lost with its expiry, if nothing came before.
      let place = start == .latest ? .at(now) : start.resolved(now)
      cursors.append(Cursor(id: shard.id, parents: shard.parents, start: place))
    }
    if start == .latest {
      for index in cursors.indices { try await skip(index, until: now) }
    }
  }

  var shardCount: Int { cursors.count }

  /// Nothing will come any more.
  var isDone: Bool { cursors.allSatisfy(isDone) }

  private func isDone(_ cursor: Cursor) -> Bool {
    cursor.hasEnded || (end != nil && cursor.hasCaughtUp)
  }

  /// The shards that may be read now: their parents are through.
  var turns: [Int] {
    let waiting = Set(cursors.filter { !isDone($0) }.map(\.id))
    return cursors.indices.filter { index in
      waiting.contains(cursors[index].id)
        && waiting.isDisjoint(with: cursors[index].parents)
    }
  }

  mutating func beginRound() { hasMoved = false }

  /// The next records of a shard; none where nothing came.
  mutating func read(_ index: Int, recordsMax: Int) async throws -> [ShardRecord] {
    let answer: PropertyValue
    do {
      guard let found = try await page(index, recordsMax) else { return [] }
      answer = found
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {
      throw StackFailure(.invalidArgument, "the stream \(stream.text) was deleted meanwhile")
    }
    let shard = cursors[index].id
    var records = try (answer["Records"]?.listValue ?? []).map { try Self.record($0, shard) }
    if let last = records.last { cursors[index].lastSequence = last.sequence }
    cursors[index].iterator = answer["NextShardIterator"]?.stringValue
    cursors[index].hasEnded = cursors[index].iterator == nil
    cursors[index].hasCaughtUp = answer["MillisBehindLatest"]?.integerValue ?? 0 == 0
    if let end, let later = records.firstIndex(where: { $0.arrival > end }) {
      records.removeSubrange(later...)
      cursors[index].hasCaughtUp = true
    }
    if cursors[index].hasEnded, takesChildren { addChildren(answer["ChildShards"]) }
    hasMoved = hasMoved || !records.isEmpty || isDone(cursors[index])
    return records
  }

  /// nil, after a while, where the shard is read too often.
  private mutating func page(_ index: Int, _ recordsMax: Int) async throws -> PropertyValue? {
    for _ in 0..<2 {
      let iterator: String
      if let known = cursors[index].iterator {
        iterator = known
      } else {
        iterator = try await self.iterator(cursors[index])
      }
      do {
        return try await connection.call(
          "kinesis", "GetRecords",
          ["ShardIterator": .string(iterator), "Limit": .int(Int64(recordsMax))])
      } catch let error as ServiceError where error.code == "ExpiredIteratorException" {
        // The process was stopped for a while, or a virtual clock moved on.
        cursors[index].iterator = nil
      } catch let error as ServiceError
        where error.code == "ProvisionedThroughputExceededException"
      {
        cursors[index].iterator = iterator
        await clock.wait(until: clock.now.adding(milliseconds: Self.pauseMilliseconds))
        return nil
      }
    }
    return nil
  }

  /// Goes over the records that arrived at this moment, but before this follower.
  private mutating func skip(_ index: Int, until now: Timestamp) async throws {
    while true {
      guard let answer = try await page(index, Self.recordsMax) else { continue }
      let records = try (answer["Records"]?.listValue ?? []).map {
        try Self.record($0, cursors[index].id)
      }
      let known = records.prefix { $0.arrival <= now }
      cursors[index].lastSequence = known.last?.sequence ?? cursors[index].lastSequence
      // Read again from the record skipped last.
      cursors[index].iterator = nil
      guard known.count == Self.recordsMax else { return }
    }
  }

  /// The most that GetRecords answers.
  static let recordsMax = 10_000
  /// Between two reads that found nothing: a shard answers five a second.
  static let pauseMilliseconds: Int64 = 200

  private func iterator(_ cursor: Cursor) async throws -> String {
    let start = cursor.lastSequence.map { .after(sequence: $0) } ?? cursor.start
    var members = start.iterator
    members["ShardId"] = .string(cursor.id)
    let answer: PropertyValue
    do {
      answer = try await connection.call(
        "kinesis", "GetShardIterator", stream.members(members))
    } catch let error as ServiceError where error.code == "InvalidArgumentException" {
      // A number of another shard's, mostly.
      throw StackFailure(.invalidArgument, error.message)
    }
    guard let iterator = answer["ShardIterator"]?.stringValue else {
      throw EndpointFailure("GetShardIterator answered no iterator")
    }
    return iterator
  }

  private mutating func addChildren(_ children: PropertyValue?) {
    for child in children?.listValue ?? [] {
      guard let id = child["ShardId"]?.stringValue, !cursors.contains(where: { $0.id == id })
      else { continue }
      let parents = (child["ParentShards"]?.listValue ?? []).compactMap(\.stringValue)
      cursors.append(Cursor(id: id, parents: parents, start: .oldest))
    }
  }

  private static func record(_ value: PropertyValue, _ shard: String) throws -> ShardRecord {
    guard let sequence = value["SequenceNumber"]?.stringValue,
      let key = value["PartitionKey"]?.stringValue,
      let data = value["Data"]?.stringValue.flatMap({ Base64.decode($0) }),
      let arrival = value["ApproximateArrivalTimestamp"]?.secondsValue
    else { throw EndpointFailure("GetRecords answered a record that lacks a member") }
    return ShardRecord(
      shard: shard, sequence: sequence, partitionKey: key,
      arrival: Timestamp(milliseconds: Int64((arrival * 1000).rounded())), data: data)
  }
}

extension PropertyValue {
  /// A number of seconds, with or without a fraction.
  var secondsValue: Double? {
    switch self {
    case .int(let seconds): Double(seconds)
    case .double(let seconds): seconds
    default: nil
    }
  }
}
