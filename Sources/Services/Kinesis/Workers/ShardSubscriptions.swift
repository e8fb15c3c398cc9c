import AWSModel
import Effects
import ServiceKit
import Synchronization

/// All subscriptions that are open: one for each consumer and shard.
final class ShardSubscriptions: Sendable {
  /// A consumer may not subscribe to the same shard again within this time.
  static let pauseMilliseconds: Int64 = 5_000

  private struct Entry {
    var begun: Timestamp
    /// nil when its reader has gone.
    var subscription: ShardSubscription?
  }

  private let entries = Mutex<[ShardSubscription.Key: Entry]>([:])

  /// Takes the place of the consumer's earlier subscription to the shard. Throws
  /// ResourceInUseException where that one has only just begun.
  func begin(_ subscription: ShardSubscription, at now: Timestamp) throws(ServiceError) {
    let outcome = entries.withLock { entries -> Result<ShardSubscription?, ServiceError> in
      entries = entries.filter {
        $0.value.subscription != nil || Self.isRecent($0.value.begun, now)
      }
      let before = entries[subscription.key]
      if let before, Self.isRecent(before.begun, now) { return .failure(subscription.isTaken) }
      entries[subscription.key] = Entry(begun: now, subscription: subscription)
      return .success(before?.subscription)
    }
    try outcome.get()?.end(.replaced)
  }

  private static func isRecent(_ begun: Timestamp, _ now: Timestamp) -> Bool {
    now.milliseconds - begun.milliseconds < pauseMilliseconds
  }

  /// Its reader has gone.
  func leave(_ subscription: ShardSubscription) {
    entries.withLock { entries in
      if entries[subscription.key]?.subscription === subscription {
        entries[subscription.key]?.subscription = nil
      }
    }
  }

  /// The stream has changed: its consumers may be gone.
  func streamChanged(_ storageID: String) {
    for one in all where one.key.storageID == storageID { one.wake() }
  }

  /// Ends all of them, as if their time had come.
  func endAll() { for one in all { one.end(.closed) } }

  private var all: [ShardSubscription] {
    entries.withLock { $0.values.compactMap(\.subscription) }
  }
}
