import AWSModel

/// A shard as the API shows it.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Shard.html
struct ShardDescription: Encodable, Sendable {
  struct HashRange: Encodable, Sendable {
    var StartingHashKey: String
    var EndingHashKey: String

    init(_ shard: ShardModel) {
      StartingHashKey = shard.firstHash.decimal
      EndingHashKey = shard.lastHash.decimal
    }
  }

  struct SequenceRange: Encodable, Sendable {
    var StartingSequenceNumber: String
    /// Only of closed shards.
    var EndingSequenceNumber: String?
  }

  var ShardId: String
  var ParentShardId: String?
  var AdjacentParentShardId: String?
  var HashKeyRange: HashRange
  var SequenceNumberRange: SequenceRange

  init(_ shard: ShardRuntime) throws(ServiceError) {
    ShardId = shard.id
    ParentShardId = shard.model.parent.map(ShardModel.id)
    AdjacentParentShardId = shard.model.adjacentParent.map(ShardModel.id)
    HashKeyRange = HashRange(shard.model)
    var ending: String?
    if let closed = shard.model.closed {
      ending = shard.sequence(ofIndex: try shard.log.endIndex(), arrival: closed).text
    }
    SequenceNumberRange = SequenceRange(
      StartingSequenceNumber: shard.startingSequence.text, EndingSequenceNumber: ending)
  }
}
