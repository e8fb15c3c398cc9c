import Diagnostics

/// An authorizer of a REST API: a function, user pools or IAM.
struct RestAuthorizer {
  let name: String
  let scopes: Tree?
  let span: SourceSpan?
  private let properties: Tree
  private let isIAM: Bool

  static func iam(at span: SourceSpan?) -> RestAuthorizer {
    RestAuthorizer(name: "AWS_IAM", scopes: [], properties: .emptyObject, isIAM: true, at: span)
  }

  private static let known = [
    "UserPoolArn", "FunctionArn", "Identity", "FunctionPayloadType", "FunctionInvokeRole",
    "AuthorizationScopes", "DisableFunctionDefaultPermissions",
  ]

  private init(name: String, scopes: Tree?, properties: Tree, isIAM: Bool, at span: SourceSpan?) {
    self.name = name
    self.span = span
    self.scopes = scopes
    self.properties = properties
    self.isIAM = isIAM
  }

  init(_ member: Tree.Member) throws(SAMFailure) {
    guard member.value.members != nil else {
      throw SAMFailure(
        "the authorizer `\(member.key)` must be an object, this is \(member.value.shape)",
        at: member.value.span)
    }
    self.init(
      name: member.key, scopes: member.value["AuthorizationScopes"], properties: member.value,
      isIAM: false, at: member.keySpan)
    for part in member.value.members ?? [] where !Self.known.contains(part.key) {
      throw SAMFailure(
        .unknownProperty, "`\(part.key)` is not part of an authorizer", at: part.keySpan,
        hint: Suggestion.didYouMean(part.key, among: Self.known))
    }
    guard ["TOKEN", "REQUEST"].contains(payloadType) else {
      throw SAMFailure(
        .invalidPropertyValue, "`FunctionPayloadType` is `TOKEN` or `REQUEST`",
        at: properties["FunctionPayloadType"]?.span)
    }
    let isCached = properties.at("Identity", "ReauthorizeEvery")?.value?.integerValue != 0
    if payloadType == "REQUEST", identitySource.isEmpty, isCached {
      throw SAMFailure(
        "the authorizer `\(name)` needs an `Identity`", at: member.keySpan,
        hint: "give `Headers`, `QueryStrings`, `StageVariables` or `Context`")
    }
  }

  private var payloadType: String { properties["FunctionPayloadType"]?.string ?? "TOKEN" }
  private var pools: Tree? { properties["UserPoolArn"].flatMap { $0.isTruthy ? $0 : nil } }
  private var identity: Tree { properties["Identity"] ?? .emptyObject }

  private var identitySource: String {
    var sources: [String] = []
    for (kind, prefix) in [
      ("Headers", "method.request.header."), ("QueryStrings", "method.request.querystring."),
      ("StageVariables", "stageVariables."), ("Context", "context."),
    ] {
      sources += (identity[kind]?.elements ?? []).compactMap(\.text).map { prefix + $0 }
    }
    return sources.joined(separator: ", ")
  }

  /// The authorizer as the definition names it.
  func definition(partition: String) -> Tree {
    if isIAM {
      var definition = Tree.apiKey("Authorization")
      definition["x-amazon-apigateway-authtype"] = "awsSigv4"
      return definition
    }
    let isRequest = pools == nil && payloadType == "REQUEST"
    var definition: Tree = ["type": "apiKey"]
    definition["name"] = isRequest ? "Unused" : identity["Header"] ?? "Authorization"
    definition["in"] = "header"
    definition["x-amazon-apigateway-authtype"] = pools == nil ? "custom" : "cognito_user_pools"
    var authorizer = Tree.emptyObject
    if let pools {
      authorizer["type"] = "cognito_user_pools"
      authorizer["providerARNs"] = pools.elements == nil ? [pools] : pools
    } else {
      authorizer["type"] = Tree(payloadType.lowercased())
      authorizer["authorizerUri"] = .authorizerURI(
        of: properties["FunctionArn"] ?? .noValue, partition: partition)
      authorizer["authorizerResultTtlInSeconds"] = identity["ReauthorizeEvery"]
      if let role = properties["FunctionInvokeRole"], role.string != "NONE" {
        authorizer["authorizerCredentials"] = role
      }
      if isRequest, !identitySource.isEmpty {
        authorizer["identitySource"] = Tree(identitySource).placed(at: identity.span)
      }
    }
    if !isRequest, let expression = identity["ValidationExpression"] {
      authorizer["identityValidationExpression"] = expression
    }
    definition["x-amazon-apigateway-authorizer"] = authorizer
    return definition
  }
}

extension Tree {
  static func authorizerURI(of function: Tree, partition: String) -> Tree {
    .sub(
      "arn:\(partition):apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        + "${__FunctionArn__}/invocations", ["__FunctionArn__": function])
  }
}
