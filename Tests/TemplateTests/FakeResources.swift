import AWSModel
import PropertyTree
import ResourceFacts
import ResourceModel

/// A provider that answers from data: enough to resolve templates without any service.
struct FakeProvider: ResourceProvider {
  var schema: ResourceSchema
  /// The resource's part of ARNs: `kinesis`, `stream/`.
  var arn: (service: String, prefix: String)?
  var issues: [PropertyIssue] = []

  /// - Parameter unsupported: properties of the public schema that are left out.
  init(
    _ type: String, name: String?, attributes: Set<String> = [], unsupported: Set<String> = [],
    arn: (service: String, prefix: String)? = nil
  ) {
    let facts = ResourceFacts.facts(of: type)
    let properties = facts.map { Set($0.shapes[$0.root].properties.keys) } ?? []
    schema = ResourceSchema(
      type: ResourceType(type), naming: NamingRule(property: name, lengthMax: 64),
      supported: Set(properties.subtracting(unsupported).map { "\($0).*" }), attributes: attributes)
    self.arn = arn
  }

  func identity(physicalID: String, properties: PropertyValue, in environment: StackEnvironment)
    -> ResourceIdentity
  {
    var attributes = PropertyObject()
    for name in schema.attributes.sorted() where !name.hasSuffix("*") {
      attributes[name] = .string("\(physicalID).\(name)")
    }
    if schema.attributes.contains("Arn") {
      attributes["Arn"] = .string("arn:aws:iam::\(environment.scope.account):role/\(physicalID)")
    }
    if let arn {
      attributes["Arn"] = .string(
        ARN(arn.service, environment.scope, arn.prefix + physicalID).description)
    }
    return ResourceIdentity(
      physicalID: physicalID, reference: .string(physicalID), attributes: attributes)
  }

  func check(_ properties: PropertyValue) -> [PropertyIssue] {
    guard properties["QueueName"] == "substituted" else { return [] }
    return [
      PropertyIssue(
        .substituted, at: PropertyPath().appending("QueueName"), "the queue is a substitute",
        hint: "nothing to do", severity: .warning)
    ]
  }
}

enum Fixture {
  static let environment = StackEnvironment(
    scope: Scope(account: AccountID("123456789012"), region: Region("eu-west-1")),
    stackName: "demo",
    stackID: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/0001")

  static let catalog = distinct([
    FakeProvider(
      "AWS::Kinesis::Stream", name: "Name", attributes: ["Arn"], arn: ("kinesis", "stream/")),
    FakeProvider(
      "AWS::KinesisFirehose::DeliveryStream", name: "DeliveryStreamName", attributes: ["Arn"],
      unsupported: ["SplunkDestinationConfiguration"], arn: ("firehose", "deliverystream/")),
    FakeProvider(
      "AWS::S3::Bucket", name: "BucketName", attributes: ["Arn", "DomainName"],
      unsupported: ["ReplicationConfiguration"]),
    FakeProvider("AWS::IAM::Role", name: "RoleName", attributes: ["Arn", "RoleId"]),
    FakeProvider("AWS::IAM::Policy", name: nil),
    FakeProvider(
      "AWS::Lambda::Function", name: "FunctionName", attributes: ["Arn"],
      arn: ("lambda", "function:")),
    FakeProvider("AWS::SQS::Queue", name: "QueueName", attributes: ["Arn", "QueueUrl"]),
    FakeProvider("AWS::SNS::Topic", name: "TopicName", attributes: ["TopicArn"]),
    FakeProvider("AWS::SSM::Parameter", name: "Name", attributes: ["Type", "Value"]),
    FakeProvider("AWS::StepFunctions::StateMachine", name: "StateMachineName", attributes: ["Arn"]),
    FakeProvider("AWS::EC2::Instance", name: nil, attributes: ["PublicIp"]),
  ])
}

/// A catalog of types that are all different.
func distinct(_ providers: [any ResourceProvider]) -> ResourceCatalog {
  do { return try ResourceCatalog(providers) } catch { preconditionFailure("\(error)") }
}
