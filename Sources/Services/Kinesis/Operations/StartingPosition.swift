import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// The place in a shard where a client wants to begin.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartingPosition.html
struct StartingPosition: Sendable, Hashable {
  /// `TRIM_HORIZON`, `LATEST`, `AT_TIMESTAMP`, `AT_SEQUENCE_NUMBER`, `AFTER_SEQUENCE_NUMBER`.
  var type: String
  var sequenceNumber: String?
  /// Seconds since 1970.
  var timestamp: Double?
}

extension StreamRuntime {
  /// The index of the first record that a start means. Throws where the start lacks what its type
  /// needs, or names what can't be in the shard.
  func position(
    of start: StartingPosition, in shard: ShardRuntime, _ now: Timestamp, operation: String
  ) throws(ServiceError) -> UInt64 {
    switch start.type {
    case "TRIM_HORIZON": return 0
    case "LATEST": return try shard.log.endIndex()
    case "AT_TIMESTAMP":
      guard let seconds = start.timestamp, let moment = Timestamp(epochSeconds: seconds) else {
        throw KinesisError.invalid(
          "Must specify timestamp parameter for iterator type AT_TIMESTAMP")
      }
      guard moment <= now else {
        throw KinesisError.invalid(
          "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
            + "timestampInMillis: \(moment.milliseconds), "
            + "currentTimestampInMillis: \(now.milliseconds)")
      }
      return try shard.log.index(atOrAfter: moment)
    default:
      guard let text = start.sequenceNumber else {
        throw KinesisError.invalid(
          "Must specify StartingSequenceNumber for iterator type \(start.type)")
      }
      let place = try place(of: text, in: shard, operation: operation)
      return start.type == "AFTER_SEQUENCE_NUMBER" ? place : max(place, 1) - 1
    }
  }

  /// The place in a shard that a client's sequence number means: the record's, from 1, or 0 for the
  /// shard's start.
  func place(of text: String, in shard: ShardRuntime, operation: String) throws(ServiceError)
    -> UInt64
  {
    let expected = shard.startingSequence
    guard let number = SequenceNumber(text), number.ordinal == expected.ordinal,
      number.shardCreatedSeconds == expected.shardCreatedSeconds
    else {
      throw KinesisError.invalid(
        "StartingSequenceNumber \(text) used in \(operation) on shard \(shard.id) in stream "
          + "\(model.name) under account \(scope.account) is invalid.")
    }
    return number.place
  }

  /// The place where a read that asks for `position` begins: records past retention are not shown.
  func visible(_ position: UInt64, in shard: ShardRuntime, _ now: Timestamp) throws(ServiceError)
    -> UInt64
  {
    max(position, try shard.log.index(atOrAfter: horizon(now)))
  }

  /// The shards that follow a closed one, as answers show them.
  func children(of shard: ShardRuntime) -> [PropertyValue] {
    shards.map(\.model).filter {
      $0.parent == shard.model.ordinal || $0.adjacentParent == shard.model.ordinal
    }.map { child in
      let parents = [child.parent, child.adjacentParent].compactMap { $0 }
      return [
        "ShardId": .string(child.id),
        "ParentShards": .list(parents.map { .string(ShardModel.id($0)) }),
        "HashKeyRange": [
          "StartingHashKey": .string(child.firstHash.decimal),
          "EndingHashKey": .string(child.lastHash.decimal),
        ],
      ]
    }
  }
}
