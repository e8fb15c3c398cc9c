import Effects
import PropertyTree
import StackEngine

/// The shards of a stream, a line each, and how the load is spread over them.
struct ShardsView {
  var stream: String
  var shards: [StreamShard]
  var measures: StreamMeasures
  var recentMilliseconds: Int64

  private static let titles = [
    "SHARD", "STATE", "HASH RANGE", "SPACE", "FROM", "RECORDS", "BYTES", "HEAT", "OLDEST",
  ]

  /// A shard with what was measured of it; a shard that was made meanwhile has nothing yet.
  private var rows: [(shard: StreamShard, measure: ShardMeasure)] {
    let byID = Dictionary(measures.shards.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    return shards.map { ($0, byID[$0.id] ?? ShardMeasure(id: $0.id)) }
  }

  private var recentRecords: Int { measures.shards.reduce(0) { $0 + $1.recentRecords } }

  func lines(_ terminal: Terminal) -> [String] {
    let rows = rows
    let recent = recentRecords
    let fields = rows.map { shard, measure in
      [
        StreamShard.number(shard.id), shard.isOpen ? "open" : "closed", shard.shortRange,
        Self.percent(shard.share),
        shard.parents.isEmpty ? "-" : shard.parents.map(StreamShard.number).joined(separator: "+"),
        String(measure.records), ByteCount.text(Double(measure.bytes)),
        recent == 0 ? "-" : Self.percent(Double(measure.recentRecords) / Double(recent)),
        measure.oldest.map(age) ?? "-",
      ]
    }
    var lines = Columns.aligned([Self.titles] + fields)
    lines[0] = terminal.styled(lines[0], .bold)
    let records = rows.reduce(0) { $0 + $1.measure.records }
    let bytes = rows.reduce(0) { $0 + $1.measure.bytes }
    lines.append(
      "\(rows.count { $0.shard.isOpen }) of \(rows.count) shards open; \(records) records, "
        + "\(ByteCount.text(Double(bytes))); \(recent) records in the last "
        + "\(Span.text(milliseconds: recentMilliseconds)).")
    return lines
  }

  var tree: PropertyValue {
    let recent = recentRecords
    return [
      "stream": .string(stream), "time": .string(measures.time.iso8601),
      "recentSeconds": .double(Double(recentMilliseconds) / 1000),
      "shards": .list(
        rows.map { shard, measure in
          [
            "id": .string(shard.id), "state": shard.isOpen ? "OPEN" : "CLOSED",
            "parents": .list(shard.parents.map { .string($0) }),
            "firstHash": .string(shard.firstHash), "lastHash": .string(shard.lastHash),
            "hashShare": .double(shard.share), "records": .int(Int64(measure.records)),
            "bytes": .int(Int64(measure.bytes)),
            "recentRecords": .int(Int64(measure.recentRecords)),
            "recentBytes": .int(Int64(measure.recentBytes)),
            "heat": recent == 0
              ? .null : .double(Double(measure.recentRecords) / Double(recent)),
            "oldest": measure.oldest.map { .string($0.iso8601) } ?? .null,
          ]
        }),
    ]
  }

  private func age(_ moment: Timestamp) -> String {
    Span.text(milliseconds: measures.time.milliseconds - moment.milliseconds)
  }

  static func percent(_ share: Double) -> String { "\(ByteCount.number(share * 100)) %" }
}

extension StreamShard {
  /// Its part of the hash space, 0 to 1.
  var share: Double {
    guard let first = UInt128(firstHash), let last = UInt128(lastHash), last >= first else {
      return 0
    }
    return (Double(last - first) + 1) / Double(sign: .plus, exponent: 128, significand: 1)
  }

  /// `00000000-7fffffff`: the first of 32 hexadecimal digits each.
  var shortRange: String { "\(Self.short(firstHash))-\(Self.short(lastHash))" }

  private static func short(_ hash: String) -> String {
    guard let number = UInt128(hash) else { return hash }
    let digits = String(UInt32(truncatingIfNeeded: number >> 96), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
