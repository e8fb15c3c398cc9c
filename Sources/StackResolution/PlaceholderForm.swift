import AWSModel
import ResourceFacts

/// The form that names of something left out have, so that what refers to it can be made.
enum PlaceholderForm {
  /// True for an attribute that gives an ARN.
  static func isARN(_ attribute: String) -> Bool {
    attribute.hasSuffix("Arn") || attribute.hasSuffix("ARN")
  }

  /// True for types whose `Ref` is an ARN: most of those that an ARN identifies, and some of which
  /// the facts are not here (their "Return values" in the CloudFormation reference).
  static func refersByARN(_ type: String) -> Bool {
    if byARN.contains(type) { return true }
    guard type != "AWS::Events::Rule", let facts = ResourceFacts.facts(of: type) else {
      return false
    }
    return facts.identifier.count == 1 && isARN(facts.identifier[0])
  }

  private static let byARN: Set<String> = [
    "AWS::ACMPCA::CertificateAuthority", "AWS::AppStream::AppBlock",
    "AWS::Batch::ComputeEnvironment",
    "AWS::Batch::JobDefinition", "AWS::Batch::JobQueue", "AWS::CertificateManager::Certificate",
    "AWS::CodeConnections::Connection", "AWS::CodeStarConnections::Connection",
    "AWS::DMS::Endpoint", "AWS::DMS::ReplicationInstance", "AWS::DMS::ReplicationTask",
    "AWS::ECS::Service", "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IVS::Channel", "AWS::MSK::Cluster", "AWS::MSK::Configuration",
    "AWS::MSK::ServerlessCluster", "AWS::Personalize::Dataset", "AWS::SecretsManager::Secret",
  ]

  /// The text before the name in the ARN's last part, where a property that takes one looks.
  private static let resources: [String: String] = [
    "AWS::DynamoDB::Table": "table/", "AWS::IAM::Group": "group/",
    "AWS::IAM::InstanceProfile": "instance-profile/", "AWS::IAM::ManagedPolicy": "policy/",
    "AWS::IAM::Role": "role/", "AWS::IAM::User": "user/", "AWS::KMS::Key": "key/",
    "AWS::Kinesis::Stream": "stream/", "AWS::KinesisFirehose::DeliveryStream": "deliverystream/",
    "AWS::Lambda::Alias": "function:", "AWS::Lambda::Function": "function:",
    "AWS::Lambda::LayerVersion": "layer:", "AWS::Lambda::Version": "function:",
    "AWS::StepFunctions::Activity": "activity:",
    "AWS::StepFunctions::StateMachine": "stateMachine:",
  ]

  private static let services: [String: String] = [
    "elasticloadbalancingv2": "elasticloadbalancing", "certificatemanager": "acm",
    "kinesisfirehose": "firehose", "stepfunctions": "states", "msk": "kafka",
  ]

  /// The ARN of something of a type, by the name that stands for it.
  static func arn(of name: String, type: String, in scope: Scope) -> String {
    let parts = type.split(separator: ":")
    let own = parts.count > 1 ? parts[1].lowercased() : "custom"
    let service = services[own] ?? own
    let resource = (resources[type] ?? "") + name
    if service == "s3" { return "arn:aws:s3:::\(resource)" }
    // Only AWS's own policies can be attached without being made: the one that grants nothing.
    if type == "AWS::IAM::ManagedPolicy" { return "arn:aws:iam::aws:policy/AWSDenyAll" }
    if service == "iam" { return "arn:aws:iam::\(scope.account):\(resource)" }
    return ARN(service, scope, resource).description
  }
}
