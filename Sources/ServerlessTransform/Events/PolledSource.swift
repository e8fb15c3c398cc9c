import Diagnostics

/// Events that Lambda polls for: streams, queues, topics of a cluster, changes in a database.
struct PolledSource {
  static let types: Set<String> = Set(profiles.keys)

  /// The differences between the types.
  private struct Profile {
    /// The property with the source's ARN; nil where it has none.
    var source: String?
    var required: [String] = []
    var own: [String] = []
    /// The managed policy that reads from the source.
    var policy: String?
  }

  private static let profiles: [String: Profile] = [
    "SQS": Profile(source: "Queue", policy: "AWSLambdaSQSQueueExecutionRole"),
    "Kinesis": Profile(
      source: "Stream", required: ["StartingPosition"], policy: "AWSLambdaKinesisExecutionRole"),
    "DynamoDB": Profile(
      source: "Stream", required: ["StartingPosition"], policy: "AWSLambdaDynamoDBExecutionRole"),
    "MSK": Profile(
      source: "Stream", required: ["StartingPosition"],
      own: ["ConsumerGroupId", "SchemaRegistryConfig"], policy: "AWSLambdaMSKExecutionRole"),
    "MQ": Profile(source: "Broker", own: ["DynamicPolicyName", "SecretsManagerKmsKeyId"]),
    "SelfManagedKafka": Profile(
      own: [
        "KafkaBootstrapServers", "ConsumerGroupId", "SchemaRegistryConfig",
        "SecretsManagerKmsKeyId",
      ]),
    "DocumentDB": Profile(
      source: "Cluster", required: ["DatabaseName"],
      own: ["CollectionName", "FullDocument", "SecretsManagerKmsKeyId"]),
  ]

  private static let passedThrough = [
    "BatchSize", "StartingPosition", "StartingPositionTimestamp", "Enabled",
    "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds", "ParallelizationFactor", "Topics", "Queues",
    "SourceAccessConfigurations", "TumblingWindowInSeconds", "FunctionResponseTypes",
    "FilterCriteria", "KmsKeyArn", "ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig",
    "LoggingConfig",
  ]

  private let event: EventDeclaration
  private let arn: Tree?
  private let managedPolicy: Tree?
  private var policies: [Tree] = []
  private var destination: Tree?

  init(_ event: EventDeclaration, parameters: ParameterValues) throws(SAMFailure) {
    self.event = event
    let profile = Self.profiles[event.type] ?? Profile()
    let names = profile.required + profile.own + (profile.source.map { [$0] } ?? [])
    try event.check(known: Self.passedThrough + names + ["DestinationConfig"])
    arn = try profile.source.map { (name) throws(SAMFailure) in try event.required(name) }
    for name in profile.required { _ = try event.required(name) }
    managedPolicy = profile.policy.map {
      Tree(ManagedPolicy.arn($0, partition: parameters.partition))
    }
    try checkFilter()
    if let policy = try SourceAccess(event, parameters: parameters).policy {
      policies.append(policy)
    }
    try readDestination()
  }

  private func checkFilter() throws(SAMFailure) {
    guard let filter = event["FilterCriteria"], filter.isTruthy, !filter.isIntrinsic else { return }
    guard filter.keys == ["Filters"] else {
      throw SAMFailure(
        "`FilterCriteria` of the event `\(event.name)` must be an object of `Filters` alone",
        at: filter.span)
    }
  }

  private mutating func readDestination() throws(SAMFailure) {
    guard var config = event["DestinationConfig"], config.isTruthy else { return }
    guard var failure = config["OnFailure"], failure.members != nil else {
      throw SAMFailure(
        "`DestinationConfig` of the event `\(event.name)` needs `OnFailure`", at: config.span)
    }
    if let type = failure["Type"] {
      let types = ["SQS", "SNS", "S3", "Kafka"]
      guard let name = type.string, types.contains(name) else {
        throw SAMFailure(
          .invalidPropertyValue, "`Type` of `OnFailure` must be one of \(types)", at: type.span)
      }
      failure["Type"] = nil
      let policy = PolicyDocument.destination(
        name, failure["Destination"] ?? .noValue, owner: event.id)
      if let policy { policies.append(policy) }
    }
    config["OnFailure"] = failure
    destination = config
  }

  func mapping(to target: EventTarget) -> GeneratedResource {
    var mapping = GeneratedResource(
      event.id, "AWS::Lambda::EventSourceMapping", attributes: target.attributes, at: event.span)
    mapping["EventSourceArn"] = arn
    mapping["FunctionName"] = target.name
    for name in Self.passedThrough { mapping[name] = event[name] }
    mapping["DestinationConfig"] = destination
    if let servers = event["KafkaBootstrapServers"], servers.isTruthy {
      mapping["SelfManagedEventSource"] = ["Endpoints": ["KafkaBootstrapServers": servers]]
    }
    switch event.type {
    case "MSK": mapping["AmazonManagedKafkaEventSourceConfig"] = kafka
    case "SelfManagedKafka": mapping["SelfManagedKafkaEventSourceConfig"] = kafka
    case "DocumentDB": mapping["DocumentDBEventSourceConfig"] = database
    default: break
    }
    return mapping
  }

  private var kafka: Tree? {
    var config = Tree.emptyObject
    for name in ["ConsumerGroupId", "SchemaRegistryConfig"] {
      if let value = event[name], value.isTruthy { config[name] = value }
    }
    return config.isTruthy ? config : nil
  }

  private var database: Tree {
    var config = Tree.emptyObject
    config["DatabaseName"] = event["DatabaseName"]
    for name in ["CollectionName", "FullDocument"] {
      if let value = event[name], value.isTruthy { config[name] = value }
    }
    return config
  }

  func grant(_ role: inout ExecutionRole) {
    if let managedPolicy { role.add(managed: managedPolicy) }
    policies.forEach { role.add(policy: $0) }
  }
}
