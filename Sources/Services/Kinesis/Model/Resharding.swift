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

  /// Replaces the open shards with `count` even ones, by splits and merges alone, as AWS does: a shard
  /// has two parents at most, so that whoever reads parents before children reads each key in order.
  /// What lies between is closed at once and takes no records.
  mutating func scale(to count: Int, _ now: Timestamp) {
    guard openShards.count != count else { return }
    var work = Scaling(next: nextOrdinal, now: now)
    let wanted = ShardModel.even(count, created: now)
    work.split(
      openShards.sorted { $0.firstHash < $1.firstHash },
      at: wanted.dropFirst().map(\.firstHash))
    work.merge(upTo: wanted.map(\.lastHash))
    shards += work.made
    for index in shards.indices where work.closed.contains(shards[index].ordinal) {
      shards[index].closed = now
    }
  }
}

/// Splits and merges that lead from one division of the hash space to another.
private struct Scaling {
  private(set) var made: [ShardModel] = []
  private(set) var closed: Set<Int> = []
  /// Open shards on the way, by their part of the hash space.
  private var pieces: [ShardModel] = []
  private let firstOrdinal: Int
  private let now: Timestamp

  init(next ordinal: Int, now: Timestamp) {
    firstOrdinal = ordinal
    self.now = now
  }

  private mutating func replace(
    _ parents: [ShardModel], from first: HashKey, to last: HashKey
  ) -> ShardModel {
    closed.formUnion(parents.map(\.ordinal))
    let shard = ShardModel(
      ordinal: firstOrdinal + made.count, firstHash: first, lastHash: last, created: now,
      parent: parents.first?.ordinal, adjacentParent: parents.dropFirst().first?.ordinal)
    made.append(shard)
    return shard
  }

  /// Makes two pieces meet at each boundary; both lists ascend.
  mutating func split(_ open: [ShardModel], at boundaries: [HashKey]) {
    var boundaries = boundaries[...]
    for shard in open {
      var rest = shard
      while let boundary = boundaries.first, boundary <= rest.lastHash {
        boundaries.removeFirst()
        guard boundary > rest.firstHash else { continue }
        pieces.append(replace([rest], from: rest.firstHash, to: HashKey(boundary.value - 1)))
        rest = replace([rest], from: boundary, to: rest.lastHash)
      }
      pieces.append(rest)
    }
  }

  /// Makes one of the pieces up to each end, pair by pair.
  mutating func merge(upTo ends: [HashKey]) {
    var ends = ends[...]
    var whole: ShardModel?
    for piece in pieces {
      whole = whole.map { replace([$0, piece], from: $0.firstHash, to: piece.lastHash) } ?? piece
      if piece.lastHash == ends.first {
        ends.removeFirst()
        whole = nil
      }
    }
  }
}
