import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Kinesis::StreamConsumer`. Its ARN ends in the moment of its registration, which only the
/// step knows: it waits for nothing but tells it.
struct StreamConsumerResource: ResourceDefinition, WaitingResourceHandler {
  struct Properties: Codable, Sendable {
    var ConsumerName: String
    var StreamARN: String
    var Tags: [Tag]?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Kinesis::StreamConsumer", naming: .property("ConsumerName"),
    physicalID: "{StreamARN}/consumer/{name}",
    attributes: [
      "ConsumerARN": "{id}", "ConsumerCreationTimestamp": "{id}", "ConsumerName": "{name}",
      "ConsumerStatus": "ACTIVE", "StreamARN": "{StreamARN}",
    ])

  let catalog: StreamCatalog

  /// - Parameter physicalID: the ARN of a consumer that is there, or the name of one to be made.
  func identity(
    physicalID: String, properties: PropertyValue, in environment: StackEnvironment
  ) -> ResourceIdentity {
    if let place = ConsumerPlace(physicalID) {
      return Self.identity(place, physicalID)
    }
    let stream = properties["StreamARN"]?.scalarText ?? ""
    return ResourceIdentity(
      physicalID: "\(stream)/consumer/\(physicalID)", reference: .string(physicalID),
      attributes: [
        "ConsumerName": .string(physicalID), "ConsumerStatus": "ACTIVE",
        "StreamARN": .string(stream),
      ], isPending: true)
  }

  private static func identity(_ place: ConsumerPlace, _ arn: String) -> ResourceIdentity {
    ResourceIdentity(
      physicalID: arn, reference: .string(arn),
      attributes: [
        "ConsumerARN": .string(arn),
        "ConsumerCreationTimestamp": .string(String(place.createdSeconds)),
        "ConsumerName": .string(place.name), "ConsumerStatus": "ACTIVE",
        "StreamARN": .string(place.stream),
      ])
  }

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    issues.check("Tags") { () throws(ServiceError) in
      try StreamTagRules.validate(properties.Tags ?? [])
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    var (model, scope) = try stream(step.properties.StreamARN, step.scope, transaction)
    _ = try model.register(
      step.properties.ConsumerName,
      tags: step.allTags(step.properties.Tags).sorted { $0.Key < $1.Key }, at: step.now, in: scope)
    try catalog.put(model, in: scope, transaction)
  }

  /// By its ARN; one whose creation did not come to its end, by its name.
  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let found = try found(request, transaction) else { return }
    var model = found.0
    model.deregister(found.2)
    try catalog.put(model, in: found.1, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (model, scope, consumer) = try found(request, transaction) else { return nil }
    return Properties(
      ConsumerName: consumer.name, StreamARN: model.arn(in: scope),
      Tags: consumer.tags.isEmpty ? nil : consumer.tags)
  }

  // MARK: The ARN

  func wait(_ verb: ResourceVerb, _ request: ResourceRequest, in transaction: Transaction) throws
    -> StepToken?
  {
    guard verb == .create else { return nil }
    guard let (model, scope, consumer) = try found(request, transaction) else {
      throw ServiceError.internalFailure("the consumer is gone before its ARN was told")
    }
    return StepToken(.string(consumer.arn(of: model.arn(in: scope))))
  }

  func work(_ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken) async throws
    -> PropertyValue
  { token.body }

  func finish(
    _ verb: ResourceVerb, _ request: ResourceRequest, _ token: StepToken, _ result: PropertyValue,
    in transaction: Transaction
  ) throws -> ResourceIdentity? {
    guard let arn = result.stringValue, let place = ConsumerPlace(arn) else { return nil }
    return Self.identity(place, arn)
  }

  // MARK: Finding

  private func stream(_ arn: String, _ scope: Scope, _ transaction: Transaction) throws -> (
    StreamModel, Scope
  ) {
    let (name, scope) = try catalog.locate(nil, arn: arn, scope)
    guard let model = try catalog.get(name, in: scope, transaction) else {
      throw KinesisError.streamNotFound(name, scope)
    }
    return (model, scope)
  }

  private func found(_ request: ResourceRequest, _ transaction: Transaction) throws -> (
    StreamModel, Scope, StreamConsumer
  )? {
    let id = request.physicalID
    let parts = id.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4,
      let arn = ARN(parsing: "\(parts[0])/\(parts[1])"),
      let model = try catalog.get(String(parts[1]), in: arn.scope, transaction)
    else { return nil }
    let name = ConsumerPlace(id)?.name ?? String(parts[3])
    guard let consumer = model.consumer(name),
      ConsumerPlace(id) == nil || consumer.arn(of: model.arn(in: arn.scope)) == id
    else { return nil }
    return (model, arn.scope, consumer)
  }
}
