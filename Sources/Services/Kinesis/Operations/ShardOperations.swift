import AWSModel
import Effects
import ServiceKit

/// Listing, splitting and merging shards.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
struct ShardOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("ListShards", list), .typed("SplitShard", split), .typed("MergeShards", merge),
      .typed("UpdateShardCount", updateCount),
    ]
  }

  // MARK: ListShards

  struct Filter: Decodable, Sendable {
    var `Type`: String
    var ShardId: String?
    var Timestamp: Double?
  }

  struct ListInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var NextToken: String?
    var ExclusiveStartShardId: String?
    var MaxResults: Int?
    var StreamCreationTimestamp: Double?
    var ShardFilter: Filter?
  }

  struct ListOutput: Encodable, Sendable {
    var Shards: [ShardDescription]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let now = catalog.environment.effects.clock.now
    var start = -1
    let stream: StreamRuntime
    if let token = input.NextToken {
      guard input.StreamName == nil, input.StreamARN == nil, input.ExclusiveStartShardId == nil,
        input.StreamCreationTimestamp == nil
      else {
        throw KinesisError.invalid(
          "NextToken and StreamName cannot be provided together.")
      }
      // A token is an iterator whose position is unused.
      guard let place = ShardIterator(token),
        let found = try catalog.find(storageID: place.storageID)
      else { throw KinesisError.invalid("NextToken is invalid.") }
      guard now.milliseconds - place.created.milliseconds <= ShardIterator.lifetimeMilliseconds
      else { throw ServiceError("ExpiredNextTokenException", "NextToken has expired.") }
      (stream, start) = (found, place.ordinal)
    } else {
      stream = try catalog.resolve(input, context)
    }
    if let wanted = input.StreamCreationTimestamp,
      abs(wanted - stream.model.created.epochSeconds) >= 1
    {
      throw KinesisError.streamNotFound(stream.model.name, stream.scope)
    }
    if let after = input.ExclusiveStartShardId ?? afterShard(input.ShardFilter) {
      guard let ordinal = ShardModel.ordinal(ofID: after) else {
        throw KinesisError.shardNotFound(after, stream.model.name, stream.scope)
      }
      start = max(start, ordinal)
    }
    let rest = try stream.shards.filter {
      try $0.model.ordinal > start && passes($0.model, input.ShardFilter, stream, now)
    }
    let page = rest.prefix(input.MaxResults ?? 1000)
    var token: String?
    if page.count < rest.count, let last = page.last {
      token =
        ShardIterator(
          storageID: stream.model.storageID, ordinal: last.model.ordinal, position: 0, created: now
        ).text
    }
    return ListOutput(Shards: try page.map { try ShardDescription($0) }, NextToken: token)
  }

  private func afterShard(_ filter: Filter?) -> String? {
    filter?.Type == "AFTER_SHARD_ID" ? filter?.ShardId : nil
  }

  private func passes(
    _ shard: ShardModel, _ filter: Filter?, _ stream: StreamRuntime, _ now: Timestamp
  ) throws(ServiceError) -> Bool {
    guard let filter else { return true }
    func moment() throws(ServiceError) -> Timestamp {
      guard let seconds = filter.Timestamp else {
        throw KinesisError.invalid("Timestamp must be provided for \(filter.Type).")
      }
      guard let moment = Timestamp(epochSeconds: seconds) else {
        throw KinesisError.invalid("Timestamp is out of range.")
      }
      return moment
    }
    let horizon = max(stream.horizon(now), stream.model.created)
    switch filter.Type {
    case "AT_LATEST": return shard.closed == nil
    case "AT_TRIM_HORIZON":
      return shard.created <= horizon && (shard.closed.map { $0 >= horizon } ?? true)
    case "FROM_TRIM_HORIZON": return shard.closed.map { $0 >= horizon } ?? true
    case "AT_TIMESTAMP":
      let wanted = max(try moment(), horizon)
      return shard.created <= wanted && (shard.closed.map { $0 >= wanted } ?? true)
    case "FROM_TIMESTAMP":
      let wanted = try moment()
      return shard.closed.map { $0 >= wanted } ?? true
    case "AFTER_SHARD_ID":
      guard filter.ShardId != nil else {
        throw KinesisError.invalid("ShardId must be provided for AFTER_SHARD_ID.")
      }
      return true
    default: return true
    }
  }

  // MARK: SplitShard, MergeShards, UpdateShardCount

  struct SplitInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var ShardToSplit: String
    var NewStartingHashKey: String
  }

  private func split(_ input: SplitInput, _ context: RequestContext) async throws -> EmptyOutput {
    let now = catalog.environment.effects.clock.now
    try await catalog.change(input, context) { [catalog] model, scope in
      guard let key = HashKey(decimal: input.NewStartingHashKey) else {
        throw KinesisError.invalid("NewStartingHashKey is not a valid hash key.")
      }
      try model.split(input.ShardToSplit, at: key, in: scope, now)
      try catalog.requireRoom(forShards: 1, in: scope)
    }
    return EmptyOutput()
  }

  struct MergeInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var ShardToMerge: String
    var AdjacentShardToMerge: String
  }

  private func merge(_ input: MergeInput, _ context: RequestContext) async throws -> EmptyOutput {
    let now = catalog.environment.effects.clock.now
    try await catalog.change(input, context) { model, scope in
      try model.merge(input.ShardToMerge, input.AdjacentShardToMerge, in: scope, now)
    }
    return EmptyOutput()
  }

  struct CountInput: Decodable, Sendable, StreamReference {
    var StreamName: String?
    var StreamARN: String?
    var TargetShardCount: Int
    var ScalingType: String
  }

  struct CountOutput: Encodable, Sendable {
    var StreamName: String
    var CurrentShardCount: Int
    var TargetShardCount: Int
    var StreamARN: String
  }

  private func updateCount(_ input: CountInput, _ context: RequestContext) async throws
    -> CountOutput
  {
    try StreamSpecification.validateShardCount(input.TargetShardCount)
    let before = try catalog.resolve(input, context)
    let now = catalog.environment.effects.clock.now
    try await catalog.change(input, context) { [catalog] model, scope in
      let added = input.TargetShardCount - model.openShards.count
      try model.updateCount(to: input.TargetShardCount, in: scope, now)
      try catalog.requireRoom(forShards: added, in: scope)
    }
    return CountOutput(
      StreamName: before.model.name, CurrentShardCount: before.openCount,
      TargetShardCount: input.TargetShardCount, StreamARN: before.arn)
  }
}

extension Timestamp {
  /// Of a number of seconds on the wire; nil where it is out of range.
  init?(epochSeconds: Double) {
    guard epochSeconds.isFinite, abs(epochSeconds) < 1e12 else { return nil }
    self.init(milliseconds: Int64((epochSeconds * 1000).rounded()))
  }
}
