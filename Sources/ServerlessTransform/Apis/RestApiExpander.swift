import Diagnostics

/// `AWS::Serverless::Api`: a REST API, its deployment and its stage.
final class RestApiExpander {
  let declaration: Declaration
  let expansion: Expansion
  let id: String
  /// The definition as far as it is made; nil where it lies elsewhere.
  var document: ApiDocument?
  let auth: Tree

  private static let known: Set<String> = [
    "Name", "StageName", "Tags", "PropagateTags", "DefinitionBody", "DefinitionUri",
    "CacheClusterEnabled", "CacheClusterSize", "Variables", "EndpointConfiguration",
    "MethodSettings", "BinaryMediaTypes", "MinimumCompressionSize", "Cors", "Auth",
    "GatewayResponses", "AccessLogSetting", "CanarySetting", "TracingEnabled", "OpenApiVersion",
    "Models", "FailOnWarnings", "Description", "Mode", "DisableExecuteApiEndpoint",
    "ApiKeySourceType", "Policy", "SecurityPolicy", "EndpointAccessMode", "Domain",
    "MergeDefinitions", "AlwaysDeploy",
  ]

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
    auth = expansion.parameters.resolve(declaration["Auth"]) ?? .emptyObject
    document = declaration["DefinitionBody"].flatMap { $0.isTruthy ? ApiDocument($0) : nil }
  }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: Self.known)
    try checkProperties()
    if let always = declaration["AlwaysDeploy"], always.isTruthy {
      expansion.report(
        SAMFailure(
          .substituted, "`\(id)` is deployed anew when its definition changes, not each time",
          at: declaration.span(of: "AlwaysDeploy")
        ).asWarning)
    }
    let domain = try CustomDomain(declaration, expansion, .rest)
    let api = try restApi()
    var deployment = GeneratedResource(
      id + "Deployment", "AWS::ApiGateway::Deployment", ["RestApiId": .ref(id)],
      attributes: declaration.passedAttributes, at: declaration.span)
    if declaration["OpenApiVersion"]?.isTruthy != true { deployment["StageName"] = "Stage" }
    if let definition = api["Body"] ?? api["BodyS3Location"] {
      identify(&deployment, by: definition, domain)
    }
    let stage = stage(of: deployment)
    var generated = [api, deployment, stage] + authorizerPermissions()
    if let domain { generated += try domain.expand() }
    generated += try usagePlan(stage: stage)
    propagateTags(&generated)
    expansion.referable[id, default: [:]]["Stage"] = stage.id
    expansion.referable[id, default: [:]]["Deployment"] = deployment.id
    return generated
  }

  private func checkProperties() throws(SAMFailure) {
    guard declaration["StageName"] != nil else {
      throw declaration.missing("StageName", known: Self.known)
    }
    if document != nil, let uri = declaration["DefinitionUri"], uri.isTruthy {
      throw SAMFailure(
        "`\(id)` has both `DefinitionBody` and `DefinitionUri`", at: uri.span,
        hint: "give one of them")
    }
    if let uri = declaration["DefinitionUri"], uri.isTruthy,
      declaration["MergeDefinitions"]?.isTruthy == true
    {
      throw SAMFailure(
        "`MergeDefinitions` of `\(id)` needs the definition in the template", at: uri.span,
        hint: "move it to `DefinitionBody`")
    }
    if let version = declaration["OpenApiVersion"]?.text {
      let isVersion =
        version.hasPrefix("2.")
        ? ApiDocument.isVersion3(Tree("3" + version.dropFirst()))
        : ApiDocument.isVersion3(Tree(version))
      guard isVersion else {
        throw SAMFailure(
          .invalidPropertyValue, "`\(version)` is not a version of OpenAPI",
          at: declaration["OpenApiVersion"]?.span, hint: "write `3.0.1`")
      }
    }
    guard document == nil else { return }
    for name in ["Cors", "Auth", "GatewayResponses", "Models", "DisableExecuteApiEndpoint"] {
      guard declaration[name]?.isTruthy == true else { continue }
      throw SAMFailure(
        "`\(name)` of `\(id)` needs the definition in the template",
        at: declaration.span(of: name), hint: "move it to `DefinitionBody`")
    }
  }

  private func restApi() throws(SAMFailure) -> GeneratedResource {
    var api = GeneratedResource(
      id, "AWS::ApiGateway::RestApi", attributes: declaration.attributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    let media = expansion.parameters.resolve(declaration["BinaryMediaTypes"])
    api["BinaryMediaTypes"] = media
    if let endpoint = declaration["EndpointConfiguration"], endpoint.isTruthy {
      setEndpoint(endpoint, on: &api)
    } else if !expansion.parameters.hasEdgeEndpoints {
      setEndpoint("REGIONAL", on: &api)
    }
    try addCors()
    try addAuth()
    try addGatewayResponses()
    if let media, media.isTruthy {
      document?.copy()
      document?["x-amazon-apigateway-binary-media-types"] = Self.withSlashes(media)
      document?.copy()
    }
    try addModels()
    disableEndpoint()
    if let uri = declaration["DefinitionUri"], uri.isTruthy {
      let pointer = try CodeLocation.pointer(uri, property: "DefinitionUri", owner: id)
      api["BodyS3Location"] = pointer ?? uri
    } else if document != nil {
      postprocess()
      api["Body"] = document?.body
    }
    for name in [
      "MinimumCompressionSize", "FailOnWarnings", "Name", "Description", "Mode",
      "ApiKeySourceType", "Policy", "SecurityPolicy", "EndpointAccessMode",
    ] { api[name] = declaration[name] }
    return api
  }

  private func setEndpoint(_ endpoint: Tree, on api: inout GeneratedResource) {
    let type = endpoint["Type"] ?? endpoint
    api["Parameters"] = ["endpointConfigurationTypes": type]
    var configuration: Tree = ["Types": [type]]
    configuration["VpcEndpointIds"] = endpoint["VPCEndpointIds"] ?? endpoint["VpcEndpointIds"]
    configuration["IpAddressType"] = endpoint["IpAddressType"]
    api["EndpointConfiguration"] = configuration
  }

  /// `~1` stands for a slash in a media type.
  private static func withSlashes(_ media: Tree) -> Tree {
    func slashed(_ text: String) -> String {
      text.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
    }
    var result = media
    switch media.content {
    case .scalar(let scalar):
      if scalar.text.contains("~1") { result = Tree(slashed(scalar.text)).placed(at: media.span) }
    case .list(let elements): result.content = .list(elements.map(withSlashes))
    case .object(let members):
      result.content = .object(
        members.map { Tree.Member(slashed($0.key), withSlashes($0.value), keySpan: $0.keySpan) })
    }
    return result
  }

  private func disableEndpoint() {
    guard let disabled = declaration["DisableExecuteApiEndpoint"] else { return }
    document?.copy()
    guard var body = document?.body else { return }
    let key = "x-amazon-apigateway-endpoint-configuration"
    func set(_ tree: inout Tree) {
      var configuration = tree[key] ?? .emptyObject
      configuration["disableExecuteApiEndpoint"] = disabled
      tree[key] = configuration
    }
    if ApiDocument.isVersion3(body["openapi"]) {
      var servers = body["servers"]?.elements ?? [.emptyObject]
      for index in servers.indices { set(&servers[index]) }
      body["servers"] = Tree(servers)
    } else {
      set(&body)
    }
    document?.body = body
    document?.copy()
  }

  private func stage(of deployment: GeneratedResource) -> GeneratedResource {
    let name = declaration["StageName"]?.string ?? ""
    let stageID =
      LogicalID.isAlphanumeric(name)
      ? id + name + "Stage" : LogicalID.hashed(id + "Stage", Tree(name))
    var stage = GeneratedResource(
      stageID, "AWS::ApiGateway::Stage",
      ["DeploymentId": .ref(deployment.id), "RestApiId": .ref(id)],
      attributes: declaration.passedAttributes, at: declaration.span)
    for name in [
      "StageName", "CacheClusterEnabled", "CacheClusterSize", "Variables", "MethodSettings",
      "AccessLogSetting", "CanarySetting", "TracingEnabled",
    ] { stage[name] = declaration[name] }
    if let tags = declaration["Tags"] { stage["Tags"] = Tree(TagList.make(tags)) }
    return stage
  }

  private func propagateTags(_ generated: inout [GeneratedResource]) {
    guard declaration["PropagateTags"]?.isTruthy == true, declaration["Tags"]?.isTruthy == true
    else { return }
    for index in generated.indices where generated[index].takesTags {
      generated[index]["Tags"] = Tree(TagList.make(declaration["Tags"]))
    }
  }

  /// A deployment is a snapshot: its id has a hash of what it deploys, so that a new definition
  /// makes a new deployment.
  private func identify(
    _ deployment: inout GeneratedResource, by definition: Tree, _ domain: CustomDomain?
  ) {
    var parts = [PythonText.str(definition)]
    if let version = declaration["OpenApiVersion"], version.isTruthy {
      parts.append(version.text ?? "")
    }
    if let domain { parts.append(domain.fingerprint) }
    if let names = expansion.functionNames[id], !names.isEmpty { parts.append(names) }
    let text = parts.joined(separator: "||")
    deployment.id += LogicalID.digest(text)
    deployment["Description"] = Tree(
      "RestApi deployment id: " + LogicalID.digest(text, length: 40))
  }
}
