import AWSModel
import Effects
import Synchronization

/// A store that fills by so much a second, up to one second's worth. It may be overdrawn: then
/// nothing is taken until it is filled again.
struct TokenBucket: Sendable {
  let perSecond: Int64
  /// In thousandths, so that each millisecond counts.
  private var level: Int64
  private var filled: Timestamp

  init(perSecond: Int64, at now: Timestamp) {
    self.perSecond = perSecond
    level = perSecond * 1000
    filled = now
  }

  private mutating func fill(_ now: Timestamp) {
    let passed = max(0, now.milliseconds - filled.milliseconds)
    // Bounds the product; an hour fills any store.
    level = min(perSecond * 1000, level + min(passed, 3_600_000) * perSecond)
    filled = max(filled, now)
  }

  /// True where `count` may be taken now; more than one second's worth waits for a full store.
  mutating func holds(_ count: Int64, _ now: Timestamp) -> Bool {
    fill(now)
    return level >= min(count, perSecond) * 1000
  }

  mutating func take(_ count: Int64) { level -= count * 1000 }
}

/// The rates of one shard, held by the clock.
///
/// https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
final class ShardThrottle: Sendable {
  static let writtenBytesPerSecond: Int64 = 1 << 20
  static let writtenRecordsPerSecond: Int64 = 1_000
  static let readBytesPerSecond: Int64 = 2 << 20
  static let readsPerSecond: Int64 = 5

  private struct State {
    var writtenBytes: TokenBucket
    var writtenRecords: TokenBucket
    var readBytes: TokenBucket
    var reads: TokenBucket
  }

  private let state: Mutex<State>

  init(at now: Timestamp) {
    state = Mutex(
      State(
        writtenBytes: TokenBucket(perSecond: Self.writtenBytesPerSecond, at: now),
        writtenRecords: TokenBucket(perSecond: Self.writtenRecordsPerSecond, at: now),
        readBytes: TokenBucket(perSecond: Self.readBytesPerSecond, at: now),
        reads: TokenBucket(perSecond: Self.readsPerSecond, at: now)))
  }

  /// Takes a record's share, or nothing where there is not enough.
  func admitsWrite(bytes: Int, _ now: Timestamp) -> Bool {
    state.withLock { state in
      guard state.writtenRecords.holds(1, now), state.writtenBytes.holds(Int64(bytes), now) else {
        return false
      }
      state.writtenRecords.take(1)
      state.writtenBytes.take(Int64(bytes))
      return true
    }
  }

  /// Takes one read's share. What it yields is told by `noteRead`.
  func admitsRead(_ now: Timestamp) -> Bool {
    state.withLock { state in
      guard state.reads.holds(1, now), state.readBytes.holds(1, now) else { return false }
      state.reads.take(1)
      return true
    }
  }

  /// The bytes that a read has yielded: more than a second's worth keeps the next ones waiting.
  func noteRead(bytes: Int) { state.withLock { $0.readBytes.take(Int64(bytes)) } }
}
