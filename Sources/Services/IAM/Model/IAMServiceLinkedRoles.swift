import AWSModel
import PropertyTree

/// The roles that services make for themselves: their names and their policies.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
struct IAMServiceLinkedRole: Sendable, Hashable {
  /// `autoscaling.amazonaws.com`
  var service: String
  /// `AWSServiceRoleForAutoScaling`
  var roleName: String
  /// Below `arn:aws:iam::aws:policy/aws-service-role/`.
  var policy: String

  /// Services that make several roles, told apart by a suffix.
  private static let suffixed: Set<String> = ["autoscaling"]

  /// Service, the role's name after `AWSServiceRoleFor`, policy; a line each.
  private static let table = """
    access-analyzer AccessAnalyzer AccessAnalyzerServiceRolePolicy
    autoscaling AutoScaling AutoScalingServiceRolePolicy
    backup Backup AWSBackupServiceLinkedRolePolicyForBackup
    batch Batch BatchServiceRolePolicy
    cloudtrail CloudTrail CloudTrailServiceRolePolicy
    config Config AWSConfigServiceRolePolicy
    dynamodb.application-autoscaling ApplicationAutoScaling_DynamoDBTable \
    AWSApplicationAutoscalingDynamoDBTablePolicy
    ecs ECS AmazonECSServiceRolePolicy
    ecs.application-autoscaling ApplicationAutoScaling_ECSService \
    AWSApplicationAutoscalingECSServicePolicy
    eks AmazonEKS AmazonEKSServiceRolePolicy
    eks-fargate AmazonEKSForFargate AmazonEKSForFargateServiceRolePolicy
    eks-nodegroup AmazonEKSNodegroup AWSServiceRoleForAmazonEKSNodegroup
    elasticache ElastiCache ElastiCacheServiceRolePolicy
    elasticbeanstalk ElasticBeanstalk AWSElasticBeanstalkServiceRolePolicy
    elasticloadbalancing ElasticLoadBalancing AWSElasticLoadBalancingServiceRolePolicy
    elasticmapreduce EMRCleanup AmazonEMRCleanupPolicy
    es AmazonElasticsearchService AmazonElasticsearchServiceRolePolicy
    events CloudWatchEvents CloudWatchEventsServiceRolePolicy
    apidestinations.events AmazonEventBridgeApiDestinations \
    AmazonEventBridgeApiDestinationsServiceRolePolicy
    guardduty AmazonGuardDuty AmazonGuardDutyServiceRolePolicy
    imagebuilder ImageBuilder AWSServiceRoleForImageBuilder
    kafka Kafka KafkaServiceRolePolicy
    lakeformation LakeFormationDataAccess LakeFormationDataAccessServiceRolePolicy
    lambda.application-autoscaling ApplicationAutoScaling_LambdaConcurrency \
    AWSApplicationAutoscalingLambdaConcurrencyPolicy
    opensearchservice AmazonOpenSearchService AmazonOpenSearchServiceRolePolicy
    ops.apigateway APIGateway APIGatewayServiceRolePolicy
    organizations Organizations AWSOrganizationsServiceTrustPolicy
    rds RDS AmazonRDSServiceRolePolicy
    redshift Redshift AmazonRedshiftServiceLinkedRolePolicy
    replication.dynamodb DynamoDBReplication DynamoDBReplicationServiceRolePolicy
    securityhub SecurityHub AWSSecurityHubServiceRolePolicy
    spot EC2Spot AWSEC2SpotServiceRolePolicy
    spotfleet EC2SpotFleet AWSEC2SpotFleetServiceRolePolicy
    ssm AmazonSSM AmazonSSMServiceRolePolicy
    support Support AWSSupportServiceRolePolicy
    transitgateway VPCTransitGateway AWSVPCTransitGatewayServiceRolePolicy
    trustedadvisor TrustedAdvisor AWSTrustedAdvisorServiceRolePolicy
    """

  static var all: [IAMServiceLinkedRole] {
    table.split(separator: "\n").map { line in
      let parts = line.split(separator: " ").map(String.init)
      return IAMServiceLinkedRole(
        service: "\(parts[0]).amazonaws.com", roleName: "AWSServiceRoleFor\(parts[1])",
        policy: parts[2])
    }
  }

  /// The role of a service. Throws `UnsupportedOperation` for a service whose role is not known,
  /// and `InvalidInput` for a suffix where the service takes none.
  init(service: String, suffix: String?) throws(ServiceError) {
    guard let known = Self.all.first(where: { $0.service == service }) else {
      throw .unsupported("the service-linked role of `\(service)`")
    }
    self = known
    guard let suffix else { return }
    guard Self.suffixed.contains(String(service.dropLast(".amazonaws.com".count))) else {
      throw IAMFaults.invalidInput("Custom suffix is not allowed for \(service)")
    }
    roleName += "_\(suffix)"
  }

  private init(service: String, roleName: String, policy: String) {
    self.service = service
    self.roleName = roleName
    self.policy = policy
  }

  var path: String { "\(IAMRole.serviceLinkedPath)\(service)/" }

  var policyARN: String { "arn:aws:iam::aws:policy\(IAMRole.serviceLinkedPath)\(policy)" }

  /// The document that lets the service, and nobody else, assume the role.
  var trustPolicy: String {
    JSONWriter.compact([
      "Version": "2012-10-17",
      "Statement": [
        [
          "Effect": "Allow", "Principal": ["Service": .string(service)],
          "Action": "sts:AssumeRole",
        ]
      ],
    ])
  }

  /// Throws where the account has the role already.
  static func taken(_ name: String) -> ServiceError {
    IAMFaults.invalidInput(
      "Service role name \(name) has been taken in this account, please try a different suffix.")
  }
}
