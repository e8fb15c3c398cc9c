import Diagnostics

/// Additions of the API's properties to its definition.
extension RestApiExpander {
  private static let corsHeaders = [
    "AllowOrigin": "Access-Control-Allow-Origin", "AllowHeaders": "Access-Control-Allow-Headers",
    "AllowMethods": "Access-Control-Allow-Methods", "MaxAge": "Access-Control-Max-Age",
    "AllowCredentials": "Access-Control-Allow-Credentials",
  ]

  // MARK: Cross-origin requests

  /// Answers preflight requests of each path that doesn't itself.
  func addCors() throws(SAMFailure) {
    guard let written = declaration["Cors"], written.isTruthy, var document else { return }
    try checkDefinition(for: "Cors")
    var cors = written
    if written.string != nil || written.isIntrinsic {
      cors = ["AllowOrigin": written]
    } else if written.members == nil {
      throw SAMFailure("`Cors` of `\(id)` must be text or an object", at: written.span)
    }
    if !cors.isIntrinsic {
      for member in cors.members ?? [] where Self.corsHeaders[member.key] == nil {
        throw SAMFailure(
          .unknownProperty, "`\(member.key)` is not part of `Cors`", at: member.keySpan,
          hint: Suggestion.didYouMean(member.key, among: Self.corsHeaders.keys.sorted()))
      }
    }
    let origin = cors["AllowOrigin"] ?? "'*'"
    if cors["AllowCredentials"]?.bool == true, origin.string == "'*'" {
      throw SAMFailure(
        "`AllowCredentials` can't be true for every origin", at: cors["AllowCredentials"]?.span,
        hint: "name the origins in `AllowOrigin`")
    }
    document.copy()
    var done: Set<String> = []
    for path in document.paths where done.insert(ApiStyle.trimmed(path)).inserted {
      document.updateItems(of: path) { item in
        guard item["options"] == nil else { return }
        let methods = cors["AllowMethods"] ?? Tree("'\(Self.methods(of: item))'")
        item["options"] = Self.preflight(cors, origin: origin, methods: methods)
      }
    }
    document.copy()
    self.document = document
  }

  private static func methods(of item: Tree) -> String {
    let all = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
    let keys = item.keys.contains(ApiDocument.anyMethod) ? all : item.keys + ["options"]
    return Set(keys.map { $0.uppercased() }).sorted().joined(separator: ",")
  }

  private static func preflight(_ cors: Tree, origin: Tree, methods: Tree) -> Tree {
    var parameters = Tree.emptyObject
    var headers = Tree.emptyObject
    func add(_ name: String, _ value: Tree?, type: Tree = "string") {
      guard let value, let header = corsHeaders[name] else { return }
      parameters["method.response.header." + header] = value
      headers[header] = ["type": type]
    }
    add("AllowOrigin", origin)
    add("AllowHeaders", cors["AllowHeaders"].flatMap { $0.isTruthy ? $0 : nil })
    add("AllowMethods", methods)
    add("MaxAge", cors["MaxAge"], type: "integer")
    if cors["AllowCredentials"]?.bool == true { add("AllowCredentials", "'true'") }
    return [
      "summary": "CORS support",
      "consumes": ["application/json"],
      "produces": ["application/json"],
      "x-amazon-apigateway-integration": [
        "type": "mock",
        "requestTemplates": ["application/json": "{\n  \"statusCode\" : 200\n}\n"],
        "responses": [
          "default": [
            "statusCode": "200", "responseParameters": parameters,
            "responseTemplates": ["application/json": "{}\n"],
          ]
        ],
      ],
      "responses": [
        "200": ["description": "Default response for CORS method", "headers": headers]
      ],
    ]
  }

  func checkDefinition(for property: String) throws(SAMFailure) {
    guard document?.isValid(.rest) == true else {
      throw SAMFailure(
        "`\(property)` of `\(id)` needs a `DefinitionBody` with a version and `paths`",
        at: declaration.span(of: property), hint: "write `swagger: '2.0'` or `openapi: 3.0.1`")
    }
  }

  // MARK: Responses and models

  func addGatewayResponses() throws(SAMFailure) {
    guard let responses = try declaration.object("GatewayResponses"), responses.isTruthy else {
      return
    }
    try checkDefinition(for: "GatewayResponses")
    let key = "x-amazon-apigateway-gateway-responses"
    document?.copy()
    var all = document?[key] ?? .emptyObject
    for member in responses.members ?? [] {
      all.set(member.key, try gatewayResponse(member), keySpan: member.keySpan)
    }
    document?[key] = all
    document?.copy()
  }

  private func gatewayResponse(_ member: Tree.Member) throws(SAMFailure) -> Tree {
    let known = ["ResponseParameters", "ResponseTemplates", "StatusCode"]
    guard !member.value.isIntrinsic, member.value.members != nil else {
      throw SAMFailure(
        "the gateway response `\(member.key)` must be an object", at: member.keySpan)
    }
    for part in member.value.members ?? [] where !known.contains(part.key) {
      throw SAMFailure(
        .unknownProperty, "`\(part.key)` is not part of a gateway response", at: part.keySpan,
        hint: Suggestion.didYouMean(part.key, among: known))
    }
    var parameters = Tree.emptyObject
    for (kind, prefix) in [
      ("Headers", "gatewayresponse.header."), ("Paths", "gatewayresponse.path."),
      ("QueryStrings", "gatewayresponse.querystring."),
    ] {
      for entry in member.value.at("ResponseParameters", kind)?.members ?? [] {
        parameters.set(prefix + entry.key, entry.value, keySpan: entry.keySpan)
      }
    }
    var response = Tree.emptyObject
    response["responseParameters"] = parameters
    response["responseTemplates"] = member.value["ResponseTemplates"] ?? .emptyObject
    response["statusCode"] = member.value["StatusCode"].map { Tree($0.text ?? "") }
    return response
  }

  func addModels() throws(SAMFailure) {
    guard let models = try declaration.object("Models"), models.isTruthy else { return }
    try checkDefinition(for: "Models")
    document?.copy()
    var definitions = document?["definitions"] ?? .emptyObject
    for member in models.members ?? [] {
      guard member.value["type"]?.isTruthy == true else {
        throw SAMFailure(
          .missingProperty, "the model `\(member.key)` of `\(id)` has no `type`",
          at: member.keySpan)
      }
      definitions.set(member.key.lowercased(), member.value, keySpan: member.keySpan)
    }
    document?["definitions"] = definitions
    document?.copy()
    postprocess()
  }

  // MARK: OpenAPI 3

  /// Version 3 has other places for what version 2 calls definitions.
  func postprocess() {
    guard var body = document?.body, body["swagger"] == nil else { return }
    let version = declaration["OpenApiVersion"] ?? body["openapi"]
    guard ApiDocument.isVersion3(version) else { return }
    for (old, new) in [("securityDefinitions", "securitySchemes"), ("definitions", "schemas")] {
      guard let value = body[old], value.isTruthy else { continue }
      var components = body["components"] ?? .emptyObject
      components[new] = value
      body["components"] = components
      body[old] = nil
    }
    document?.body = body
    for path in document?.paths ?? [] { postprocessPreflight(of: path) }
  }

  private func postprocessPreflight(of path: String) {
    document?.updateWhole(path) { item in
      guard var options = item["options"], options.members != nil else { return }
      options["produces"] = nil
      options["consumes"] = nil
      if var responses = options["responses"], var success = responses["200"],
        let headers = success["headers"]?.members
      {
        success["headers"] = Tree(
          headers.map { Tree.Member($0.key, ["schema": $0.value], keySpan: $0.keySpan) })
        responses["200"] = success
        options["responses"] = responses
      }
      item["options"] = options
    }
  }
}
