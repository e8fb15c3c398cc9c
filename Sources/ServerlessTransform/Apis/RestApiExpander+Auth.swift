import Diagnostics

/// The API's authorizers and permissions.
extension RestApiExpander {
  private static let authProperties = [
    "Authorizers", "DefaultAuthorizer", "InvokeRole", "AddDefaultAuthorizerToCorsPreflight",
    "AddApiKeyRequiredToCorsPreflight", "ApiKeyRequired", "UsagePlan", "ResourcePolicy",
  ]

  func addAuth() throws(SAMFailure) {
    guard auth.isTruthy else { return }
    for member in auth.members ?? [] where !Self.authProperties.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `Auth`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: Self.authProperties))
    }
    try checkDefinition(for: "Auth")
    let authorizers = try authorizers()
    document?.copy()
    for authorizer in authorizers {
      document?.addSecurityDefinition(
        authorizer.name,
        authorizer.definition(partition: expansion.parameters.partition), at: authorizer.span,
        replacing: true)
    }
    if !authorizers.isEmpty { try addDefaultAuthorizer(among: authorizers) }
    if auth["ApiKeyRequired"]?.isTruthy == true {
      document?.addSecurityDefinition("api_key", .apiKey("x-api-key"))
      requireKeys()
    }
    if let written = auth["ResourcePolicy"], written.isTruthy, var document {
      let policy = try ResourcePolicy(written)
      let stage = declaration["StageName"] ?? .noValue
      for path in document.paths { policy.add(to: &document, path: path, stage: stage) }
      policy.addCustom(to: &document)
      self.document = document
    }
    document?.copy()
    postprocess()
  }

  private func authorizers() throws(SAMFailure) -> [RestAuthorizer] {
    var authorizers: [RestAuthorizer] = []
    if let name = auth["DefaultAuthorizer"], name.string == "AWS_IAM" {
      authorizers.append(.iam(at: name.span))
    }
    guard let declared = auth["Authorizers"] else { return authorizers }
    guard let members = declared.members else {
      throw SAMFailure("`Authorizers` of `\(id)` must be an object", at: declared.span)
    }
    for member in members { authorizers.append(try RestAuthorizer(member)) }
    return authorizers
  }

  private func addDefaultAuthorizer(among authorizers: [RestAuthorizer]) throws(SAMFailure) {
    guard let written = auth["DefaultAuthorizer"] else { return }
    guard let name = written.string, authorizers.contains(where: { $0.name == name }) else {
      throw SAMFailure(
        .unknownReference, "`\(id)` has no authorizer `\(written.text ?? "?")`",
        at: written.span,
        hint: Suggestion.didYouMean(written.text ?? "", among: authorizers.map(\.name)))
    }
    let names = Set(authorizers.map(\.name) + ["AWS_IAM"])
    let scopes = authorizers.first { $0.name == name }?.scopes ?? []
    let isForPreflight = auth["AddDefaultAuthorizerToCorsPreflight"]?.bool ?? true
    var usesIAM = false
    document?.updateAllMethods { method, definition in
      guard isForPreflight || method != "options" else { return }
      let existing = definition["security"]?.elements ?? []
      var others = existing.filter { names.isDisjoint(with: $0.keys) }
      var own = existing.filter { !names.isDisjoint(with: $0.keys) }
      if let none = others.firstIndex(where: { $0.keys.contains("NONE") }) {
        others.remove(at: none)
        own = []
      } else if own.isEmpty {
        own = [Tree([Tree.Member(name, scopes, keySpan: written.span)])]
      }
      guard !(others + own).isEmpty else { return }
      definition["security"] = Tree(others + own)
      if (others + own)[0].keys.contains("AWS_IAM") { usesIAM = true }
    }
    if usesIAM { document?.addSecurityDefinition("AWS_IAM", .iamAuthorizer) }
  }

  private func requireKeys() {
    let isForPreflight = auth["AddApiKeyRequiredToCorsPreflight"]?.bool ?? true
    let names: Set<String> = ["api_key", "api_key_false"]
    document?.updateAllMethods { method, definition in
      let existing = definition["security"]?.elements ?? []
      let others = existing.filter { names.isDisjoint(with: $0.keys) }
      let isExempt = existing.contains { $0.keys.contains("api_key_false") }
      var security = isExempt ? others : others + [["api_key": []]]
      if method == "options", !isForPreflight { security = others }
      if security != existing { definition["security"] = Tree(security) }
    }
  }

  /// The permissions of the API to call its authorizers.
  func authorizerPermissions() -> [GeneratedResource] {
    (auth["Authorizers"]?.members ?? []).compactMap { member in
      guard let function = member.value["FunctionArn"], function.isTruthy,
        member.value["DisableFunctionDefaultPermissions"]?.bool != true
      else { return nil }
      let arn = Tree.sub(
        "arn:\(expansion.parameters.partition):execute-api:${AWS::Region}:${AWS::AccountId}:"
          + "${__ApiId__}/authorizers/*", ["__ApiId__": .ref(id)])
      return GeneratedResource(
        id + member.key + "AuthorizerPermission", "AWS::Lambda::Permission",
        [
          "Action": "lambda:InvokeFunction", "FunctionName": function,
          "Principal": "apigateway.amazonaws.com", "SourceArn": arn,
        ], attributes: declaration.passedAttributes, at: member.keySpan ?? declaration.span)
    }
  }
}

extension Tree {
  static func apiKey(_ header: String) -> Tree {
    ["type": "apiKey", "name": Tree(header), "in": "header"]
  }

  static var iamAuthorizer: Tree {
    var definition: Tree = ["x-amazon-apigateway-authtype": "awsSigv4"]
    definition.update(with: apiKey("Authorization"))
    return definition
  }
}
