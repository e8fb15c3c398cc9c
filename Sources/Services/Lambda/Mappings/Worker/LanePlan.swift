import AWSModel
import ServiceKit

/// The lanes of a shard, made of what is on disk.
///
/// The number of lanes may change: then the new ones begin where the slowest of the old ones is, and
/// step over what a faster one has handed over. The rows of the old ones stay as long as that
/// matters.
struct LanePlan: Sendable {
  /// Rows of the lanes, by number.
  var lanes: [LanePosition]
  /// Rows of earlier numbers of lanes that still matter, each by number.
  var earlier: [[LanePosition]]
  /// True when `lanes` are to be written before they work.
  var isNew = false
  /// True when rows of earlier numbers are on disk that don't matter any more.
  var hasRemains = false

  /// - Parameters:
  ///   - rows: those of the shard, generations ascending.
  ///   - begin: the place where a lane without a row begins.
  init(
    _ rows: [LanePosition], shard: SourceShard, count: Int,
    begin: () throws(ServiceError) -> UInt64
  ) throws(ServiceError) {
    var generations: [[LanePosition]] = []
    for generation in Set(rows.map(\.generation)).sorted() {
      let known = rows.filter { $0.generation == generation }
      let first = known[0]
      var lanes: [LanePosition] = []
      for number in 0..<first.lanes {
        if let row = known.first(where: { $0.lane == number }) {
          lanes.append(row)
        } else {
          var row = first
          (row.lane, row.position, row.window) = (number, try begin(), nil)
          lanes.append(row)
        }
      }
      generations.append(lanes)
    }
    if let last = generations.last, last.count != count {
      isNew = true
      let slowest = last.map(\.position).min() ?? 0
      generations.append(
        (0..<count).map { number in
          LanePosition(
            shard: shard.id, stream: shard.streamID, generation: last[0].generation + 1,
            lanes: count, lane: number, position: slowest)
        })
    } else if generations.isEmpty {
      let start = try begin()
      generations.append(
        (0..<count).map { number in
          LanePosition(
            shard: shard.id, stream: shard.streamID, generation: 0, lanes: count, lane: number,
            position: start)
        })
    }
    lanes = generations.removeLast()
    let slowest = lanes.map(\.position).min() ?? 0
    earlier = generations.filter { $0.contains { $0.position > slowest } }
    hasRemains = earlier.isEmpty && !generations.isEmpty
  }

  var isFinished: Bool { lanes.allSatisfy { $0.position == LanePosition.finished } }

  /// FNV-1a of a partition key: the same key falls into the same lane in every run.
  static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash ^ hash >> 32
  }
}
