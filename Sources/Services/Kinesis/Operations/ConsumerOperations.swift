import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Registered consumers.
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html
struct ConsumerOperations: Sendable {
  let catalog: StreamCatalog

  var all: [Operation] {
    [
      .typed("RegisterStreamConsumer", register).answering(Self.created(in: "Consumer")),
      .typed("DescribeStreamConsumer", describe)
        .answering(Self.created(in: "ConsumerDescription")),
      .typed("ListStreamConsumers", list)
        .answering(.structure(["Consumers": .list(Self.created)])),
      .typed("DeregisterStreamConsumer", deregister),
    ]
  }

  private static let created = MemberShape.structure(["ConsumerCreationTimestamp": .timestamp])

  private static func created(in member: String) -> MemberShape {
    .structure([member: created])
  }

  struct Consumer: Encodable, Sendable {
    var ConsumerName: String
    var ConsumerARN: String
    var ConsumerStatus: String
    var ConsumerCreationTimestamp: Double
    var StreamARN: String?

    init(
      _ consumer: StreamConsumer, of stream: String, status: String = "ACTIVE",
      namesStream: Bool = false
    ) {
      ConsumerName = consumer.name
      ConsumerARN = consumer.arn(of: stream)
      ConsumerStatus = status
      ConsumerCreationTimestamp = consumer.created.epochSeconds
      StreamARN = namesStream ? stream : nil
    }
  }

  // MARK: Registering

  struct RegisterInput: Decodable, Sendable, StreamReference {
    var StreamARN: String?
    var ConsumerName: String
    var Tags: [String: String]?
    var StreamName: String? { nil }
    private enum CodingKeys: CodingKey { case StreamARN, ConsumerName, Tags }
  }

  struct RegisterOutput: Encodable, Sendable { var Consumer: Consumer }

  /// The answer says CREATING, as AWS's does; whoever asks next hears ACTIVE.
  private func register(_ input: RegisterInput, _ context: RequestContext) async throws
    -> RegisterOutput
  {
    let tags = (input.Tags ?? [:]).sorted { $0.key < $1.key }
      .map { Tag(Key: $0.key, Value: $0.value) }
    try StreamTagRules.validate(tags)
    let now = catalog.environment.effects.clock.now
    return try await change(input.StreamARN, context) { model, scope in
      let made = try model.register(input.ConsumerName, tags: tags, at: now, in: scope)
      return RegisterOutput(
        Consumer: Consumer(made, of: model.arn(in: scope), status: "CREATING"))
    }
  }

  private func change<Answer: Sendable>(
    _ arn: String?, _ context: RequestContext,
    _ body: @escaping @Sendable (inout StreamModel, Scope) throws -> Answer
  ) async throws -> Answer {
    try await catalog.change(ResourcePlace(stream: arn), context, body)
  }

  // MARK: Finding

  struct ReferenceInput: Decodable, Sendable {
    var StreamARN: String?
    var ConsumerName: String?
    var ConsumerARN: String?

    /// The stream's ARN, and the consumer's name. Throws where neither way names one.
    func parts() throws(ServiceError) -> (stream: String, name: String) {
      if let arn = ConsumerARN {
        guard let place = ConsumerPlace(arn) else {
          throw KinesisError.invalid("\(arn) is not the ARN of a consumer.")
        }
        if let StreamARN, StreamARN != place.stream {
          throw KinesisError.invalid("The ConsumerARN is not one of the stream \(StreamARN).")
        }
        if let ConsumerName, ConsumerName != place.name {
          throw KinesisError.invalid("ConsumerName \(ConsumerName) does not match the ConsumerARN.")
        }
        return (place.stream, place.name)
      }
      guard let StreamARN, let ConsumerName else {
        throw KinesisError.invalid(
          "Either ConsumerARN, or StreamARN and ConsumerName, must be provided.")
      }
      return (StreamARN, ConsumerName)
    }
  }

  private func found(
    _ input: ReferenceInput, _ name: String, in model: StreamModel, _ scope: Scope
  ) throws(ServiceError) -> StreamConsumer {
    let consumer = try model.existing(name, in: scope)
    let arn = consumer.arn(of: model.arn(in: scope))
    guard input.ConsumerARN == nil || input.ConsumerARN == arn else {
      throw ServiceError(
        "ResourceNotFoundException",
        "Consumer \(input.ConsumerARN ?? name) not found for account \(scope.account).")
    }
    return consumer
  }

  struct DescribeOutput: Encodable, Sendable { var ConsumerDescription: Consumer }

  private func describe(_ input: ReferenceInput, _ context: RequestContext) throws
    -> DescribeOutput
  {
    let (arn, name) = try input.parts()
    let (streamName, scope) = try catalog.locate(nil, arn: arn, context.scope)
    guard let stream = try catalog.find(streamName, in: scope) else {
      throw KinesisError.streamNotFound(streamName, scope)
    }
    return DescribeOutput(
      ConsumerDescription: Consumer(
        try found(input, name, in: stream.model, scope), of: stream.arn, namesStream: true))
  }

  private func deregister(_ input: ReferenceInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (arn, name) = try input.parts()
    return try await change(arn, context) { model, scope in
      model.deregister(try found(input, name, in: model, scope))
      return EmptyOutput()
    }
  }

  // MARK: ListStreamConsumers

  struct ListInput: Decodable, Sendable, StreamReference {
    var StreamARN: String?
    var NextToken: String?
    var MaxResults: Int?
    var StreamCreationTimestamp: Double?
    var StreamName: String? { nil }
    private enum CodingKeys: CodingKey {
      case StreamARN, NextToken, MaxResults, StreamCreationTimestamp
    }
  }

  struct ListOutput: Encodable, Sendable {
    var Consumers: [Consumer]
    var NextToken: String?
  }

  private func list(_ input: ListInput, _ context: RequestContext) throws -> ListOutput {
    let stream = try catalog.resolve(input, context)
    if let seconds = input.StreamCreationTimestamp,
      Int64(seconds) != stream.model.created.milliseconds / 1000
    {
      throw KinesisError.streamNotFound(stream.model.name, stream.scope)
    }
    var start = ""
    if let token = input.NextToken {
      guard let bytes = Base64.decode(token) else {
        throw KinesisError.invalid("NextToken is not valid.")
      }
      start = String(decoding: bytes, as: UTF8.self)
    }
    let rest = stream.model.allConsumers.filter { $0.name > start }
    let page = rest.prefix(input.MaxResults ?? 100)
    return ListOutput(
      Consumers: page.map { Consumer($0, of: stream.arn) },
      NextToken: page.count < rest.count
        ? page.last.map { Base64.encode(Array($0.name.utf8)) } : nil)
  }
}
