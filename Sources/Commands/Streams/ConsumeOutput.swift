import Effects
import JQ
import KinesisAggregation

/// Prints the records that are wanted, and remembers how far it came.
struct ConsumeOutput {
  private let terminal: Terminal
  private let keys: Set<String>
  private let filter: RecordFilter?
  private let countMax: Int?
  private let isAsStored: Bool
  private var view: RecordView
  private(set) var shownCount = 0
  private var readCount = 0
  /// Behind the last record that is dealt with, by shard.
  private var places: [String: (sequence: String, arrival: Timestamp)] = [:]
  private var faults: (count: Int, first: AggregatedRecord.Malformed)?
  /// Of the filter, on records that are left out.
  private var filterFaults: (count: Int, first: JQProgram.Failure)?
  /// Nobody reads the output any more.
  private(set) var hasLostReader = false

  init(
    terminal: Terminal, format: RecordFormat, keys: Set<String>, filter: RecordFilter?,
    countMax: Int?, isAsStored: Bool
  ) {
    self.terminal = terminal
    self.keys = keys
    self.filter = filter
    self.countMax = countMax
    self.isAsStored = isAsStored
    view = RecordView(terminal: terminal, format: format)
  }

  /// As many were shown as were asked for.
  var isFull: Bool { countMax.map { shownCount >= $0 } ?? false }

  mutating func take(_ records: [ShardRecord]) {
    var wanted: [ConsumedRecord] = []
    var bytes = 0
    for record in records where !isFull && !hasLostReader {
      let parts = parts(of: record)
      var taken = 0
      for part in parts where !isFull {
        taken += 1
        readCount += 1
        guard isWanted(part) else { continue }
        shownCount += 1
        wanted.append(part)
        bytes += part.data.count
        // Unpacked data may be a thousand times as large as what was read.
        if bytes > Self.bytesAtOnce {
          write(wanted)
          (wanted, bytes) = ([], 0)
        }
      }
      // A record of which only some parts were taken is not dealt with.
      if taken == parts.count { places[record.shard] = (record.sequence, record.arrival) }
    }
    write(wanted)
  }

  private static let bytesAtOnce = 1 << 20

  private mutating func isWanted(_ record: ConsumedRecord) -> Bool {
    guard keys.isEmpty || keys.contains(record.partitionKey) else { return false }
    guard let filter else { return true }
    var document: [UInt8] = []
    RecordView.writeJSON(record, into: &document)
    do throws(JQProgram.Failure) { return try filter.wants(document) } catch {
      filterFaults = ((filterFaults?.count ?? 0) + 1, filterFaults?.first ?? error)
      return false
    }
  }

  private mutating func parts(of record: ShardRecord) -> [ConsumedRecord] {
    guard !isAsStored else { return [.stored(record)] }
    let (parts, fault) = ConsumedRecord.unpacked(record)
    if let fault { faults = ((faults?.count ?? 0) + 1, faults?.first ?? fault) }
    return parts
  }

  private mutating func write(_ records: [ConsumedRecord]) {
    let bytes = view.bytes(records)
    if !bytes.isEmpty, !terminal.writeBytes(bytes) { hasLostReader = true }
  }

  // MARK: The end

  /// - Parameter isDone: nothing was left.
  func summary(shards: Int, isDone: Bool) -> String {
    func counted(_ count: Int, _ noun: String) -> String {
      "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    let others = readCount > shownCount ? " of \(readCount) read" : ""
    var lines = [
      "\(counted(shownCount, "record"))\(others), from \(counted(shards, "shard")); "
        + (isDone ? "nothing is left." : "stopped before the end.")
    ]
    if let faults {
      lines.append(
        "\(counted(faults.count, "record")) shown as stored: \(faults.first.description)")
    }
    if let filterFaults {
      lines.append(
        "The filter failed on \(counted(filterFaults.count, "record")), left out: "
          + filterFaults.first.description)
    }
    if !isDone {
      // To go on from here: --shard and --from.
      for (shard, place) in places.sorted(by: { $0.key < $1.key }).prefix(Self.placesMax) {
        lines.append(
          "  shard \(StreamShard.number(shard)) at \(place.arrival.iso8601): "
            + "go on with --shard \(StreamShard.number(shard)) --from \(place.sequence)")
      }
      if places.count > Self.placesMax {
        lines.append("  and \(places.count - Self.placesMax) more shards")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static let placesMax = 16
}
