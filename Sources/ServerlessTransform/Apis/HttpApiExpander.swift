import Diagnostics

/// `AWS::Serverless::HttpApi`: an HTTP API and its stage.
final class HttpApiExpander {
  private let declaration: Declaration
  private let expansion: Expansion
  private let id: String
  private var document: ApiDocument?
  private var tags: Tree

  private static let known: Set<String> = [
    "Name", "StageName", "Tags", "PropagateTags", "DefinitionBody", "DefinitionUri",
    "StageVariables", "CorsConfiguration", "AccessLogSettings", "DefaultRouteSettings", "Auth",
    "RouteSettings", "FailOnWarnings", "Description", "DisableExecuteApiEndpoint", "Domain",
  ]

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
    document = declaration["DefinitionBody"].flatMap { $0.isTruthy ? ApiDocument($0) : nil }
    tags = declaration["Tags"] ?? .emptyObject
  }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: Self.known)
    try checkDefinition()
    var api = GeneratedResource(
      id, "AWS::ApiGatewayV2::Api", attributes: declaration.attributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    try addCors()
    let authorizers = try addAuth()
    addTags()
    if let failing = declaration["FailOnWarnings"], failing.isTruthy {
      api["FailOnWarnings"] = failing
    }
    addDetails()
    if let uri = declaration["DefinitionUri"], uri.isTruthy {
      let pointer = try CodeLocation.pointer(uri, property: "DefinitionUri", owner: id)
      api["BodyS3Location"] = pointer ?? uri
    } else {
      api["Body"] = document?.body
    }
    let stage = stage()
    expansion.referable[id, default: [:]]["Stage"] = stage.id
    return [api, stage] + permissions(of: authorizers) + (try domain())
  }

  private func domain() throws(SAMFailure) -> [GeneratedResource] {
    guard let domain = try CustomDomain(declaration, expansion, .http) else { return [] }
    var generated = try domain.expand()
    for index in generated.indices where generated[index].takesTags {
      generated[index]["Tags"] = tags.isTruthy ? tags : ["httpapi:createdBy": "SAM"]
    }
    return generated
  }

  private func checkDefinition() throws(SAMFailure) {
    let uri = declaration["DefinitionUri"].flatMap { $0.isTruthy ? $0 : nil }
    if let uri, document != nil {
      throw SAMFailure(
        "`\(id)` has both `DefinitionBody` and `DefinitionUri`", at: uri.span,
        hint: "give one of them")
    }
    for name in [
      "CorsConfiguration", "Auth", "Tags", "Name", "Description", "DisableExecuteApiEndpoint",
    ] where declaration[name]?.isTruthy == true {
      if document == nil {
        throw SAMFailure(
          "`\(name)` of `\(id)` needs the definition in the template",
          at: declaration.span(of: name), hint: "move it to `DefinitionBody`")
      }
      guard document?.isValid(.http) == true else {
        throw SAMFailure(
          "`\(name)` of `\(id)` needs a `DefinitionBody` with `openapi: 3.…` and `paths`",
          at: declaration.span(of: name))
      }
    }
    let info = document?["info"]
    if declaration["Name"] != nil, info?["title"] != .ref("AWS::StackName") {
      throw SAMFailure(
        "`Name` of `\(id)` is in its definition already", at: declaration.span(of: "Name"))
    }
    if declaration["Description"] != nil, info?["description"]?.isTruthy == true {
      throw SAMFailure(
        "`Description` of `\(id)` is in its definition already",
        at: declaration.span(of: "Description"))
    }
  }

  // MARK: The definition

  private func addCors() throws(SAMFailure) {
    guard let written = declaration["CorsConfiguration"] else { return }
    var cors = expansion.parameters.resolve(written)
    guard cors.isTruthy else { return }
    if cors.bool == true { cors = ["AllowOrigins": ["*"]] }
    let names = [
      "AllowMethods", "AllowHeaders", "AllowOrigins", "MaxAge", "ExposeHeaders",
      "AllowCredentials",
    ]
    guard cors.members != nil else {
      throw SAMFailure("`CorsConfiguration` must be true or an object", at: cors.span)
    }
    let key = "x-amazon-apigateway-cors"
    var configuration = document?[key] ?? .emptyObject
    if cors.isIntrinsic {
      configuration.update(with: Self.lowered(cors, names))
      document?[key] = configuration
      return
    }
    for member in cors.members ?? [] where !names.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `CorsConfiguration`",
        at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: names))
    }
    if cors["AllowCredentials"]?.bool == true, cors["AllowOrigins"] == ["*"] {
      throw SAMFailure(
        "`AllowCredentials` can't be true for every origin", at: cors["AllowCredentials"]?.span)
    }
    for name in names {
      guard let value = cors[name], value.isTruthy || name == "MaxAge" else { continue }
      if name == "AllowCredentials", value.bool != true { continue }
      configuration[name.prefix(1).lowercased() + name.dropFirst()] = value
    }
    document?[key] = configuration
  }

  /// `Fn::If` between configurations: the keys inside are written as the definition wants them.
  private static func lowered(_ tree: Tree, _ names: [String]) -> Tree {
    var result = tree
    switch tree.content {
    case .scalar: break
    case .list(let elements): result.content = .list(elements.map { lowered($0, names) })
    case .object(let members):
      result.content = .object(
        members.map { member in
          let key =
            names.contains(member.key)
            ? member.key.prefix(1).lowercased() + member.key.dropFirst() : member.key
          return Tree.Member(key, lowered(member.value, names), keySpan: member.keySpan)
        })
    }
    return result
  }

  private func addAuth() throws(SAMFailure) -> [HttpAuthorizer] {
    guard let auth = try declaration.object("Auth"), auth.isTruthy else { return [] }
    let known = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"]
    for member in auth.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `Auth`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
    var authorizers: [HttpAuthorizer] = []
    if auth["EnableIamAuthorizer"]?.bool == true { authorizers.append(.iam) }
    for member in auth["Authorizers"]?.members ?? [] {
      authorizers.append(try HttpAuthorizer(member))
    }
    var schemes = document?["components"]?["securitySchemes"] ?? .emptyObject
    for authorizer in authorizers {
      schemes[authorizer.name] = authorizer.definition(partition: expansion.parameters.partition)
    }
    if schemes.isTruthy {
      var components = document?["components"] ?? .emptyObject
      components["securitySchemes"] = schemes
      document?["components"] = components
    }
    guard let name = auth["DefaultAuthorizer"], !name.isNoValue else { return authorizers }
    guard let authorizer = authorizers.first(where: { $0.name == name.string }) else {
      throw SAMFailure(
        .unknownReference, "`\(id)` has no authorizer `\(name.text ?? "?")`", at: name.span,
        hint: Suggestion.didYouMean(name.text ?? "", among: authorizers.map(\.name)))
    }
    document?.updateAllMethods { method, definition in
      guard method != "options", definition["security"]?.isTruthy != true else { return }
      ApiDocument.addSecurity(
        authorizer.name, scopes: authorizer.scopes ?? [], to: &definition)
    }
    return authorizers
  }

  private func addTags() {
    guard document?.isValid(.http) == true else { return }
    tags["httpapi:createdBy"] = "SAM"
    var all = document?["tags"]?.elements ?? []
    let key = "x-amazon-apigateway-tag-value"
    for member in tags.members ?? [] {
      if let index = all.firstIndex(where: { $0["name"]?.string == member.key }) {
        all[index][key] = member.value
      } else {
        all.append(["name": Tree(member.key), key: member.value])
      }
    }
    document?["tags"] = Tree(all)
  }

  private func addDetails() {
    guard var body = document?.body else { return }
    if let disabled = declaration["DisableExecuteApiEndpoint"] {
      let key = "x-amazon-apigateway-endpoint-configuration"
      var servers = body["servers"]?.elements ?? [.emptyObject]
      for index in servers.indices {
        var configuration = servers[index][key] ?? .emptyObject
        configuration["disableExecuteApiEndpoint"] = disabled
        servers[index][key] = configuration
      }
      body["servers"] = Tree(servers)
    }
    var info = body["info"] ?? .emptyObject
    if let name = declaration["Name"], name.isTruthy { info["title"] = name }
    if let text = declaration["Description"], text.isTruthy { info["description"] = text }
    if info.isTruthy { body["info"] = info }
    if declaration["FailOnWarnings"]?.isTruthy == true, var paths = body["paths"],
      let route = paths["$default"]
    {
      paths["$default"] = nil
      paths["/$default"] = route
      body["paths"] = paths
    }
    document?.body = body
  }

  // MARK: Stage and permissions

  private func stage() -> GeneratedResource {
    let written = declaration["StageName"].flatMap { $0.isTruthy ? $0 : nil } ?? "$default"
    let name = written.string ?? ""
    let stageID =
      name == "$default"
      ? id + "ApiGatewayDefaultStage"
      : LogicalID.isAlphanumeric(name)
        ? id + name + "Stage" : LogicalID.hashed(id + "Stage", Tree(name))
    var stage = GeneratedResource(
      stageID, "AWS::ApiGatewayV2::Stage",
      ["ApiId": .ref(id), "AutoDeploy": true, "StageName": written],
      attributes: declaration.passedAttributes, at: declaration.span)
    for name in [
      "StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings",
    ] { stage[name] = declaration[name] }
    if tags.isTruthy { stage["Tags"] = tags }
    return stage
  }

  private func permissions(of authorizers: [HttpAuthorizer]) -> [GeneratedResource] {
    authorizers.compactMap { authorizer in
      guard let function = authorizer.permittedFunction else { return nil }
      let arn = Tree.sub(
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
          + "${__ApiId__}/authorizers/*", ["__ApiId__": .ref(id)])
      return GeneratedResource(
        id + authorizer.name + "AuthorizerPermission", "AWS::Lambda::Permission",
        [
          "Action": "lambda:InvokeFunction", "FunctionName": function,
          "Principal": "apigateway.amazonaws.com", "SourceArn": arn,
        ], attributes: declaration.passedAttributes, at: declaration.span(of: "Auth"))
    }
  }
}
