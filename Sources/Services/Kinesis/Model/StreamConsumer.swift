import AWSModel
import Effects
import ServiceKit

/// A consumer that is registered on a stream. It lives and goes with the stream's model.
struct StreamConsumer: Codable, Sendable, Hashable {
  /// AWS's limit of a stream.
  static let countMax = 20

  var name: String
  var created: Timestamp
  var tags: [Tag]
  /// The resource policy, as it was put.
  var policy: String?

  /// `…:stream/orders/consumer/app:1700000000`: a consumer that is registered again is another.
  func arn(of stream: String) -> String {
    "\(stream)/consumer/\(name):\(created.milliseconds / 1000)"
  }
}

extension StreamModel {
  /// Registered consumers, names ascending.
  var allConsumers: [StreamConsumer] { consumers ?? [] }

  func consumer(_ name: String) -> StreamConsumer? { allConsumers.first { $0.name == name } }

  /// Throws where the name is taken or the stream has all that it may have.
  mutating func register(
    _ name: String, tags: [Tag], at now: Timestamp, in scope: Scope
  ) throws(ServiceError) -> StreamConsumer {
    guard consumer(name) == nil else {
      throw ServiceError(
        "ResourceInUseException",
        "Consumer \(name) under stream \(self.name) already exists for account \(scope.account).")
    }
    guard allConsumers.count < StreamConsumer.countMax else {
      throw ServiceError(
        "LimitExceededException",
        "Consumer limit of \(StreamConsumer.countMax) reached for stream \(self.name) under "
          + "account \(scope.account).")
    }
    let made = StreamConsumer(name: name, created: now, tags: tags)
    consumers = (allConsumers + [made]).sorted { $0.name < $1.name }
    return made
  }

  /// Throws for one that is not registered.
  func existing(_ name: String, in scope: Scope) throws(ServiceError) -> StreamConsumer {
    guard let consumer = consumer(name) else {
      throw ServiceError(
        "ResourceNotFoundException",
        "Consumer \(name) under stream \(self.name) not found for account \(scope.account).")
    }
    return consumer
  }

  mutating func replace(_ consumer: StreamConsumer) {
    consumers = allConsumers.map { $0.name == consumer.name ? consumer : $0 }
  }

  mutating func deregister(_ consumer: StreamConsumer) {
    let rest = allConsumers.filter { $0.name != consumer.name }
    consumers = rest.isEmpty ? nil : rest
  }
}
