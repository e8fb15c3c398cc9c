import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit

/// `AWS::Kinesis::ResourcePolicy`: one for each stream and consumer, whose ARN is the physical id.
struct StreamPolicyResource: ResourceDefinition {
  struct Properties: Codable, Sendable {
    var ResourceArn: String
    /// nil only while a plan does not know it.
    var ResourcePolicy: PropertyValue?
  }

  static let declaration = ResourceDeclaration(
    "AWS::Kinesis::ResourcePolicy", naming: .generated(lengthMax: 128),
    physicalID: "{ResourceArn}")

  let catalog: StreamCatalog

  func check(_ properties: Properties, _ issues: inout PropertyIssues) {
    guard let policy = properties.ResourcePolicy else { return }
    issues.check("ResourcePolicy") { () throws(ServiceError) in
      try Kinesis.ResourcePolicy.validate(Self.text(policy))
    }
  }

  func create(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    if try read(step.request, in: transaction) != nil {
      throw ServiceError(
        "AlreadyExists", "\(step.physicalID) has a resource policy already.", status: 409)
    }
    try update(step, in: transaction)
  }

  func update(_ step: ResourceStep<Properties>, in transaction: Transaction) throws {
    guard let policy = step.properties.ResourcePolicy else {
      throw ServiceError.validation("A resource policy needs ResourcePolicy.")
    }
    let place = ResourcePlace(step.physicalID)
    let (name, scope) = try catalog.locate(nil, arn: place.StreamARN, step.scope)
    guard var model = try catalog.get(name, in: scope, transaction) else {
      throw KinesisError.streamNotFound(name, scope)
    }
    try model.setPolicy(Self.text(policy), of: place, in: scope)
    try catalog.put(model, in: scope, transaction)
  }

  func delete(_ request: ResourceRequest, in transaction: Transaction) throws {
    guard let found = try found(request, transaction) else { return }
    var model = found.0
    try model.setPolicy(nil, of: found.2, in: found.1)
    try catalog.put(model, in: found.1, transaction)
  }

  func read(_ request: ResourceRequest, in transaction: Transaction) throws -> Properties? {
    guard let (model, scope, place) = try found(request, transaction),
      let text = try model.policy(of: place, in: scope)
    else { return nil }
    return Properties(
      ResourceArn: request.physicalID, ResourcePolicy: try JSONReader.read(text))
  }

  /// nil where the stream or the consumer is not there.
  private func found(_ request: ResourceRequest, _ transaction: Transaction) throws -> (
    StreamModel, Scope, ResourcePlace
  )? {
    let place = ResourcePlace(request.physicalID)
    guard let arn = ARN(parsing: place.StreamARN ?? ""), arn.service == "kinesis",
      arn.resource.hasPrefix("stream/"),
      let model = try catalog.get(
        String(arn.resource.dropFirst("stream/".count)), in: arn.scope, transaction)
    else { return nil }
    if let consumer = place.consumer {
      guard model.consumer(consumer.name)?.arn(of: model.arn(in: arn.scope)) == request.physicalID
      else { return nil }
    }
    return (model, arn.scope, place)
  }

  private static func text(_ policy: PropertyValue) -> String {
    policy.stringValue ?? JSONWriter.compact(policy)
  }
}
