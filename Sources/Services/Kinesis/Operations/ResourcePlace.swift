import AWSModel
import ServiceKit

/// The parts of a consumer's ARN.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ConsumerDescription.html
struct ConsumerPlace: Sendable {
  var stream: String
  var name: String
  var createdSeconds: Int64

  init?(_ arn: String) {
    let parts = arn.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[2] == "consumer", parts[0].hasSuffix(":stream"),
      let colon = parts[3].lastIndex(of: ":"),
      let seconds = Int64(parts[3][parts[3].index(after: colon)...])
    else { return nil }
    createdSeconds = seconds
    stream = "\(parts[0])/\(parts[1])"
    name = String(parts[3][..<colon])
  }
}

/// The stream that an ARN means, or one of its consumers.
struct ResourcePlace: StreamReference, Sendable {
  let StreamARN: String?
  let consumer: ConsumerPlace?
  var StreamName: String? { nil }

  private let arn: String?

  init(_ arn: String) {
    consumer = ConsumerPlace(arn)
    StreamARN = consumer?.stream ?? arn
    self.arn = arn
  }

  /// - Parameter stream: the stream's ARN; nil where the request has named none, which is refused.
  init(stream: String?) {
    consumer = nil
    StreamARN = stream
    arn = stream
  }

  /// nil where the stream itself is meant. Throws for a consumer that is not registered, or only
  /// again.
  func consumer(of model: StreamModel, in scope: Scope) throws(ServiceError) -> StreamConsumer? {
    guard let consumer else { return nil }
    let found = try model.existing(consumer.name, in: scope)
    guard found.arn(of: model.arn(in: scope)) == arn else {
      throw ServiceError(
        "ResourceNotFoundException",
        "Consumer \(arn ?? consumer.name) not found for account \(scope.account).")
    }
    return found
  }
}
