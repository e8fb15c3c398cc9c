import Diagnostics

/// The `Globals` section: properties that every resource of a type starts with.
extension Expansion {
  private static let globals: [String: [String]] = [
    "Function": [
      "Handler", "Runtime", "CodeUri", "DeadLetterQueue", "Description", "MemorySize", "Timeout",
      "VpcConfig", "Environment", "Tags", "PropagateTags", "Tracing", "KmsKeyArn",
      "AutoPublishAlias", "AutoPublishAliasAllProperties", "Layers", "DeploymentPreference",
      "RolePath", "PermissionsBoundary", "ReservedConcurrentExecutions",
      "ProvisionedConcurrencyConfig", "AssumeRolePolicyDocument", "EventInvokeConfig",
      "FileSystemConfigs", "CodeSigningConfigArn", "Architectures", "SnapStart",
      "EphemeralStorage", "FunctionUrlConfig", "RuntimeManagementConfig", "LoggingConfig",
      "RecursiveLoop", "SourceKMSKeyArn", "TenancyConfig", "DurableConfig",
      "CapacityProviderConfig", "FunctionScalingConfig", "PublishToLatestPublished",
      "VersionDeletionPolicy",
    ],
    "Api": [
      "Auth", "Name", "DefinitionUri", "CacheClusterEnabled", "CacheClusterSize",
      "MergeDefinitions", "Variables", "EndpointConfiguration", "MethodSettings",
      "BinaryMediaTypes", "MinimumCompressionSize", "Cors", "GatewayResponses",
      "AccessLogSetting", "CanarySetting", "TracingEnabled", "OpenApiVersion", "Domain",
      "AlwaysDeploy", "PropagateTags", "SecurityPolicy", "EndpointAccessMode",
    ],
    "HttpApi": [
      "Auth", "AccessLogSettings", "StageVariables", "Tags", "CorsConfiguration",
      "DefaultRouteSettings", "Domain", "RouteSettings", "FailOnWarnings", "PropagateTags",
    ],
    "SimpleTable": ["SSESpecification"],
    "StateMachine": ["PropagateTags"],
    "LayerVersion": ["PublishLambdaVersion"],
    "WebSocketApi": [
      "AccessLogSettings", "ApiKeySelectionExpression", "DefaultRouteSettings",
      "DisableExecuteApiEndpoint", "DisableSchemaValidation", "Domain", "FailOnWarnings",
      "IpAddressType", "PropagateTags", "RouteSelectionExpression", "RouteSettings",
      "StageVariables", "Tags",
    ],
    "CapacityProvider": [
      "VpcConfig", "OperatorRole", "Tags", "InstanceRequirements", "ScalingConfig", "KmsKeyArn",
      "PropagateTags",
    ],
  ]

  /// The section of one kind of resource, as it is written.
  func globalProperties(_ kind: String) -> Tree? { root.at("Globals", kind) }

  /// Merges the section into the resources.
  func mergeGlobals() throws(SAMFailure) {
    defer { setVersions() }
    guard let section = root["Globals"] else { return }
    guard let kinds = section.members else {
      throw SAMFailure("`Globals` must be an object, this is \(section.shape)", at: section.span)
    }
    for kind in kinds { checkGlobals(kind) }
    for (id, tree) in resources.all {
      guard let type = tree["Type"]?.string, type.hasPrefix("AWS::Serverless::"),
        let preset = section[String(type.dropFirst("AWS::Serverless::".count))]
      else { continue }
      var tree = tree
      let applicable = try without(ignored: tree["IgnoreGlobals"], preset, id)
        .keeping(Self.globals[String(type.dropFirst("AWS::Serverless::".count))] ?? [])
      let local = tree["Properties"] ?? .emptyObject
      guard local.members != nil else { continue }
      tree["Properties"] = merge(applicable, local).placed(at: local.span)
      resources[id] = tree
    }
  }

  /// Definitions that the transform fills are in the version that the API asks for.
  private func setVersions() {
    for (id, tree) in resources.all where tree["Type"]?.string == ApiStyle.rest.resourceType {
      guard let version = tree.at("Properties", "OpenApiVersion"),
        ApiDocument.isVersion3(version), let text = version.text,
        tree.at("Properties", ManagedDefinition.marker)?.bool == true,
        var body = tree.at("Properties", "DefinitionBody")
      else { continue }
      body["openapi"] = Tree(text).placed(at: version.span)
      body["swagger"] = nil
      setDefinition(body, of: id)
    }
  }

  private func checkGlobals(_ kind: Tree.Member) {
    guard let supported = Self.globals[kind.key] else {
      report(
        SAMFailure(
          "`\(kind.key)` is not a section of `Globals`", at: kind.keySpan,
          hint: Suggestion.didYouMean(kind.key, among: Self.globals.keys.sorted())
            ?? "the sections are \(Self.globals.keys.sorted().joined(separator: ", "))"))
      return
    }
    guard let members = kind.value.members else {
      report(
        SAMFailure(
          "`Globals.\(kind.key)` must be an object, this is \(kind.value.shape)",
          at: kind.value.span ?? kind.keySpan))
      return
    }
    for member in members where !supported.contains(member.key) {
      report(
        SAMFailure(
          "`\(member.key)` can't stand in `Globals.\(kind.key)`", at: member.keySpan,
          hint: Suggestion.didYouMean(member.key, among: supported)
            ?? "set it on each resource"))
    }
  }

  private func without(ignored: Tree?, _ preset: Tree, _ id: String) throws(SAMFailure) -> Tree {
    guard let ignored else { return preset }
    if ignored.string == "*" { return .emptyObject }
    guard let keys = ignored.elements else {
      throw SAMFailure(
        "`IgnoreGlobals` of `\(id)` must be `*` or a list of properties", at: ignored.span)
    }
    var result = preset
    for key in keys {
      guard let name = key.string, preset.keys.contains(name) else {
        throw SAMFailure(
          "`IgnoreGlobals` of `\(id)` names `\(key.text ?? "?")`, which `Globals` doesn't set",
          at: key.span)
      }
      result[name] = nil
    }
    return result
  }

  /// Objects are merged, lists joined with the global one first, else the local value counts.
  private func merge(_ preset: Tree, _ local: Tree) -> Tree {
    if preset.isIntrinsic || local.isIntrinsic { return local }
    if let first = preset.elements, let second = local.elements {
      return Tree(.list(first + second), span: local.span)
    }
    guard var result = preset.members, let members = local.members else { return local }
    var places = Dictionary(
      result.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    for member in members {
      guard let place = places[member.key] else {
        places[member.key] = result.count
        result.append(member)
        continue
      }
      let known = result[place].value
      result[place].value = known.isNull ? member.value : merge(known, member.value)
    }
    return Tree(.object(result), span: preset.span)
  }
}

extension Tree {
  /// The members that `Globals` may hold. Other members have been reported once.
  fileprivate func keeping(_ keys: [String]) -> Tree {
    guard let members, !members.allSatisfy({ keys.contains($0.key) }) else { return self }
    return Tree(.object(members.filter { keys.contains($0.key) }), span: span)
  }
}
