import Diagnostics

/// `AWS::Serverless::Function`: a function, its role, version, alias and URL, and what its events
/// need.
final class FunctionExpander {
  let declaration: Declaration
  let expansion: Expansion
  let id: String
  private(set) var generated: [GeneratedResource] = []

  static let passedThrough = [
    "FunctionName", "Handler", "Runtime", "Description", "MemorySize", "Timeout", "VpcConfig",
    "Role", "Environment", "KmsKeyArn", "ReservedConcurrentExecutions", "Layers",
    "FileSystemConfigs", "ImageConfig", "PackageType", "Architectures", "SnapStart",
    "EphemeralStorage", "CodeSigningConfigArn", "RuntimeManagementConfig", "LoggingConfig",
    "TenancyConfig", "RecursiveLoop", "DurableConfig", "FunctionScalingConfig",
    "PublishToLatestPublished",
  ]
  static let known = Set(
    passedThrough + [
      "CodeUri", "ImageUri", "InlineCode", "DeadLetterQueue", "AssumeRolePolicyDocument",
      "Policies", "RolePath", "PermissionsBoundary", "Events", "Tags", "PropagateTags", "Tracing",
      "DeploymentPreference", "EventInvokeConfig", "AutoPublishAlias", "AutoPublishCodeSha256",
      "AutoPublishAliasAllProperties", "VersionDescription", "ProvisionedConcurrencyConfig",
      "FunctionUrlConfig", "SourceKMSKeyArn", "VersionDeletionPolicy", "CapacityProviderConfig",
    ])

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
  }

  var parameters: ParameterValues { expansion.parameters }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: Self.known)
    try checkCombinations()
    var function = try lambdaFunction()
    let updatePolicy = try gradualDeployment()
    let alias = try versionAndAlias(of: &function, updatePolicy: updatePolicy)
    generated.insert(function, at: 0)
    if let url = declaration["FunctionUrlConfig"] {
      try addUrl(url, function: function, alias: alias)
    }
    let invokePolicies = try eventInvokeConfig(alias: alias)
    var role = try executionRole(extra: invokePolicies)
    let isRoleMade = useRole(&role)
    try addEvents(function: function, alias: alias, role: &role)
    if isRoleMade { generated.insert(role.finished, at: 1) }
    propagateTags()
    noteReferences()
    noteName()
    return generated
  }

  func add(_ resource: GeneratedResource) { generated.append(resource) }

  /// Sets a property of the function itself, which is generated first.
  func setFunctionProperty(_ name: String, _ value: Tree) { generated[0][name] = value }

  private func checkCombinations() throws(SAMFailure) {
    for (property, needed) in [
      ("ProvisionedConcurrencyConfig", "AutoPublishAlias"),
      ("VersionDeletionPolicy", "AutoPublishAlias"),
    ] where declaration[property] != nil && declaration[needed] == nil {
      throw SAMFailure(
        .missingProperty, "`\(property)` of `\(id)` needs `\(needed)`",
        at: declaration.span(of: property))
    }
    guard declaration["TenancyConfig"] != nil else { return }
    for property in ["ProvisionedConcurrencyConfig", "FunctionUrlConfig", "SnapStart"]
    where declaration[property] != nil {
      throw SAMFailure(
        "`\(property)` can't be combined with `TenancyConfig`", at: declaration.span(of: property))
    }
  }

  // MARK: The function

  private func lambdaFunction() throws(SAMFailure) -> GeneratedResource {
    var function = GeneratedResource(
      id, "AWS::Lambda::Function", attributes: declaration.attributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    function["Code"] = try code()
    for name in Self.passedThrough { function[name] = declaration[name] }
    function["CapacityProviderConfig"] = try capacity()
    _ = try declaration.list("Layers")
    function["Tags"] = Tree([["Key": "lambda:createdBy", "Value": "SAM"]] + (try tags()))
    if let tracing = declaration["Tracing"], isTraced {
      function["TracingConfig"] = ["Mode": tracing]
    }
    if let queue = declaration["DeadLetterQueue"] {
      function["DeadLetterConfig"] = ["TargetArn": try deadLetterTarget(queue)]
    }
    return function
  }

  var isTraced: Bool {
    guard let tracing = declaration["Tracing"], tracing.isTruthy else { return false }
    return parameters.resolve(tracing).string != "Disabled"
  }

  /// The user's tags as a list. The transform's own can't be set.
  func tags() throws(SAMFailure) -> [Tree] {
    guard let tags = try declaration.object("Tags") else { return [] }
    let reserved = [
      "lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion",
    ]
    for name in reserved where tags.keys.contains(name) {
      throw SAMFailure(
        "`\(name)` is a tag that the transform sets itself", at: tags.keySpan(name),
        hint: "give the tag another key")
    }
    return TagList.make(tags)
  }

  func deadLetterTarget(_ queue: Tree) throws(SAMFailure) -> Tree {
    guard let type = queue["Type"]?.string, let target = queue["TargetArn"], target.isTruthy,
      type == "SQS" || type == "SNS"
    else {
      throw SAMFailure(
        "`DeadLetterQueue` of `\(id)` needs `TargetArn` and a `Type` of `SQS` or `SNS`",
        at: declaration.span(of: "DeadLetterQueue"))
    }
    return target
  }

  // MARK: The rest

  private func propagateTags() {
    guard declaration["PropagateTags"]?.isTruthy == true, let tags = declaration["Tags"],
      tags.isTruthy
    else { return }
    for index in generated.indices where generated[index].takesTags {
      generated[index]["Tags"] = Tree(TagList.make(tags))
    }
  }

  private func noteReferences() {
    for (name, type) in [
      ("Alias", "AWS::Lambda::Alias"), ("Version", "AWS::Lambda::Version"),
      ("DestinationTopic", "AWS::SNS::Topic"), ("DestinationQueue", "AWS::SQS::Queue"),
    ] {
      guard let resource = generated.last(where: { $0.type == type }) else { continue }
      expansion.referable[id, default: [:]][name] = resource.id
    }
  }

  /// Functions with a name of their own count for the deployment id of the APIs they serve.
  private func noteName() {
    guard let name = parameters.resolve(declaration["FunctionName"]), name.isTruthy else { return }
    for event in expansion.ordered(declaration["Events"]?.members ?? [])
    where event.value["Type"]?.string == "Api" {
      guard let api = event.value.at("Properties", "RestApiId") else { continue }
      let apiID = api["Ref"]?.string ?? api.string
      if let apiID { expansion.functionNames[apiID, default: ""] += PythonText.str(name) }
    }
  }
}
