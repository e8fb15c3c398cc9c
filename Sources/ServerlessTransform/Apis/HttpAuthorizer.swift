import Diagnostics

/// An authorizer of an HTTP API: tokens, a function or IAM.
struct HttpAuthorizer {
  let name: String
  private let properties: Tree
  private let isIAM: Bool

  static let iam = HttpAuthorizer(name: "AWS_IAM", properties: .emptyObject, isIAM: true)

  private static let ofTokens = ["AuthorizationScopes", "JwtConfiguration", "IdentitySource"]
  private static let ofFunctions = [
    "FunctionArn", "FunctionInvokeRole", "Identity", "AuthorizerPayloadFormatVersion",
    "EnableSimpleResponses", "EnableFunctionDefaultPermissions",
  ]

  private init(name: String, properties: Tree, isIAM: Bool) {
    self.name = name
    self.properties = properties
    self.isIAM = isIAM
  }

  init(_ member: Tree.Member) throws(SAMFailure) {
    self.init(name: member.key, properties: member.value, isIAM: false)
    guard let members = member.value.members else {
      throw SAMFailure("the authorizer `\(name)` must be an object", at: member.value.span)
    }
    let isToken = member.value["JwtConfiguration"]?.isTruthy == true
    let known = isToken ? Self.ofTokens : Self.ofFunctions
    for part in members where !known.contains(part.key) {
      let kind = isToken ? "an authorizer of tokens" : "an authorizer with a function"
      throw SAMFailure(
        .unknownProperty, "`\(part.key)` is not part of \(kind)", at: part.keySpan,
        hint: Suggestion.didYouMean(part.key, among: known))
    }
    let needed = isToken ? ["IdentitySource"] : ["FunctionArn", "AuthorizerPayloadFormatVersion"]
    for part in needed where member.value[part]?.isTruthy != true {
      throw SAMFailure(
        .missingProperty, "the authorizer `\(name)` has no `\(part)`", at: member.keySpan)
    }
  }

  var scopes: Tree? { properties["AuthorizationScopes"] }

  /// The function that the API may call by a permission of its own.
  var permittedFunction: Tree? {
    properties["EnableFunctionDefaultPermissions"]?.bool == true ? properties["FunctionArn"] : nil
  }

  func definition(partition: String) -> Tree {
    if isIAM { return .iamAuthorizer }
    let key = "x-amazon-apigateway-authorizer"
    if let tokens = properties["JwtConfiguration"] {
      let configuration = (tokens.members ?? []).map {
        Tree.Member($0.key.lowercased(), $0.value, keySpan: $0.keySpan)
      }
      var authorizer: Tree = ["type": "jwt", "jwtConfiguration": Tree(configuration)]
      authorizer["identitySource"] = properties["IdentitySource"]
      return ["type": "oauth2", key: authorizer]
    }
    var authorizer: Tree = ["type": "request"]
    authorizer["authorizerUri"] = .authorizerURI(
      of: properties["FunctionArn"] ?? .noValue, partition: partition)
    if let role = properties["FunctionInvokeRole"], role.string != "NONE" {
      authorizer["authorizerCredentials"] = role
    }
    if let identity = properties["Identity"], identity.isTruthy {
      authorizer["authorizerResultTtlInSeconds"] = identity["ReauthorizeEvery"]
      authorizer["identitySource"] = Tree(Self.sources(identity))
    }
    authorizer["authorizerPayloadFormatVersion"] = properties["AuthorizerPayloadFormatVersion"]
    if let simple = properties["EnableSimpleResponses"], simple.isTruthy {
      authorizer["enableSimpleResponses"] = simple
    }
    return ["type": "apiKey", "name": "Unused", "in": "header", key: authorizer]
  }

  private static func sources(_ identity: Tree) -> [Tree] {
    [
      ("Headers", "$request.header."), ("QueryStrings", "$request.querystring."),
      ("StageVariables", "$stageVariables."), ("Context", "$context."),
    ].flatMap { kind, prefix in
      (identity[kind]?.elements ?? []).compactMap(\.text).map { Tree(prefix + $0) }
    }
  }
}
