import PropertyTree

/// Splits and merges of a simulated stream.
struct StreamResharding {
  let stream: String

  /// Merges a pair where there are four open shards, or the number says so; else splits one.
  func perform(
    by id: Int,
    _ call: (_ operation: String, _ members: PropertyValue) async throws -> PropertyValue
  ) async throws {
    let name = PropertyValue.string(stream)
    let shards = try await call("ListShards", ["StreamName": name])
    let open = (shards["Shards"]?.listValue ?? [])
      .filter { $0["SequenceNumberRange"]?["EndingSequenceNumber"] == nil }
      .compactMap { shard -> (id: String, first: UInt128, last: UInt128)? in
        guard let id = shard["ShardId"]?.stringValue, let range = shard["HashKeyRange"],
          let first = range["StartingHashKey"]?.stringValue.flatMap({ UInt128($0) }),
          let last = range["EndingHashKey"]?.stringValue.flatMap({ UInt128($0) })
        else { return nil }
        return (id, first, last)
      }.sorted { $0.first < $1.first }
    if open.count > 1, open.count > 3 || id % 3 == 0 {
      let place = id % (open.count - 1)
      _ = try await call(
        "MergeShards",
        [
          "StreamName": name, "ShardToMerge": .string(open[place].id),
          "AdjacentShardToMerge": .string(open[place + 1].id),
        ])
    } else {
      let shard = open[id % open.count]
      _ = try await call(
        "SplitShard",
        [
          "StreamName": name, "ShardToSplit": .string(shard.id),
          "NewStartingHashKey": .string(
            String(shard.first + (shard.last - shard.first) / 2 + 1)),
        ])
    }
  }
}
