import AWSModel
import Effects

/// Settings of an account in a region.
struct AccountSettings: Codable, Sendable, Hashable {
  /// A promise to pay for a least throughput, which unlocks warm throughput.
  struct Commitment: Codable, Sendable, Hashable {
    static let minimumSeconds = 24 * 3600

    var started: Timestamp
    /// The moment at which it ends, or ended; nil while nobody has asked for that.
    var ends: Timestamp?

    var earliestEnd: Timestamp { started.adding(seconds: Self.minimumSeconds) }

    func isOver(_ now: Timestamp) -> Bool { ends.map { $0 <= now } ?? false }
  }

  /// nil before the first one.
  var commitment: Commitment?

  func isCommitted(_ now: Timestamp) -> Bool { commitment.map { !$0.isOver(now) } ?? false }

  /// A commitment that is wanted again before its end goes on.
  mutating func commit(_ now: Timestamp) {
    guard isCommitted(now) else {
      commitment = Commitment(started: now)
      return
    }
    commitment?.ends = nil
  }

  /// Ends the commitment, at the earliest when its least time is over.
  mutating func release(_ now: Timestamp) {
    guard let current = commitment, isCommitted(now), current.ends == nil else { return }
    commitment?.ends = max(now, current.earliestEnd)
  }
}
