import Diagnostics

/// Data sources of an API of AppSync, and its resolvers.
extension GraphQLExpander {
  func addSources() throws(SAMFailure) {
    guard let sources = try declaration.object("DataSources") else { return }
    try check(
      sources, "`DataSources`", known: ["DynamoDb", "Lambda"],
      at: declaration.span(of: "DataSources"))
    let common = ["ServiceRoleArn", "Name", "Description"]
    let tables = [
      "TableName", "TableArn", "Permissions", "Region", "DeltaSync", "UseCallerCredentials",
      "Versioned",
    ]
    for member in try entries(sources["DynamoDb"], "`DynamoDb`", known: common + tables) {
      try require(["TableName"], of: member.value, "`\(member.key)`")
      var source = source(member, "DynamoDB")
      source["DynamoDBConfig"] = tableSettings(member.value)
      try add(source, member) { name, from throws(SAMFailure) in
        try self.connect(
          name + "ToTableConnector", source: from,
          destination: [
            "Type": "AWS::DynamoDB::Table",
            "Arn": member.value["TableArn"] ?? Self.tableArn(member.value),
          ], permissions: member.value["Permissions"] ?? ["Read", "Write"])
      }
    }
    for member in try entries(sources["Lambda"], "`Lambda`", known: common + ["FunctionArn"]) {
      try require(["FunctionArn"], of: member.value, "`\(member.key)`")
      let function = member.value["FunctionArn"] ?? .noValue
      var source = source(member, "Lambda")
      source["LambdaConfig"] = ["LambdaFunctionArn": function]
      try add(source, member) { name, from throws(SAMFailure) in
        try self.connect(
          name + "ToLambdaConnector", source: from,
          destination: ["Type": "AWS::Lambda::Function", "Arn": function])
      }
    }
  }

  private func source(_ member: Tree.Member, _ kind: String) -> GeneratedResource {
    var source = resource(
      id + member.key + kind + "DataSource", "AWS::AppSync::DataSource", at: member.keySpan)
    source["ApiId"] = apiID
    source["Name"] = member.value["Name"] ?? Tree(member.key)
    source["Type"] = kind == "Lambda" ? "AWS_LAMBDA" : "AMAZON_DYNAMODB"
    source["Description"] = member.value["Description"]
    sourceNames[member.key] = .getAtt(source.id, "Name")
    return source
  }

  /// Adds a source with its role: the given one, or one that is made and connected.
  private func add(
    _ source: GeneratedResource, _ member: Tree.Member,
    connecting: (String, Tree) throws(SAMFailure) -> Void
  ) throws(SAMFailure) {
    var source = source
    if let given = member.value["ServiceRoleArn"], given.isTruthy {
      source["ServiceRoleArn"] = given
      add(source)
      return
    }
    let role = role(source.id + "Role", at: member.keySpan)
    source["ServiceRoleArn"] = role.arn
    add(source)
    add(role)
    try connecting(
      source.id,
      [
        "Type": "AWS::AppSync::DataSource", "Arn": .getAtt(source.id, "DataSourceArn"),
        "RoleName": role.reference,
      ])
  }

  private func tableSettings(_ table: Tree) -> Tree {
    var config: Tree = ["AwsRegion": table["Region"] ?? .ref("AWS::Region")]
    config["TableName"] = table["TableName"]
    for name in ["UseCallerCredentials", "Versioned"] {
      if let value = table[name], value.isTruthy { config[name] = value }
    }
    config["DeltaSyncConfig"] = table["DeltaSync"]
    return config
  }

  private static func tableArn(_ table: Tree) -> Tree {
    .sub(
      "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}",
      [
        "__TableName__": table["TableName"] ?? .noValue,
        "__Region__": table["Region"] ?? .ref("AWS::Region"),
      ])
  }

  // MARK: Functions

  func addFunctions() throws(SAMFailure) {
    let known = [
      "DataSource", "Runtime", "InlineCode", "CodeUri", "Description", "MaxBatchSize", "Name", "Id",
      "Sync",
    ]
    for member in try entries(declaration["Functions"], "`Functions`", known: known) {
      let function = member.value
      if let given = function["Id"], given.isTruthy {
        guard function.keys == ["Id"] else {
          throw SAMFailure("`Id` of `\(member.key)` stands alone", at: given.span)
        }
        functionIDs[member.key] = given
        continue
      }
      var made = resource(
        id + member.key, "AWS::AppSync::FunctionConfiguration", at: member.keySpan)
      made["ApiId"] = apiID
      made["Name"] = function["Name"] ?? Tree(member.key)
      guard try setCode(of: &made, member) else {
        throw SAMFailure(
          .missingProperty, "`\(member.key)` needs either `InlineCode` or `CodeUri`",
          at: member.keySpan)
      }
      made["DataSourceName"] = try sourceName(member)
      for name in ["MaxBatchSize", "Description"] { made[name] = function[name] }
      made["SyncConfig"] = function["Sync"]
      functionIDs[member.key] = .getAtt(made.id, "FunctionId")
      add(made)
    }
  }

  /// Sets code and runtime; false where there is no code.
  private func setCode(of resource: inout GeneratedResource, _ member: Tree.Member)
    throws(SAMFailure) -> Bool
  {
    let inline = member.value["InlineCode"].flatMap { $0.isTruthy ? $0 : nil }
    let uri = member.value["CodeUri"].flatMap { $0.isTruthy ? $0 : nil }
    if let inline, uri != nil {
      throw SAMFailure("`\(member.key)` has both `InlineCode` and `CodeUri`", at: inline.span)
    }
    guard inline != nil || uri != nil else { return false }
    resource["Code"] = inline
    resource["CodeS3Location"] = uri
    guard let runtime = member.value["Runtime"], let name = runtime["Name"],
      let version = runtime["Version"]
    else {
      throw SAMFailure(
        .missingProperty, "`\(member.key)` needs a `Runtime` with `Name` and `Version`",
        at: member.keySpan)
    }
    resource["Runtime"] = ["Name": name, "RuntimeVersion": version]
    return true
  }

  private func sourceName(_ member: Tree.Member) throws(SAMFailure) -> Tree {
    guard let source = member.value["DataSource"], source.isTruthy else {
      throw SAMFailure(
        .missingProperty, "`\(member.key)` has no `DataSource`", at: member.keySpan)
    }
    guard let name = source.string else { return source }
    if name.lowercased() == "none" { return emptySource() }
    guard let known = sourceNames[name] else {
      throw SAMFailure(
        .unknownReference, "`\(id)` has no data source `\(name)`", at: source.span,
        hint: Suggestion.didYouMean(name, among: sourceNames.keys.sorted())
          ?? "name one of `DataSources`, or give the name of another by a function")
    }
    return known
  }

  /// The source that gives nothing, made once.
  private func emptySource() -> Tree {
    let name = id + "NoneDataSource"
    if !generated.contains(where: { $0.id == name }) {
      var source = resource(name, "AWS::AppSync::DataSource", at: declaration.span)
      source["ApiId"] = apiID
      source["Name"] = Tree(name)
      source["Type"] = "NONE"
      add(source)
    }
    return .getAtt(name, "Name")
  }

  // MARK: Resolvers

  /// The code of a resolver that has none of its own: it gives what the last function gave.
  private static let passingCode = """

    export function request(ctx) {
        return {};
    }

    export function response(ctx) {
        return ctx.prev.result;
    }

    """

  func addResolvers() throws(SAMFailure) {
    guard let types = try declaration.object("Resolvers") else { return }
    let known = [
      "FieldName", "Caching", "InlineCode", "CodeUri", "MaxBatchSize", "Pipeline", "Runtime",
      "Sync",
    ]
    for type in types.members ?? [] {
      for member in try entries(type.value, "`\(type.key)`", known: known) {
        try addResolver(member, of: type)
      }
    }
  }

  private func addResolver(_ member: Tree.Member, of type: Tree.Member) throws(SAMFailure) {
    let settings = member.value
    var resolver = resource(
      id + type.key + member.key, "AWS::AppSync::Resolver", at: member.keySpan)
    resolver.dependsOn = [Tree(schemaID)]
    if try setCode(of: &resolver, member) == false {
      resolver["Code"] = Tree(Self.passingCode)
      resolver["Runtime"] = ["Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"]
    }
    resolver["ApiId"] = apiID
    resolver["FieldName"] = settings["FieldName"] ?? Tree(member.key)
    resolver["TypeName"] = Tree(type.key)
    guard let pipeline = settings["Pipeline"]?.elements, !pipeline.isEmpty else {
      throw SAMFailure(
        .missingProperty, "the resolver `\(member.key)` has no `Pipeline`", at: member.keySpan,
        hint: "name the functions that it runs; others are made with `AWS::AppSync::Resolver`")
    }
    var functions: [Tree] = []
    for function in pipeline {
      guard let known = function.string.flatMap({ functionIDs[$0] }) else {
        throw SAMFailure(
          .unknownReference, "`\(id)` has no function `\(function.text ?? "?")`",
          at: function.span,
          hint: Suggestion.didYouMean(function.text ?? "", among: functionIDs.keys.sorted()))
      }
      functions.append(known)
    }
    resolver["Kind"] = "PIPELINE"
    resolver["PipelineConfig"] = ["Functions": Tree(functions)]
    resolver["CachingConfig"] = settings["Caching"]
    if let sync = settings["Sync"] {
      expansion.report(
        SAMFailure(
          .unsupportedProperty, "the transform drops `Sync` of resolvers", at: sync.span,
          hint: "set it on the functions of the pipeline"
        ).asWarning)
    }
    if let size = settings["MaxBatchSize"], size.isTruthy { resolver["MaxBatchSize"] = size }
    add(resolver)
  }
}
