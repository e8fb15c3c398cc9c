import Diagnostics

/// Events that Lambda polls for: streams, queues, topics of a cluster.
struct PolledSource {
  private static let passedThrough = [
    "BatchSize", "StartingPosition", "StartingPositionTimestamp", "Enabled",
    "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds", "ParallelizationFactor", "Topics", "Queues",
    "SourceAccessConfigurations", "TumblingWindowInSeconds", "FunctionResponseTypes",
    "FilterCriteria", "KmsKeyArn", "ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig",
    "LoggingConfig",
  ]

  private let event: EventDeclaration
  private let arn: Tree
  private let managedPolicy: Tree
  private var policies: [Tree] = []
  private var destination: Tree?

  init(_ event: EventDeclaration, partition: String) throws(SAMFailure) {
    self.event = event
    let property = event.type == "SQS" ? "Queue" : "Stream"
    var known = Self.passedThrough + [property, "DestinationConfig"]
    if event.type == "MSK" { known.append("ConsumerGroupId") }
    try event.check(known: known, unsupported: ["SchemaRegistryConfig", "SecretsManagerKmsKeyId"])
    arn = try event.required(property)
    if event.type != "SQS" { _ = try event.required("StartingPosition") }
    let policy = event.type == "SQS" ? "AWSLambdaSQSQueueExecutionRole" : nil
    managedPolicy = Tree(
      ManagedPolicy.arn(
        policy ?? "AWSLambda\(event.type)ExecutionRole", partition: partition))
    try checkFilter()
    if event.type == "MSK" { addSecrets() }
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

  /// A client certificate lies in a secret that the function's role must read.
  private mutating func addSecrets() {
    let statements = (event["SourceAccessConfigurations"]?.elements ?? []).compactMap {
      access -> Tree? in
      guard access["Type"]?.string == "CLIENT_CERTIFICATE_TLS_AUTH", let uri = access["URI"] else {
        return nil
      }
      return PolicyDocument.allow(["secretsmanager:GetSecretValue"], on: uri)
    }
    if !statements.isEmpty {
      policies.append(PolicyDocument.named("MSKExecutionRolePolicy", statements))
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
      event.id, "AWS::Lambda::EventSourceMapping",
      ["EventSourceArn": arn, "FunctionName": target.name], attributes: target.attributes,
      at: event.span)
    for name in Self.passedThrough { mapping[name] = event[name] }
    mapping["DestinationConfig"] = destination
    if let group = event["ConsumerGroupId"], group.isTruthy {
      mapping["AmazonManagedKafkaEventSourceConfig"] = ["ConsumerGroupId": group]
    }
    return mapping
  }

  func grant(_ role: inout ExecutionRole) {
    role.add(managed: managedPolicy)
    policies.forEach { role.add(policy: $0) }
  }
}
