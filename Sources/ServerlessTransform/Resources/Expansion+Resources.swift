import Diagnostics

/// The SAM resources that become one plain resource.
extension Expansion {
  func simpleTable(_ declaration: Declaration) throws(SAMFailure) -> [GeneratedResource] {
    check(
      declaration,
      known: [
        "PointInTimeRecoverySpecification", "PrimaryKey", "ProvisionedThroughput", "TableName",
        "Tags", "SSESpecification",
      ])
    let types = ["String": "S", "Number": "N", "Binary": "B"]
    var name: Tree = "id"
    var type: Tree = "S"
    if let key = try declaration.object("PrimaryKey"), key.isTruthy {
      guard let keyName = key["Name"], let keyType = key["Type"] else {
        throw SAMFailure(
          .missingProperty, "`PrimaryKey` of `\(declaration.id)` needs `Name` and `Type`",
          at: declaration.span(of: "PrimaryKey"))
      }
      guard let letter = keyType.string.flatMap({ types[$0] }) else {
        throw SAMFailure(
          .invalidPropertyValue, "`\(keyType.text ?? "this")` is not a type of key",
          at: keyType.span, hint: "the types are String, Number and Binary")
      }
      name = keyName
      type = Tree(letter).placed(at: keyType.span)
    }
    var table = GeneratedResource(
      declaration.id, "AWS::DynamoDB::Table", attributes: declaration.attributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    table["AttributeDefinitions"] = [["AttributeName": name, "AttributeType": type]]
    table["KeySchema"] = [["AttributeName": name, "KeyType": "HASH"]]
    if let throughput = declaration["ProvisionedThroughput"], throughput.isTruthy {
      table["ProvisionedThroughput"] = throughput
    } else {
      table["BillingMode"] = "PAY_PER_REQUEST"
    }
    for name in ["PointInTimeRecoverySpecification", "SSESpecification", "TableName"] {
      if let value = declaration[name], value.isTruthy { table[name] = value }
    }
    let tags = TagList.make(try declaration.object("Tags"))
    if !tags.isEmpty { table["Tags"] = Tree(tags) }
    return [table]
  }

  func application(_ declaration: Declaration) throws(SAMFailure) -> [GeneratedResource] {
    let known: Set = ["Location", "Parameters", "NotificationARNs", "Tags", "TimeoutInMinutes"]
    check(declaration, known: known)
    guard var location = declaration["Location"] else {
      throw declaration.missing("Location", known: known)
    }
    var published: [Tree] = []
    if location.members != nil, !location.isIntrinsic {
      let application = try PublishedApplication(location, of: declaration.id, in: self)
      published = application.tags
      location = application.address
    }
    var stack = GeneratedResource(
      declaration.id, "AWS::CloudFormation::Stack", attributes: declaration.passedAttributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    for name in ["Parameters", "NotificationARNs", "TimeoutInMinutes"] {
      stack[name] = declaration[name]
    }
    stack["Tags"] = Tree(
      [["Key": "lambda:createdBy", "Value": "SAM"]] + published
        + TagList.make(try declaration.object("Tags")))
    stack["TemplateURL"] = location
    return [stack]
  }

  func layerVersion(_ declaration: Declaration) throws(SAMFailure) -> [GeneratedResource] {
    let known: Set = [
      "LayerName", "Description", "PublishLambdaVersion", "ContentUri", "CompatibleArchitectures",
      "CompatibleRuntimes", "LicenseInfo", "RetentionPolicy",
    ]
    check(declaration, known: known)
    guard let content = declaration["ContentUri"], content.isTruthy else {
      throw declaration.missing("ContentUri", known: known)
    }
    var properties = declaration.properties
    for name in ["LayerName", "Description", "LicenseInfo", "RetentionPolicy"] {
      properties[name] = parameters.resolve(declaration[name])
    }
    try check(architectures: declaration["CompatibleArchitectures"])
    var attributes = declaration.passedAttributes
    if attributes["DeletionPolicy"] == nil { attributes["DeletionPolicy"] = "Retain" }
    if let policy = properties["RetentionPolicy"] {
      attributes["DeletionPolicy"] = try retention(policy)
    }
    let id = layerID(declaration, properties)
    if id != declaration.id { renamed[declaration.id] = id }
    var layer = GeneratedResource(
      id, "AWS::Lambda::LayerVersion", attributes: attributes, dependsOn: declaration.dependsOn,
      at: declaration.span)
    layer["Content"] = try CodeLocation.read(content, property: "ContentUri", owner: declaration.id)
    layer["LayerName"] = properties["LayerName"] ?? Tree(declaration.id)
    for name in ["Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo"] {
      layer[name] = properties[name]
    }
    return [layer]
  }

  /// A layer version never changes, so that its id has a hash of all that it is made of.
  private func layerID(_ declaration: Declaration, _ properties: Tree) -> String {
    var properties = properties
    if let path = properties["ContentUri"]?.string, contentHashes[path] != nil {
      properties["ContentUri"] = content(at: path)
    }
    var hashed: Tree = ["Type": Tree(declaration.type), "Properties": properties]
    if let depends = declaration.dependsOn, depends.isTruthy { hashed["DependsOn"] = depends }
    for name in ["UpdatePolicy", "Condition"] { hashed[name] = declaration.tree[name] }
    let whole = Tree(.object([Tree.Member(declaration.id, hashed)]))
    return LogicalID.hashed(declaration.id, whole)
  }

  private func retention(_ policy: Tree) throws(SAMFailure) -> Tree {
    for option in ["Retain", "Delete"] where policy.string?.lowercased() == option.lowercased() {
      return Tree(option).placed(at: policy.span)
    }
    throw SAMFailure(
      .invalidPropertyValue, "`RetentionPolicy` is `Retain` or `Delete`", at: policy.span)
  }

  private func check(architectures: Tree?) throws(SAMFailure) {
    for architecture in architectures?.elements ?? [] {
      guard let name = architecture.string, name != "arm64", name != "x86_64" else { continue }
      throw SAMFailure(
        .invalidPropertyValue, "`\(name)` is not an architecture", at: architecture.span,
        hint: "the architectures are x86_64 and arm64")
    }
  }
}
