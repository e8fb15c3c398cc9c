import Diagnostics

/// `AWS::Serverless::CapacityProvider`: instances that functions run on, and the role that manages
/// them.
struct CapacityProviderExpander {
  private let declaration: Declaration
  private let expansion: Expansion
  private let id: String

  private static let known: Set<String> = [
    "CapacityProviderName", "VpcConfig", "OperatorRole", "Tags", "PropagateTags",
    "InstanceRequirements", "ScalingConfig", "KmsKeyArn", "LoggingConfig", "ManagedResourceTags",
  ]

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
  }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: Self.known)
    var provider = GeneratedResource(
      id, "AWS::Lambda::CapacityProvider", attributes: declaration.attributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    provider["CapacityProviderName"] = declaration["CapacityProviderName"]
    provider["VpcConfig"] = try network()
    provider["KmsKeyArn"] = declaration["KmsKeyArn"]
    provider["InstanceRequirements"] = try instances()
    provider["CapacityProviderScalingConfig"] = try scaling()
    if let logging = declaration["LoggingConfig"], logging.isTruthy {
      provider["TelemetryConfig"] = ["LoggingConfig": logging]
    }
    if let managed = try object("ManagedResourceTags", known: ["Tags"]), managed.isTruthy {
      provider["PropagateTags"] =
        managed["Tags"].map {
          ["Mode": "Explicit", "ExplicitTags": Tree(TagList.make($0))]
        } ?? .emptyObject
    }
    let tags = try declaration.object("Tags")
    provider["Tags"] = Self.tags(tags)
    if let role = declaration["OperatorRole"], role.isTruthy {
      provider["PermissionsConfig"] = ["CapacityProviderOperatorRoleArn": role]
      return [provider]
    }
    var own: Tree = ["lambda:createdBy": "SAM"]
    if declaration["PropagateTags"]?.isTruthy == true, let tags { own.update(with: tags) }
    let role = operatorRole(Tree(TagList.make(own)))
    provider["PermissionsConfig"] = ["CapacityProviderOperatorRoleArn": role.arn]
    return [provider, role]
  }

  private static func tags(_ tags: Tree?) -> Tree {
    var all = tags ?? .emptyObject
    all["lambda:createdBy"] = "SAM"
    return Tree(TagList.make(all))
  }

  private func operatorRole(_ tags: Tree) -> GeneratedResource {
    let partition = expansion.parameters.partition
    return GeneratedResource(
      id + "OperatorRole", "AWS::IAM::Role",
      [
        "AssumeRolePolicyDocument": PolicyDocument.assumedBy("lambda.amazonaws.com"),
        "ManagedPolicyArns": [
          Tree("arn:\(partition):iam::aws:policy/AWSLambdaManagedEC2ResourceOperator")
        ],
        "Tags": tags,
      ], attributes: declaration.passedAttributes, at: declaration.span)
  }

  /// A property that is an object of known keys.
  private func object(_ name: String, known: [String]) throws(SAMFailure) -> Tree? {
    guard let tree = try declaration.object(name) else { return nil }
    for member in tree.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `\(name)`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
    return tree
  }

  private func network() throws(SAMFailure) -> Tree {
    guard let config = try object("VpcConfig", known: ["SubnetIds", "SecurityGroupIds"]) else {
      throw declaration.missing("VpcConfig", known: Self.known)
    }
    guard config["SubnetIds"] != nil else {
      throw SAMFailure(
        .missingProperty, "`VpcConfig` of `\(id)` has no `SubnetIds`",
        at: declaration.span(of: "VpcConfig"))
    }
    return config
  }

  private func instances() throws(SAMFailure) -> Tree? {
    let names = [
      ("Architectures", "Architectures"), ("AllowedTypes", "AllowedInstanceTypes"),
      ("ExcludedTypes", "ExcludedInstanceTypes"),
    ]
    guard let wanted = try object("InstanceRequirements", known: names.map(\.0)), wanted.isTruthy
    else { return nil }
    if wanted["AllowedTypes"] != nil, let excluded = wanted["ExcludedTypes"] {
      throw SAMFailure(
        "`AllowedTypes` and `ExcludedTypes` of `\(id)` can't both be set", at: excluded.span)
    }
    var requirements = Tree.emptyObject
    for (name, plain) in names { requirements[plain] = wanted[name] }
    return requirements
  }

  private func scaling() throws(SAMFailure) -> Tree? {
    let known = ["MaxVCpuCount", "AverageCPUUtilization"]
    guard let wanted = try object("ScalingConfig", known: known), wanted.isTruthy else {
      return nil
    }
    var config: Tree = ["ScalingMode": "Auto"]
    config["MaxVCpuCount"] = wanted["MaxVCpuCount"]
    if let target = wanted["AverageCPUUtilization"] {
      config["ScalingMode"] = "Manual"
      config["ScalingPolicies"] = [
        [
          "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization",
          "TargetValue": target,
        ]
      ]
    }
    return config
  }
}

extension FunctionExpander {
  /// The instances that the function runs on.
  func capacity() throws(SAMFailure) -> Tree? {
    guard let written = try declaration.object("CapacityProviderConfig") else {
      if declaration["FunctionScalingConfig"] != nil {
        throw SAMFailure(
          .missingProperty, "`FunctionScalingConfig` of `\(id)` needs `CapacityProviderConfig`",
          at: declaration.span(of: "FunctionScalingConfig"))
      }
      return nil
    }
    for other in ["ProvisionedConcurrencyConfig", "VpcConfig"] where declaration[other] != nil {
      throw SAMFailure(
        "`\(other)` can't be combined with `CapacityProviderConfig`",
        at: declaration.span(of: other))
    }
    let names = [
      ("Arn", "CapacityProviderArn"),
      ("PerExecutionEnvironmentMaxConcurrency", "PerExecutionEnvironmentMaxConcurrency"),
      ("ExecutionEnvironmentMemoryGiBPerVCpu", "ExecutionEnvironmentMemoryGiBPerVCpu"),
    ]
    var config = Tree.emptyObject
    for member in written.members ?? [] {
      guard let plain = names.first(where: { $0.0 == member.key })?.1 else {
        throw SAMFailure(
          .unknownProperty, "`\(member.key)` is not part of `CapacityProviderConfig`",
          at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: names.map(\.0)))
      }
      config[plain] = member.value
    }
    guard config["CapacityProviderArn"] != nil else {
      throw SAMFailure(
        .missingProperty, "`CapacityProviderConfig` of `\(id)` has no `Arn`", at: written.span)
    }
    return ["LambdaManagedInstancesCapacityProviderConfig": config]
  }
}
