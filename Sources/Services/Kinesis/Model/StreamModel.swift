import AWSModel
import Effects
import ServiceKit
import PropertyTree

/// A stream as it is stored. Pure values; what holds files and memory is `StreamRuntime`.
struct StreamModel: Codable, Sendable, Hashable {
  static let retentionHoursDefault = 24
  static let retentionHoursMax = 8760

  var name: String
  /// Names the stream's folder; new for every creation, so that a stream never sees the records
  /// of an earlier one with its name.
  var storageID: String
  var created: Timestamp
  var mode: StreamMode
  var shards: [ShardModel]
  var retentionHours: Int
  var tags: [Tag]
  /// Key, alias or ARN that the stream is said to be encrypted with, as it was given; nil without
  /// encryption. Records are stored as they come all the same.
  var encryptionKeyID: String?
  /// nil where none is registered, and in models from before there were any.
  var consumers: [StreamConsumer]?
  /// nil for none.
  var enhancedMetrics: [String]?
  /// The longest record, in KiB; nil for the 1 MiB that streams begin with.
  var maxRecordKiB: Int?
  /// Write throughput that an on-demand stream is kept ready for, in MiB/s; nil where none was asked
  /// for.
  var warmThroughputMiBps: Int?
  /// nil for by partition key.
  var distribution: RecordDistribution?
  /// The resource policy, as it was put.
  var policy: String?
  /// Spans in which records arrived encrypted, oldest first; nil for none.
  var encryptionSpans: [EncryptionSpan]?
  /// Changes that AWS counts by the day; nil for none.
  var scalings: [Timestamp]?
  var modeChanges: [Timestamp]?

  /// Metrics that are published for each shard, in AWS's order.
  var shardLevelMetrics: [String] {
    get { enhancedMetrics ?? [] }
    set { enhancedMetrics = newValue.isEmpty ? nil : newValue }
  }

  var encryptionType: String { encryptionKeyID == nil ? "NONE" : Self.encryptionByKMS }

  static let encryptionByKMS = "KMS"

  /// Data of the longest record, in bytes.
  var recordBytesMax: Int { (maxRecordKiB ?? StoredRecord.bytesMax >> 10) << 10 }

  /// True where records go round the shards whatever their keys.
  var isDistributed: Bool { distribution == .auto }

  var openShards: [ShardModel] { shards.filter { $0.closed == nil } }

  func arn(in scope: Scope) -> String { ARN("kinesis", scope, "stream/\(name)").description }
}

enum StreamMode: String, Codable, Sendable, Hashable {
  case provisioned = "PROVISIONED"
  case onDemand = "ON_DEMAND"
}

/// One shard: its part of the hash space and where it came from.
struct ShardModel: Codable, Sendable, Hashable {
  /// Its number within the stream, from 0, never used again.
  var ordinal: Int
  var firstHash: HashKey
  var lastHash: HashKey
  var created: Timestamp
  /// The moment at which a split or merge closed it; nil while it takes records.
  var closed: Timestamp?
  var parent: Int?
  var adjacentParent: Int?

  var id: String { Self.id(ordinal) }

  static func id(_ ordinal: Int) -> String {
    let digits = String(ordinal)
    return "shardId-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  /// The ordinal that a shard id names; AWS accepts ids without the prefix and zeroes.
  static func ordinal(ofID id: String) -> Int? {
    let digits = id.hasPrefix("shardId-") ? id.dropFirst(8) : id[...]
    guard !digits.isEmpty, digits.utf8.count <= 12,
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int(digits)
  }

  /// `count` shards that divide the hash space evenly, the last one taking what is left over.
  static func even(_ count: Int, from ordinal: Int = 0, created: Timestamp) -> [ShardModel] {
    // 2^128 / count, rounded down: 2^128 itself does not fit the type.
    let quotient = UInt128.max / UInt128(count)
    let width = count > 1 && count.nonzeroBitCount == 1 ? quotient + 1 : quotient
    return (0..<count).map { number in
      let isLast = number == count - 1
      return ShardModel(
        ordinal: ordinal + number, firstHash: HashKey(width * UInt128(number)),
        lastHash: HashKey(isLast ? .max : width * UInt128(number + 1) - 1), created: created)
    }
  }
}
