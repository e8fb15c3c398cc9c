import AWSModel
import Effects
import ServiceKit

/// SubscribeToShard: records pushed to a registered consumer.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
struct SubscribeOperation: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] { [.streaming("SubscribeToShard", subscribe)] }

  struct Start: Decodable, Sendable {
    var `Type`: String
    var SequenceNumber: String?
    var Timestamp: Double?
  }

  struct Input: Decodable, Sendable {
    var ConsumerARN: String
    var ShardId: String
    var StartingPosition: Start
    var DryRun: Bool?
  }

  private func subscribe(_ input: Input, _ context: RequestContext) throws -> EventStream {
    guard let place = ConsumerPlace(input.ConsumerARN) else {
      throw KinesisError.invalid("\(input.ConsumerARN) is not the ARN of a consumer.")
    }
    let (name, scope) = try catalog.locate(nil, arn: place.stream, context.scope)
    guard let stream = try catalog.find(name, in: scope) else {
      throw KinesisError.streamNotFound(name, scope)
    }
    let consumer = try stream.model.existing(place.name, in: scope)
    guard consumer.arn(of: stream.arn) == input.ConsumerARN else {
      throw ServiceError(
        "ResourceNotFoundException",
        "Consumer \(input.ConsumerARN) not found for account \(scope.account).")
    }
    guard let ordinal = ShardModel.ordinal(ofID: input.ShardId), let shard = stream.shard(ordinal)
    else { throw KinesisError.shardNotFound(input.ShardId, name, scope) }
    let now = catalog.environment.effects.clock.now
    let start = StartingPosition(
      type: input.StartingPosition.Type, sequenceNumber: input.StartingPosition.SequenceNumber,
      timestamp: input.StartingPosition.Timestamp)
    let position = try stream.position(of: start, in: shard, now, operation: "SubscribeToShard")
    if input.DryRun == true { throw KinesisError.dryRun }
    let subscription = ShardSubscription(
      .init(storageID: stream.model.storageID, consumer: consumer, ordinal: ordinal),
      name: "\(scope.account):\(name):\(shard.id):\(consumer.name)",
      from: position, catalog: catalog, at: now)
    try catalog.subscriptions.begin(subscription, at: now)
    return EventStream(SubscriptionEvents(subscription: subscription, among: catalog.subscriptions))
  }
}

/// The events of a subscription, which ends with their iterator.
private struct SubscriptionEvents: AsyncSequence, Sendable {
  typealias Element = StreamEvent
  typealias Failure = any Error

  private let subscription: ShardSubscription
  private let guardian: Guardian

  init(subscription: ShardSubscription, among subscriptions: ShardSubscriptions) {
    self.subscription = subscription
    guardian = Guardian(subscription, subscriptions)
  }

  /// Goes with the answer: whoever reads it, or never did.
  fileprivate final class Guardian: Sendable {
    let subscription: ShardSubscription
    let subscriptions: ShardSubscriptions

    init(_ subscription: ShardSubscription, _ subscriptions: ShardSubscriptions) {
      self.subscription = subscription
      self.subscriptions = subscriptions
    }

    deinit { subscriptions.leave(subscription) }
  }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate let subscription: ShardSubscription
    fileprivate let guardian: Guardian

    func next() async throws -> StreamEvent? { try await subscription.next() }
  }

  func makeAsyncIterator() -> Iterator {
    Iterator(subscription: subscription, guardian: guardian)
  }
}
