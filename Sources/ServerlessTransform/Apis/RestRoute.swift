import Diagnostics

/// One method of a REST API, as an event asks for it.
struct RestRoute {
  let event: EventDeclaration
  let apiID: String
  let pathTree: Tree
  let method: String
  let stageSuffix: String
  private let api: Tree
  private let apiAuth: Tree
  private let auth: Tree

  var path: String { pathTree.string ?? "" }

  init(_ event: EventDeclaration, in expansion: Expansion) throws(SAMFailure) {
    self.event = event
    pathTree = try event.required("Path")
    guard let method = try event.required("Method").string, pathTree.string != nil else {
      throw SAMFailure(
        "`Path` and `Method` of the event `\(event.name)` must be text", at: event.span)
    }
    self.method = method.lowercased()
    let reference = try event.required("RestApiId")
    guard let id = reference["Ref"]?.string ?? reference.string,
      let resource = expansion.resources[id]
    else {
      throw SAMFailure(
        .unknownReference, "`RestApiId` of the event `\(event.name)` must name an API",
        at: reference.span ?? event.span)
    }
    apiID = id
    api = resource["Properties"] ?? .emptyObject
    stageSuffix = api["StageName"]?.string ?? "Stage"
    apiAuth = expansion.authorization(of: id, api)
    auth = event["Auth"] ?? .emptyObject
    guard auth.members != nil else {
      throw SAMFailure("`Auth` of the event `\(event.name)` must be an object", at: auth.span)
    }
    let known = [
      "Authorizer", "AuthorizationScopes", "ApiKeyRequired", "InvokeRole", "ResourcePolicy",
      "OverrideApiAuth",
    ]
    for member in auth.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `Auth`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
  }

  /// Puts an integration into the API's definition where the transform fills it, and what else
  /// the event asks for.
  func fill(_ expansion: Expansion, condition: Tree?, _ change: (inout Tree) -> Void)
    throws(SAMFailure)
  {
    if api["MergeDefinitions"]?.bool == true {
      return try merge(into: expansion, condition: condition, change)
    }
    guard api[ManagedDefinition.marker]?.bool == true else { return }
    _ = try expansion.withDefinition(of: apiID) { document throws(SAMFailure) in
      document.copy()
      guard !document.hasIntegration(path, method) else {
        throw SAMFailure(
          "`\(method.uppercased()) \(path)` of `\(apiID)` is defined twice", at: event.span)
      }
      document.integrate(pathTree, method, condition: condition, change)
      try addDetails(to: &document)
      document.copy()
    }
  }

  /// With `MergeDefinitions`, what the event makes goes over what the user's definition says of the
  /// method, key by key.
  private func merge(
    into expansion: Expansion, condition: Tree?, _ change: (inout Tree) -> Void
  ) throws(SAMFailure) {
    var made = ApiDocument(ApiStyle.rest.skeleton)
    made.integrate(pathTree, method, condition: condition, change)
    try addDetails(to: &made)
    let definition = made.item(of: path)?[ApiDocument.key(of: method)] ?? .emptyObject
    expansion.withDefinition(of: apiID) { document in
      if document.item(of: path) == nil { document.addPath(pathTree, method) }
      document.updateWhole(path) { item in
        var merged = item[method] ?? .emptyObject
        merged.update(with: definition)
        if method == "any" { item[ApiDocument.anyMethod] = nil }
        item[method] = merged
      }
    }
  }

  /// With `OverrideApiAuth`, the event's `Auth` counts in definitions that the user writes too.
  func overrideAuth(_ expansion: Expansion) throws(SAMFailure) {
    guard let flag = auth["OverrideApiAuth"], flag.isTruthy else { return }
    let own = ["Authorizer", "ApiKeyRequired", "ResourcePolicy"]
    guard own.contains(where: { auth[$0]?.isTruthy == true }) else {
      throw SAMFailure(
        .missingProperty, "`OverrideApiAuth` needs something to override with", at: flag.span,
        hint: "give `Authorizer`, `ApiKeyRequired` or `ResourcePolicy`")
    }
    _ = try expansion.withDefinition(of: apiID) { document throws(SAMFailure) in
      document.copy()
      try addAuth(to: &document)
      document.copy()
    }
  }

  /// The role that API Gateway calls with, where callers are authorized by IAM.
  func credentials(partition: String) -> Tree? {
    let isOwn = auth["Authorizer"]?.string == "AWS_IAM"
    guard isOwn || (apiAuth["DefaultAuthorizer"]?.string == "AWS_IAM" && !auth.isTruthy) else {
      return nil
    }
    let role = auth["InvokeRole"] ?? apiAuth["InvokeRole"]
    if role?.string == "NONE" { return nil }
    guard let role, role.string != "CALLER_CREDENTIALS" else {
      return Tree("arn:\(partition):iam::*:user/*")
    }
    return role
  }

  /// Authorizers, models, parameters and time limits.
  func addDetails(to document: inout ApiDocument) throws(SAMFailure) {
    try addAuth(to: &document)
    if let timeout = event["TimeoutInMillis"], timeout.isTruthy {
      document.updateMethod(path, method) { definition in
        var integration = definition[ApiDocument.integration] ?? .emptyObject
        integration["timeoutInMillis"] = timeout
        definition[ApiDocument.integration] = integration
      }
    }
    if let model = event["RequestModel"], model.isTruthy { try add(model, to: &document) }
    if let parameters = event["RequestParameters"] { try addParameters(parameters, &document) }
  }

  // MARK: Authorization

  private func addAuth(to document: inout ApiDocument) throws(SAMFailure) {
    let scopes = auth["AuthorizationScopes"]
    if let scopes, auth["Authorizer"] == nil {
      throw SAMFailure("`AuthorizationScopes` needs `Authorizer`", at: scopes.span)
    }
    if let authorizer = auth["Authorizer"] { try add(authorizer, scopes, to: &document) }
    try requireKey(in: &document)
    guard let written = auth["ResourcePolicy"], written.isTruthy else { return }
    let policy = try ResourcePolicy(written)
    policy.add(to: &document, path: path, stage: Tree(stageSuffix))
    policy.addCustom(to: &document)
  }

  private func requireKey(in document: inout ApiDocument) throws(SAMFailure) {
    guard let isKeyRequired = auth["ApiKeyRequired"] else { return }
    if !isKeyRequired.isTruthy, apiAuth["ApiKeyRequired"]?.isTruthy != true {
      throw SAMFailure(
        "`ApiKeyRequired: false` needs an API whose `Auth` requires keys", at: isKeyRequired.span)
    }
    if isKeyRequired.isTruthy { document.addSecurityDefinition("api_key", .apiKey("x-api-key")) }
    document.updateMethod(path, method) {
      ApiDocument.addSecurity(isKeyRequired.isTruthy ? "api_key" : "api_key_false", to: &$0)
    }
  }

  private func add(_ authorizer: Tree, _ scopes: Tree?, to document: inout ApiDocument)
    throws(SAMFailure)
  {
    let authorizers = apiAuth["Authorizers"] ?? .emptyObject
    guard let name = authorizer.string else {
      throw SAMFailure("`Authorizer` must be the name of an authorizer", at: authorizer.span)
    }
    switch name {
    case "AWS_IAM": break
    case "NONE":
      guard apiAuth["DefaultAuthorizer"] != nil else {
        throw SAMFailure(
          "`Authorizer: NONE` needs an API with a `DefaultAuthorizer`", at: authorizer.span)
      }
    default:
      guard authorizers[name] != nil else {
        throw SAMFailure(
          .unknownReference, "`\(apiID)` has no authorizer `\(name)`", at: authorizer.span,
          hint: Suggestion.didYouMean(name, among: authorizers.keys))
      }
    }
    let all = scopes ?? authorizers[name]?["AuthorizationScopes"] ?? []
    var isFirst = false
    document.updateMethod(path, method) { definition in
      let scopes = name == "NONE" || authorizers[name] == nil ? [] : all
      ApiDocument.addSecurity(name, scopes: scopes, at: authorizer.span, to: &definition)
      isFirst = definition["security"]?.elements?.first?["AWS_IAM"] != nil
    }
    if isFirst { document.addSecurityDefinition("AWS_IAM", .iamAuthorizer) }
  }

  // MARK: Requests

  private func add(_ request: Tree, to document: inout ApiDocument) throws(SAMFailure) {
    guard let name = request["Model"]?.string else {
      throw SAMFailure(
        .missingProperty, "`RequestModel` of the event `\(event.name)` has no `Model`",
        at: request.span)
    }
    guard api["Models"]?[name]?.isTruthy == true else {
      throw SAMFailure(
        .unknownReference, "`\(apiID)` has no model `\(name)`", at: request["Model"]?.span,
        hint: Suggestion.didYouMean(name, among: api["Models"]?.keys ?? []))
    }
    let lower = name.lowercased()
    let isSwagger = document["swagger"] != nil
    document.updateMethod(path, method) { definition in
      if isSwagger {
        var parameter: Tree = [
          "in": "body", "name": Tree(lower).placed(at: request.span),
          "schema": ["$ref": "#/definitions/\(lower)"],
        ]
        parameter["required"] = request["Required"]
        definition["parameters"] = Tree((definition["parameters"]?.elements ?? []) + [parameter])
      } else {
        var body: Tree = [
          "content": [
            "application/json": ["schema": ["$ref": "#/components/schemas/\(lower)"]]
          ]
        ]
        body["required"] = request["Required"]
        definition["requestBody"] = body
      }
    }
    addValidator(request, to: &document)
  }

  private func addValidator(_ request: Tree, to document: inout ApiDocument) {
    let body = request["ValidateBody"]
    let parameters = request["ValidateParameters"]
    guard body != nil || parameters != nil else { return }
    let (isBody, isParameters) = (body?.bool == true, parameters?.bool == true)
    let name =
      switch (isBody, isParameters) {
      case (true, true): "body-and-params"
      case (true, false): "body-only"
      case (false, true): "params-only"
      case (false, false): "no-validation"
      }
    let key = "x-amazon-apigateway-request-validator"
    var validators = document[key + "s"] ?? .emptyObject
    if validators[name] == nil {
      validators[name] = [
        "validateRequestBody": Tree(booleanLiteral: isBody),
        "validateRequestParameters": Tree(booleanLiteral: isParameters),
      ]
    }
    document[key + "s"] = validators
    document.updateMethod(path, method) { $0[key] = Tree(name) }
  }

  private func addParameters(_ parameters: Tree, _ document: inout ApiDocument)
    throws(SAMFailure)
  {
    for entry in parameters.elements ?? [] {
      let name = entry.string ?? entry.members?.first?.key ?? ""
      let settings = entry.members?.first?.value ?? .emptyObject
      let parts = name.split(separator: ".", maxSplits: 3).map(String.init)
      guard parts.count == 4, parts[0] == "method", parts[1] == "request",
        ["querystring", "path", "header"].contains(parts[2]),
        settings.keys.allSatisfy({ $0 == "Required" || $0 == "Caching" })
      else {
        throw SAMFailure(
          .invalidPropertyValue, "`\(name)` is not a request parameter", at: entry.span,
          hint: "write `method.request.querystring.name`, `…path.…` or `…header.…`")
      }
      let span = entry.members?.first?.keySpan ?? entry.span
      let location = Tree(parts[2]).placed(at: span)
      let isCached = settings["Caching"]?.isTruthy == true
      document.updateMethod(path, method) { definition in
        let parameter: Tree = [
          "in": parts[2] == "querystring" ? "query" : location,
          "name": Tree(parts[3]).placed(at: span), "required": settings["Required"] ?? false,
          "type": "string",
        ]
        definition["parameters"] = Tree((definition["parameters"]?.elements ?? []) + [parameter])
        guard isCached, var integration = definition[ApiDocument.integration] else { return }
        let cached = integration["cacheKeyParameters"]?.elements ?? []
        integration["cacheKeyParameters"] = Tree(cached + [Tree(name).placed(at: span)])
        definition[ApiDocument.integration] = integration
      }
    }
  }
}
