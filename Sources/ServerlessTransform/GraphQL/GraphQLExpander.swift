import Diagnostics

/// `AWS::Serverless::GraphQLApi`: an API of AppSync with its schema, keys, data sources, functions
/// and resolvers.
final class GraphQLExpander {
  let declaration: Declaration
  let expansion: Expansion
  let id: String
  private(set) var generated: [GeneratedResource] = []
  /// AppSync's names of data sources and functions, by their names here.
  var sourceNames: [String: Tree] = [:]
  var functionIDs: [String: Tree] = [:]

  private static let known: Set<String> = [
    "Name", "Tags", "XrayEnabled", "Auth", "SchemaInline", "SchemaUri", "Logging", "DataSources",
    "Functions", "Resolvers", "ApiKeys", "DomainName", "Cache", "Visibility", "OwnerContact",
    "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit",
  ]

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
  }

  var apiID: Tree { .getAtt(id, "ApiId") }
  var schemaID: String { id + "Schema" }

  func add(_ resource: GeneratedResource) { generated.append(resource) }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: Self.known)
    var api = resource(id, "AWS::AppSync::GraphQLApi", at: declaration.span)
    api["Name"] = truthy("Name") ?? Tree(id)
    api["XrayEnabled"] = declaration["XrayEnabled"]
    for name in [
      "Visibility", "OwnerContact", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit",
    ] { api[name] = truthy(name) }
    var tags = try declaration.object("Tags") ?? .emptyObject
    tags["graphqlapi:createdBy"] = "SAM"
    api["Tags"] = Tree(TagList.make(tags))
    let functions = try authorize(&api)
    log(&api)
    add(api)
    try addSchema()
    for (index, function) in functions.enumerated() {
      try connect(
        id + "ToLambdaAuthConnector\(index + 1)",
        source: [
          "Type": "AWS::AppSync::GraphQLApi", "Arn": .ref(id), "ResourceId": apiID,
        ], destination: ["Type": "AWS::Lambda::Function", "Arn": function])
    }
    try addKeys()
    try addCache()
    try addDomain()
    try addSources()
    try addFunctions()
    try addResolvers()
    return generated
  }

  private func truthy(_ name: String) -> Tree? {
    declaration[name].flatMap { $0.isTruthy ? $0 : nil }
  }

  /// All that is made has the attributes of the API.
  func resource(_ id: String, _ type: String, at span: SourceSpan?) -> GeneratedResource {
    GeneratedResource(
      id, type, attributes: declaration.attributes, dependsOn: declaration.dependsOn, at: span)
  }

  /// The members of a property, each an object whose keys are known.
  func entries(_ tree: Tree?, _ what: String, known: [String]) throws(SAMFailure) -> [Tree.Member] {
    guard let tree else { return [] }
    guard let members = tree.members else {
      throw SAMFailure("\(what) must be an object, this is \(tree.shape)", at: tree.span)
    }
    for member in members {
      try check(member.value, "`\(member.key)`", known: known, at: member.keySpan)
    }
    return members
  }

  func check(_ tree: Tree, _ what: String, known: [String], at span: SourceSpan?)
    throws(SAMFailure)
  {
    guard let members = tree.members else {
      throw SAMFailure("\(what) must be an object, this is \(tree.shape)", at: tree.span ?? span)
    }
    for member in members where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of \(what)", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
  }

  /// Makes what lets one resource use another, as a connector does.
  func connect(
    _ name: String, source: Tree, destination: Tree, permissions: Tree = ["Write"]
  ) throws(SAMFailure) {
    let tree: Tree = [
      "Type": "AWS::Serverless::Connector",
      "Properties": [
        "Source": source, "Destination": destination, "Permissions": permissions,
      ],
    ]
    let connector = try Declaration(id: name, tree: tree.placed(at: declaration.span))
    try ConnectorExpander(connector, expansion).expand().forEach(add)
  }
}

// MARK: The API and what belongs to it

extension GraphQLExpander {
  private static let configurations = [
    "AWS_LAMBDA": ("LambdaAuthorizer", "LambdaAuthorizerConfig"),
    "OPENID_CONNECT": ("OpenIDConnect", "OpenIDConnectConfig"),
    "AMAZON_COGNITO_USER_POOLS": ("UserPool", "UserPoolConfig"),
  ]
  private static let types = configurations.keys.sorted() + ["API_KEY", "AWS_IAM"]

  /// Sets who may call the API; returns the functions that decide it.
  private func authorize(_ api: inout GeneratedResource) throws(SAMFailure) -> [Tree] {
    guard let auth = try declaration.object("Auth") else {
      throw declaration.missing("Auth", known: Self.known)
    }
    var functions: [Tree] = []
    let (type, name, settings) = try authorization(auth, isFirst: true)
    api["AuthenticationType"] = type
    if let name { api[name] = settings }
    functions += settings?["AuthorizerUri"].map { [$0] } ?? []
    var providers: [Tree] = []
    for additional in auth["Additional"]?.elements ?? [] {
      let (type, name, settings) = try authorization(additional, isFirst: false)
      var provider: Tree = ["AuthenticationType": type]
      if let name { provider[name] = settings }
      functions += settings?["AuthorizerUri"].map { [$0] } ?? []
      providers.append(provider)
    }
    if !providers.isEmpty { api["AdditionalAuthenticationProviders"] = Tree(providers) }
    return functions
  }

  private func authorization(_ auth: Tree, isFirst: Bool) throws(SAMFailure)
    -> (type: Tree, name: String?, settings: Tree?)
  {
    let known = ["Type", "LambdaAuthorizer", "OpenIDConnect", "UserPool"]
    try check(
      auth, "`Auth`", known: known + (isFirst ? ["Additional"] : []),
      at: declaration.span(of: "Auth"))
    guard let type = auth["Type"], let text = type.string, Self.types.contains(text) else {
      throw SAMFailure(
        .invalidPropertyValue, "`Auth` of `\(id)` needs a `Type`", at: auth["Type"]?.span,
        hint: "the types are \(Self.types.sorted().joined(separator: ", "))")
    }
    let given = known.dropFirst().filter { auth[$0] != nil }
    guard let (property, name) = Self.configurations[text] else {
      guard given.count <= 1 else { throw several(auth) }
      return (type, nil, nil)
    }
    guard given.count <= 1 else { throw several(auth) }
    guard var settings = auth[property], settings.members != nil else {
      throw SAMFailure(
        .missingProperty, "`Auth` of type `\(text)` needs `\(property)`", at: auth.span)
    }
    if !isFirst, text == "AMAZON_COGNITO_USER_POOLS" { settings["DefaultAction"] = nil }
    return (type, name, settings)
  }

  private func several(_ auth: Tree) -> SAMFailure {
    SAMFailure("`Auth` of `\(id)` is configured in more than one way", at: auth.span)
  }

  /// Everything is logged unless the template says otherwise.
  private func log(_ api: inout GeneratedResource) {
    let logging = declaration["Logging"]
    guard logging?.bool != false else { return }
    var config = Tree.emptyObject
    if let verbose = logging?["ExcludeVerboseContent"], verbose.isTruthy {
      config["ExcludeVerboseContent"] = verbose
    }
    config["FieldLogLevel"] = logging?["FieldLogLevel"] ?? "ALL"
    if let role = logging?["CloudWatchLogsRoleArn"], role.isTruthy {
      config["CloudWatchLogsRoleArn"] = role
    } else {
      var role = self.role(id + "CloudWatchRole", at: declaration.span)
      role["ManagedPolicyArns"] = [
        .sub(
          "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs")
      ]
      add(role)
      config["CloudWatchLogsRoleArn"] = role.arn
    }
    api["LogConfig"] = config
  }

  /// A role that AppSync takes.
  func role(_ id: String, at span: SourceSpan?) -> GeneratedResource {
    var role = resource(id, "AWS::IAM::Role", at: span)
    role["AssumeRolePolicyDocument"] = PolicyDocument.assumedBy("appsync.amazonaws.com")
    return role
  }

  private func addSchema() throws(SAMFailure) {
    let inline = truthy("SchemaInline")
    let uri = truthy("SchemaUri")
    guard (inline == nil) != (uri == nil) else {
      throw declaration.misspelt("SchemaUri", known: Self.known)
        ?? declaration.misspelt("SchemaInline", known: Self.known)
        ?? SAMFailure(
          .missingProperty, "`\(id)` needs either `SchemaInline` or `SchemaUri`",
          at: declaration.span)
    }
    var schema = resource(
      schemaID, "AWS::AppSync::GraphQLSchema", at: inline?.span ?? uri?.span ?? declaration.span)
    schema["ApiId"] = apiID
    schema["Definition"] = inline
    schema["DefinitionS3Location"] = uri
    add(schema)
  }

  private func addKeys() throws(SAMFailure) {
    let known = ["ApiKeyId", "Description", "ExpiresOn"]
    for member in try entries(declaration["ApiKeys"], "`ApiKeys`", known: known) {
      var key = resource(id + member.key, "AWS::AppSync::ApiKey", at: member.keySpan)
      key["ApiId"] = apiID
      for name in ["ApiKeyId", "Description"] { key[name] = member.value[name] }
      key["Expires"] = member.value["ExpiresOn"]
      add(key)
    }
  }

  private func addCache() throws(SAMFailure) {
    guard let settings = try declaration.object("Cache"), settings.isTruthy else { return }
    let required = ["ApiCachingBehavior", "Type", "Ttl"]
    let known = required + ["AtRestEncryptionEnabled", "TransitEncryptionEnabled"]
    try check(settings, "`Cache`", known: known, at: declaration.span(of: "Cache"))
    try require(required, of: settings, "`Cache`")
    var cache = resource(
      id + "ApiCache", "AWS::AppSync::ApiCache", at: declaration.span(of: "Cache"))
    cache["ApiId"] = apiID
    for name in known { cache[name] = settings[name] }
    add(cache)
  }

  private func addDomain() throws(SAMFailure) {
    guard let settings = try declaration.object("DomainName"), settings.isTruthy else { return }
    let span = declaration.span(of: "DomainName")
    let known = ["CertificateArn", "DomainName", "Description"]
    try check(settings, "`DomainName`", known: known, at: span)
    try require(["CertificateArn", "DomainName"], of: settings, "`DomainName`")
    var domain = resource(id + "DomainName", "AWS::AppSync::DomainName", at: span)
    for name in known { domain[name] = settings[name] }
    add(domain)
    var association = resource(
      id + "DomainNameApiAssociation", "AWS::AppSync::DomainNameApiAssociation", at: span)
    association["ApiId"] = apiID
    association["DomainName"] = domain.reference
    add(association)
  }

  func require(_ names: [String], of tree: Tree, _ what: String) throws(SAMFailure) {
    for name in names where tree[name] == nil {
      throw SAMFailure(.missingProperty, "\(what) of `\(id)` has no `\(name)`", at: tree.span)
    }
  }
}
