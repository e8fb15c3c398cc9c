import AWSModel
import Effects

/// Splits and merges: parents close and stay readable, children follow them.
extension StreamModel {
  private func openIndex(_ id: String, _ scope: Scope) throws(ServiceError) -> Int {
    guard let ordinal = ShardModel.ordinal(ofID: id),
      let index = shards.firstIndex(where: { $0.ordinal == ordinal })
    else { throw KinesisError.shardNotFound(id, name, scope) }
    guard shards[index].closed == nil else {
      throw KinesisError.invalid("Shard \(shards[index].id) in stream \(name) is not open.")
    }
    return index
  }

  private var nextOrdinal: Int { (shards.map(\.ordinal).max() ?? -1) + 1 }

  mutating func split(
    _ id: String, at key: HashKey, in scope: Scope, _ now: Timestamp
  ) throws(ServiceError) {
    try requireProvisioned(in: scope)
    let index = try openIndex(id, scope)
    let parent = shards[index]
    guard key > parent.firstHash, key < parent.lastHash else {
      throw KinesisError.invalid(
        "NewStartingHashKey \(key.decimal) used in SplitShard() on shard \(parent.id) in stream "
          + "\(name) is not both greater than one plus the shard's StartingHashKey "
          + "\(parent.firstHash.decimal) and less than the shard's EndingHashKey "
          + "\(parent.lastHash.decimal).")
    }
    let ordinal = nextOrdinal
    shards[index].closed = now
    shards.append(
      ShardModel(
        ordinal: ordinal, firstHash: parent.firstHash, lastHash: HashKey(key.value - 1),
        created: now, parent: parent.ordinal))
    shards.append(
      ShardModel(
        ordinal: ordinal + 1, firstHash: key, lastHash: parent.lastHash, created: now,
        parent: parent.ordinal))
  }

  mutating func merge(
    _ first: String, _ second: String, in scope: Scope, _ now: Timestamp
  ) throws(ServiceError) {
    try requireProvisioned(in: scope)
    let a = try openIndex(first, scope)
    let b = try openIndex(second, scope)
    let (low, high) = shards[a].firstHash < shards[b].firstHash ? (a, b) : (b, a)
    guard a != b, shards[low].lastHash.value &+ 1 == shards[high].firstHash.value else {
      throw KinesisError.invalid(
        "Shards \(shards[a].id) and \(shards[b].id) in stream \(name) are not an adjacent pair of "
          + "shards eligible for merging.")
    }
    let child = ShardModel(
      ordinal: nextOrdinal, firstHash: shards[low].firstHash, lastHash: shards[high].lastHash,
      created: now, parent: shards[a].ordinal, adjacentParent: shards[b].ordinal)
    shards[a].closed = now
    shards[b].closed = now
    shards.append(child)
  }

  /// Throws for more than double or less than half of the open shards, which one step can't make.
  func validateScaling(to count: Int) throws(ServiceError) {
    let current = openShards.count
    let counts = "Current open shard count: \(current) Target shard count: \(count)"
    if count > current * 2 {
      throw KinesisError.invalid(
        "UpdateShardCount cannot scale up over double your current open shard count. \(counts)")
    }
    if count * 2 < current {
      throw KinesisError.invalid(
        "UpdateShardCount cannot scale down below half your current open shard count. \(counts)")
    }
  }

  /// Replaces the open shards with `count` even ones. A child's parents are the first two shards
  /// that its part of the hash space came from.
  mutating func scale(to count: Int, _ now: Timestamp) {
    let parents = openShards.sorted { $0.firstHash < $1.firstHash }
    guard parents.count != count else { return }
    var children = ShardModel.even(count, from: nextOrdinal, created: now)
    for index in children.indices {
      let child = children[index]
      let sources = parents.filter {
        $0.firstHash <= child.lastHash && child.firstHash <= $0.lastHash
      }
      children[index].parent = sources.first?.ordinal
      children[index].adjacentParent = sources.dropFirst().first?.ordinal
    }
    for index in shards.indices where shards[index].closed == nil { shards[index].closed = now }
    shards += children
  }
}
