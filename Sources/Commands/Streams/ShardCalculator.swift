import PropertyTree

/// The number of shards that a stream needs for what is written to it and read from it.
///
/// A shard takes 1 MiB and 1,000 records a second, and gives 2 MiB a second to all consumers that
/// share it.
/// https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
struct ShardCalculator: Sendable, Hashable {
  /// Of a record: data and partition key, in bytes.
  var recordBytes: Int
  /// Records a second.
  var rate: Double
  /// Those that share the shards' 2 MiB: without enhanced fan-out.
  var consumers: Int

  static let recordBytesMax = 10 << 20

  /// One of a shard's limits, and what would go through it.
  struct Limit: Sendable, Hashable {
    var name: String
    /// The name as JSON has it.
    var member: String
    /// A second, of the whole stream.
    var needed: Double
    /// A second, of a shard.
    var perShard: Double
    var areBytes: Bool

    var shards: Int { max(1, Int((needed / perShard).rounded(.up))) }
  }

  var limits: [Limit] {
    let bytes = rate * Double(recordBytes)
    return [
      Limit(
        name: "bytes written", member: "bytesIn", needed: bytes, perShard: 1_048_576,
        areBytes: true),
      Limit(
        name: "records written", member: "recordsIn", needed: rate, perShard: 1000,
        areBytes: false),
      Limit(
        name: "bytes read", member: "bytesOut", needed: bytes * Double(consumers),
        perShard: 2_097_152, areBytes: true),
    ]
  }

  /// The limit that asks for the most shards; of equals the first.
  var decisive: Limit { limits.dropFirst().reduce(limits[0]) { $1.shards > $0.shards ? $1 : $0 } }

  var shards: Int { decisive.shards }

  // MARK: For people, and for programs

  var lines: [String] {
    func amount(_ value: Double, _ limit: Limit) -> String {
      limit.areBytes ? ByteCount.text(value) + "/s" : ByteCount.number(value) + "/s"
    }
    func counted(_ count: Int) -> String { "\(count) shard\(count == 1 ? "" : "s")" }
    let rows = limits.map { limit in
      [
        "  " + limit.name, amount(limit.needed, limit), "\(amount(limit.perShard, limit)) a shard",
        counted(limit.shards),
      ]
    }
    var lines = [
      "\(ByteCount.number(rate)) records a second of \(ByteCount.text(Double(recordBytes))), "
        + "\(consumers) consumer\(consumers == 1 ? "" : "s")"
    ]
    lines += Columns.aligned(rows)
    lines.append("\(counted(shards)): the \(decisive.name) decide.")
    if decisive.member == "bytesOut" {
      let without = limits.dropLast().map(\.shards).max() ?? shards
      lines.append("With enhanced fan-out each consumer has its own 2 MiB/s: \(counted(without)).")
    }
    return lines
  }

  var tree: PropertyValue {
    var tree: PropertyObject = [
      "shards": .int(Int64(shards)), "decidedBy": .string(decisive.member),
      "recordBytes": .int(Int64(recordBytes)), "recordsPerSecond": .double(rate),
      "consumers": .int(Int64(consumers)),
    ]
    for limit in limits {
      tree[limit.member] = [
        "perSecond": .double(limit.needed), "perSecondAndShard": .double(limit.perShard),
        "shards": .int(Int64(limit.shards)),
      ]
    }
    return .object(tree)
  }
}
