import Diagnostics

/// `HttpApi` events: a route of an HTTP API that calls a function.
extension FunctionExpander {
  func addHttpApi(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    try event.check(known: [
      "Path", "Method", "ApiId", "Stage", "Auth", "TimeoutInMillis", "RouteSettings",
      "PayloadFormatVersion",
    ])
    let reference = try event.required("ApiId")
    let pathTree = try event.required("Path")
    guard let path = pathTree.string, let method = try event.required("Method").string else {
      throw SAMFailure(
        "`Path` and `Method` of the event `\(event.name)` must be text", at: event.span)
    }
    guard let apiID = reference["Ref"]?.string ?? reference.string,
      let api = expansion.resources[apiID]?["Properties"]
        ?? expansion.resources[apiID].map({ _ in
          Tree.emptyObject
        })
    else {
      throw SAMFailure(
        .unknownReference, "`ApiId` of the event `\(event.name)` must name an API",
        at: reference.span)
    }
    let body = api["DefinitionBody"]
    let isFilled: Void? = try expansion.withDefinition(of: apiID) { document throws(SAMFailure) in
      addPermission(event, target, document, path: path, method: method.lowercased())
      guard document.isValid(.http) else {
        throw SAMFailure(
          "the definition of `\(apiID)` needs `openapi: 3.…` and `paths`",
          at: body?.span ?? event.span)
      }
      try fill(&document, event, target, apiID, api)
    }
    if isFilled == nil {
      addPermission(event, target, nil, path: path, method: method.lowercased())
    }
  }

  private func fill(
    _ document: inout ApiDocument, _ event: EventDeclaration, _ target: EventTarget,
    _ apiID: String, _ api: Tree
  ) throws(SAMFailure) {
    let pathTree = try event.required("Path")
    let (path, method) = (pathTree.string ?? "", try event.required("Method").string ?? "")
    if document.hasIntegration(path, method) {
      guard api[ManagedDefinition.marker]?.bool != true else {
        throw SAMFailure(
          "`\(method.uppercased()) \(path)` of `\(apiID)` is defined twice", at: event.span)
      }
    } else {
      integrate(pathTree, method, target, &document)
    }
    try addAuth(event, api, path, method, &document)
    addDetails(event, path, method, &document)
  }

  private func integrate(
    _ path: Tree, _ method: String, _ target: EventTarget, _ document: inout ApiDocument
  ) {
    let uri = integrationURI(target, partition: "${AWS::Partition}")
    let isDefault =
      path.string == "$default" && ApiDocument.key(of: method) == ApiDocument.anyMethod
    document.integrate(path, method, condition: target.conditionTree) { definition in
      definition[ApiDocument.integration] = [
        "type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0",
        "uri": uri.under(target.conditionTree),
      ]
      if isDefault { definition["isDefaultRoute"] = true }
      if definition["responses"] == nil { definition["responses"] = .emptyObject }
    }
  }

  /// The permission to call the function; none where the function has the default route too,
  /// whose permission covers all.
  private func addPermission(
    _ event: EventDeclaration, _ target: EventTarget, _ document: ApiDocument?, path: String,
    method: String
  ) {
    if path != "$default", let document, calls(target, onDefaultRouteOf: document) { return }
    let isAny = method == "any" || method == ApiDocument.anyMethod
    var resource = "/" + (isAny ? "*" : method.uppercased())
    if path != "$default" { resource += ApiStyle.http.permissionPath(ApiStyle.trimmed(path)) }
    if method == "any", path == "/$default" { resource = path }
    let arn = Tree.sub(
      "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
        + "${__ApiId__}/${__Stage__}" + resource,
      ["__ApiId__": event["ApiId"] ?? .noValue, "__Stage__": "*"])
    add(permission(event, target, "apigateway.amazonaws.com", sourceArn: arn))
  }

  private func calls(_ target: EventTarget, onDefaultRouteOf document: ApiDocument) -> Bool {
    guard document.hasIntegration("$default", ApiDocument.anyMethod),
      let item = document.item(of: "$default")
    else { return false }
    let uris = ApiDocument.contents(item).flatMap { item in
      item[ApiDocument.anyMethod].map { ApiDocument.contents($0) } ?? []
    }.map { $0.at(ApiDocument.integration, "uri") ?? .emptyObject }
    return uris.flatMap { ApiDocument.contents($0) }.allSatisfy {
      $0["Fn::Sub"]?.string?.contains("${\(target.id).Arn}") == true
    }
  }

  private func addAuth(
    _ event: EventDeclaration, _ api: Tree, _ path: String, _ method: String,
    _ document: inout ApiDocument
  ) throws(SAMFailure) {
    guard let auth = event["Auth"], auth.isTruthy else { return }
    let known = ["Authorizer", "AuthorizationScopes"]
    for member in auth.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `Auth`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
    let apiAuth = api["Auth"] ?? .emptyObject
    guard let written = auth["Authorizer"] ?? apiAuth["DefaultAuthorizer"],
      let name = written.string
    else {
      throw SAMFailure(
        .missingProperty, "`Auth` of the event `\(event.name)` needs an `Authorizer`",
        at: auth.span, hint: "name one, or set `DefaultAuthorizer` on the API")
    }
    let authorizer = apiAuth.at("Authorizers", name)
    switch name {
    case "NONE":
      guard apiAuth["DefaultAuthorizer"] != nil else {
        throw SAMFailure(
          "`Authorizer: NONE` needs an API with a `DefaultAuthorizer`", at: written.span)
      }
    case "AWS_IAM" where apiAuth["EnableIamAuthorizer"]?.bool == true: break
    default:
      guard authorizer != nil else {
        throw SAMFailure(
          .unknownReference, "the API has no authorizer `\(name)`", at: written.span,
          hint: Suggestion.didYouMean(name, among: apiAuth["Authorizers"]?.keys ?? []))
      }
    }
    let own = auth["AuthorizationScopes"].flatMap { $0.isTruthy ? $0 : nil }
    let scopes = own ?? authorizer?["AuthorizationScopes"] ?? []
    document.updateMethod(path, method) {
      ApiDocument.addSecurity(name, scopes: authorizer == nil ? [] : scopes, to: &$0)
    }
  }

  private func addDetails(
    _ event: EventDeclaration, _ path: String, _ method: String, _ document: inout ApiDocument
  ) {
    func set(_ key: String, _ value: Tree?, _ document: inout ApiDocument) {
      guard let value, value.isTruthy else { return }
      document.updateMethod(path, method) { definition in
        var integration = definition[ApiDocument.integration] ?? .emptyObject
        integration[key] = value
        definition[ApiDocument.integration] = integration
      }
    }
    set("timeoutInMillis", event["TimeoutInMillis"], &document)
    let names = Self.parameters(of: path)
    if !names.isEmpty {
      document.updateMethod(path, method) { definition in
        var parameters = definition["parameters"]?.elements ?? []
        for name in names {
          let index = parameters.firstIndex { $0["name"]?.string == name } ?? parameters.endIndex
          if index == parameters.endIndex { parameters.append(["name": Tree(name)]) }
          parameters[index]["in"] = "path"
          parameters[index]["required"] = true
        }
        definition["parameters"] = Tree(parameters)
      }
    }
    set("payloadFormatVersion", event["PayloadFormatVersion"], &document)
  }

  private static func parameters(of path: String) -> [String] {
    var names: [String] = []
    var rest = path[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      names.append(String(rest[open..<close].dropFirst()))
      rest = rest[rest.index(after: close)...]
    }
    return names
  }
}
