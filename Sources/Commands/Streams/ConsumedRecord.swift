import Archives
import Effects
import KinesisAggregation

/// A record as its producer made it: out of its aggregate, and unpacked.
struct ConsumedRecord: Sendable, Hashable {
  var shard: String
  var sequence: String
  /// Its place in an aggregate, from 0; nil where it came by itself.
  var subsequence: Int?
  var partitionKey: String
  var explicitHashKey: String?
  var arrival: Timestamp
  var data: [UInt8]
  /// It came packed by gzip.
  var isUnpacked = false

  /// The bytes that a record may have unpacked; a longer one stays packed.
  static let unpackedBytesMax = 64 << 20

  /// The records that producers put into one, in order; one, mostly.
  ///
  /// - Returns: besides, the fault of an aggregate that can't be read; it is shown as it is.
  static func unpacked(_ record: ShardRecord)
    -> (records: [ConsumedRecord], fault: AggregatedRecord.Malformed?)
  {
    do throws(AggregatedRecord.Malformed) {
      guard let aggregate = try AggregatedRecord(record.data) else {
        return ([stored(record).withoutGzip()], nil)
      }
      let records = aggregate.records.enumerated().map { index, user in
        ConsumedRecord(
          shard: record.shard, sequence: record.sequence, subsequence: index,
          partitionKey: user.partitionKey, explicitHashKey: user.explicitHashKey,
          arrival: record.arrival, data: user.data
        ).withoutGzip()
      }
      return (records, nil)
    } catch { return ([stored(record)], error) }
  }

  /// The record as the shard holds it.
  static func stored(_ record: ShardRecord) -> ConsumedRecord {
    ConsumedRecord(
      shard: record.shard, sequence: record.sequence, partitionKey: record.partitionKey,
      arrival: record.arrival, data: record.data)
  }

  private func withoutGzip() -> ConsumedRecord {
    guard Gzip.isLikely(data),
      let content = Gzip.decompress(data, countMax: Self.unpackedBytesMax)
    else { return self }
    var record = self
    record.data = content
    record.isUnpacked = true
    return record
  }
}
