import AWSModel
import Effects
import ServiceKit

/// An account's streams in one region, counted as its limits count them.
struct StreamCounts: Sendable, Hashable {
  /// Open ones of provisioned streams.
  var provisionedShards = 0
  var onDemandStreams = 0

  mutating func add(_ model: StreamModel, times: Int) {
    switch model.mode {
    case .provisioned: provisionedShards += times * model.openShards.count
    case .onDemand: onDemandStreams += times
    }
  }
}

/// Limits of an account, as they stand by what is committed.
extension StreamCatalog {
  func requireRoom(forShards count: Int, in scope: Scope) throws(ServiceError) {
    let current = try counts(in: scope).provisionedShards
    let limit = StreamSpecification.accountShardsMax
    guard count <= 0 || current + count <= limit else {
      throw ServiceError(
        "LimitExceededException",
        "This request would exceed the shard limit for the account \(scope.account) in "
          + "\(scope.region). Current shard count for the account: \(current). Limit: \(limit). "
          + "Number of additional shards that would have resulted from this request: \(count).")
    }
  }

  func requireRoomForOnDemandStream(in scope: Scope) throws(ServiceError) {
    let limit = StreamSpecification.onDemandStreamsMax
    guard try counts(in: scope).onDemandStreams < limit else {
      throw ServiceError(
        "LimitExceededException",
        "This request would exceed the limit of \(limit) on-demand streams for the account "
          + "\(scope.account) in \(scope.region).")
    }
  }

  /// Throws where the account has not committed itself to a least throughput.
  func requireCommitment(in scope: Scope, _ now: Timestamp, _ transaction: Transaction) throws {
    guard try accountSettings(in: scope, transaction).isCommitted(now) else {
      throw KinesisError.invalid(
        "Warm throughput is only supported for accounts that have "
          + "MinimumThroughputBillingCommitment enabled.")
    }
  }
}
