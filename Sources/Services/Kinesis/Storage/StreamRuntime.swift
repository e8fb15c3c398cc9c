import AWSModel
import Effects
import ServiceKit
import Synchronization

/// A stream in memory: a snapshot of its model with the shards' logs. Replaced, never changed.
final class StreamRuntime: Sendable {
  let model: StreamModel
  let scope: Scope
  /// All shards, closed ones too, by ordinal.
  let shards: [ShardRuntime]
  /// Those that take records, by their part of the hash space.
  private let open: [ShardRuntime]
  private let turn = Atomic<Int>(0)

  init(
    _ model: StreamModel, scope: Scope, environment: ServiceEnvironment,
    keeping old: StreamRuntime? = nil
  ) {
    self.model = model
    self.scope = scope
    let folder = StreamCatalog.folder(model.storageID, in: environment)
    shards = model.shards.map { shard in
      // One that closes now is sealed when this snapshot, which knows its children, is in place.
      if let known = old?.shard(shard.ordinal) {
        return ShardRuntime(shard, known.log, throttle: known.throttle)
      }
      let log = RecordLog(directory: "\(folder)/\(shard.ordinal)", environment: environment)
      if shard.closed != nil { log.seal() }
      return ShardRuntime(
        shard, log,
        throttle: environment.throttles
          ? ShardThrottle(at: environment.effects.clock.now) : nil)
    }
    open = shards.filter { $0.model.closed == nil }
      .sorted { $0.model.firstHash < $1.model.firstHash }
  }

  var arn: String { model.arn(in: scope) }

  func shard(_ ordinal: Int) -> ShardRuntime? {
    shards.first { $0.model.ordinal == ordinal }
  }

  /// The place of the next record's shard where records go round the open shards.
  func nextPosition() -> Int {
    let next = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    return Int(UInt(bitPattern: next) % UInt(open.count))
  }

  /// The place among `openCount` shards of the one that the key falls into: open shards always cover
  /// the whole space.
  func position(for key: HashKey) -> Int {
    var low = 0
    var high = open.count - 1
    while low < high {
      let middle = (low + high) / 2
      if open[middle].model.lastHash < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  var openCount: Int { open.count }
  func openShard(_ position: Int) -> ShardRuntime { open[position] }

  /// The number of records that can still be read.
  func recordCount() throws(ServiceError) -> UInt64 {
    var count: UInt64 = 0
    for shard in shards { count += try shard.log.endIndex() - shard.log.firstIndex() }
    return count
  }

  /// Records that arrived before this moment can't be read any more.
  func horizon(_ now: Timestamp) -> Timestamp {
    now.adding(milliseconds: -Int64(model.retentionHours) * 3_600_000)
  }
}

/// A shard in memory.
final class ShardRuntime: Sendable {
  let model: ShardModel
  let log: RecordLog
  let id: String
  /// nil where rates are not held.
  let throttle: ShardThrottle?

  init(_ model: ShardModel, _ log: RecordLog, throttle: ShardThrottle?) {
    self.model = model
    self.log = log
    self.throttle = throttle
    id = model.id
  }

  func sequence(ofIndex index: UInt64, arrival: Timestamp) -> SequenceNumber {
    SequenceNumber(shard: model, place: index &+ 1, arrival: arrival)
  }

  /// True when nothing follows in the shard from `index` on. A snapshot from before it was closed says
  /// no: who reads on meets the one that knows the children.
  func isFinished(at index: UInt64) throws(ServiceError) -> Bool {
    guard model.closed != nil else { return false }
    return try log.isFinished(at: index)
  }

  var startingSequence: SequenceNumber {
    SequenceNumber(shard: model, place: 0, arrival: model.created)
  }
}
