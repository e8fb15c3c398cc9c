import Diagnostics

/// A plain CloudFormation resource that the transform makes.
struct GeneratedResource {
  var id: String
  let type: String
  var properties: Tree
  /// `Condition`, `DeletionPolicy` and their like.
  var attributes: Tree
  var dependsOn: Tree?
  /// The SAM resource or event it comes from.
  var span: SourceSpan?

  init(
    _ id: String, _ type: String, _ properties: Tree = .emptyObject,
    attributes: Tree = .emptyObject, dependsOn: Tree? = nil, at span: SourceSpan?
  ) {
    self.id = id
    self.type = type
    self.properties = properties
    self.attributes = attributes
    self.dependsOn = dependsOn
    self.span = span
  }

  subscript(property: String) -> Tree? {
    get { properties[property] }
    set { properties[property] = newValue }
  }

  var arn: Tree { .getAtt(id, "Arn") }
  var reference: Tree { .ref(id) }

  var tree: Tree {
    var tree: Tree = ["Type": Tree(type)]
    tree.span = span
    if let dependsOn, dependsOn.isTruthy { tree["DependsOn"] = dependsOn }
    tree.update(with: attributes)
    tree["Properties"] = properties
    return tree
  }

  private static let tagged: Set<String> = [
    "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::DomainName", "AWS::ApiGateway::DomainNameV2",
    "AWS::ApiGateway::DomainNameAccessAssociation", "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage", "AWS::ApiGateway::UsagePlan", "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Stage", "AWS::DynamoDB::Table",
    "AWS::IAM::Role", "AWS::IoT::TopicRule", "AWS::Lambda::Function", "AWS::S3::Bucket",
    "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::StepFunctions::StateMachine",
  ]

  /// True for types whose `Tags` property the transform fills when tags are propagated.
  var takesTags: Bool { Self.tagged.contains(type) }
}

/// Tags as CloudFormation lists them.
enum TagList {
  /// A map of tags as a list of keys and values.
  static func make(_ tags: Tree?) -> [Tree] {
    (tags?.members ?? []).map { member in
      let value = member.value.isNull ? Tree("") : member.value
      return Tree(
        .object([Tree.Member("Key", Tree(member.key)), Tree.Member("Value", value)]),
        span: member.keySpan)
    }
  }
}
