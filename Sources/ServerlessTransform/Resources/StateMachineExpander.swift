import Diagnostics

/// `AWS::Serverless::StateMachine`: a state machine, its role, version and alias, and what its
/// events need.
final class StateMachineExpander {
  let declaration: Declaration
  let expansion: Expansion
  let id: String
  private(set) var generated: [GeneratedResource] = []

  private static let known: Set<String> = [
    "Definition", "DefinitionUri", "Logging", "Role", "RolePath", "DefinitionSubstitutions",
    "Events", "Name", "Type", "Tags", "PropagateTags", "Policies", "Tracing",
    "PermissionsBoundary", "AutoPublishAlias", "DeploymentPreference", "UseAliasAsEventTarget",
  ]

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
  }

  func add(_ resource: GeneratedResource) { generated.append(resource) }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: Self.known)
    var machine = GeneratedResource(
      id, "AWS::StepFunctions::StateMachine", attributes: declaration.attributes,
      dependsOn: declaration.dependsOn, at: declaration.span)
    try define(&machine)
    machine["StateMachineName"] = declaration["Name"]
    machine["StateMachineType"] = declaration["Type"]
    machine["LoggingConfiguration"] = declaration["Logging"]
    machine["TracingConfiguration"] = declaration["Tracing"]
    machine["Tags"] = try tags()
    if let role = declaration["Role"], role.isTruthy {
      if let policies = declaration["Policies"], policies.isTruthy {
        throw SAMFailure(
          "`\(id)` has both `Role` and `Policies`", at: declaration.span(of: "Policies"),
          hint: "give one of them: policies go to a role that is made")
      }
      machine["RoleArn"] = role
    } else {
      let role = try executionRole()
      machine["RoleArn"] = role.arn
      add(role)
    }
    generated.insert(machine, at: 0)
    let alias = try versionAndAlias()
    try addEvents(alias: alias)
    if declaration["PropagateTags"]?.isTruthy == true, declaration["Tags"]?.isTruthy == true {
      for index in generated.indices where generated[index].takesTags {
        generated[index]["Tags"] = Tree(TagList.make(declaration["Tags"]))
      }
    }
    return generated
  }

  private func tags() throws(SAMFailure) -> Tree {
    Tree(
      [["Key": "stateMachine:createdBy", "Value": "SAM"]]
        + TagList.make(try declaration.object("Tags")))
  }

  private func executionRole() throws(SAMFailure) -> GeneratedResource {
    let partition = expansion.parameters.partition
    var entries = try PolicyEntry.read(declaration["Policies"], partition: partition)
    if declaration["Tracing"]?["Enabled"]?.bool == true {
      let name = FunctionExpander.tracingPolicy(partition: partition)
      entries.append(.managed(Tree(ManagedPolicy.arn(name, partition: partition))))
    }
    var role = ExecutionRole(
      of: id, assumedBy: PolicyDocument.assumedBy("states.amazonaws.com"), managed: [],
      policies: [], entries: entries, attributes: declaration.passedAttributes,
      at: declaration.span
    ).finished
    role["Path"] = declaration["RolePath"]
    role["PermissionsBoundary"] = declaration["PermissionsBoundary"]
    role["Tags"] = try tags()
    return role
  }

  // MARK: The definition

  private func define(_ machine: inout GeneratedResource) throws(SAMFailure) {
    machine["DefinitionSubstitutions"] = try declaration.object("DefinitionSubstitutions")
    let definition = try declaration.object("Definition")
    switch (definition, declaration["DefinitionUri"]) {
    case (.some, .some):
      throw SAMFailure(
        "`\(id)` has both `Definition` and `DefinitionUri`", at: declaration.span,
        hint: "give one of them")
    case (nil, nil):
      throw SAMFailure(
        .missingProperty, "`\(id)` has neither `Definition` nor `DefinitionUri`",
        at: declaration.span)
    case (nil, let uri?):
      let pointer = try CodeLocation.pointer(uri, property: "DefinitionUri", owner: id)
      machine["DefinitionS3Location"] = pointer ?? uri
    case (let definition?, nil):
      var substitutions = machine["DefinitionSubstitutions"] ?? .emptyObject
      let plain = DefinitionText.extract(from: definition, into: &substitutions)
      if substitutions.isTruthy { machine["DefinitionSubstitutions"] = substitutions }
      let lines = CanonicalJSON.indented(plain).split(separator: "\n").map { Tree(String($0)) }
      machine["DefinitionString"] = Tree(
        .object([Tree.Member("Fn::Join", ["\n", Tree(lines)])]), span: definition.span)
    }
  }

  // MARK: Version and alias

  private func versionAndAlias() throws(SAMFailure) -> GeneratedResource? {
    guard let name = declaration["AutoPublishAlias"], name.isTruthy else {
      for property in ["UseAliasAsEventTarget", "DeploymentPreference"]
      where declaration[property]?.isTruthy == true {
        throw SAMFailure(
          .missingProperty, "`\(property)` of `\(id)` needs `AutoPublishAlias`",
          at: declaration.span(of: property))
      }
      return nil
    }
    let resolved = expansion.answers == nil ? name : expansion.parameters.resolved(name)
    guard let text = resolved.string else {
      throw SAMFailure(
        "`AutoPublishAlias` of `\(id)` must be text", at: name.span,
        hint: name.isIntrinsic ? StaticAnswers.hint : nil)
    }
    var attributes = declaration.passedAttributes
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] where attributes[policy] == nil {
      attributes[policy] = "Retain"
    }
    let version = GeneratedResource(
      "\(id)Version", "AWS::StepFunctions::StateMachineVersion",
      [
        "StateMachineArn": .ref(id),
        "StateMachineRevisionId": .getAtt(id, "StateMachineRevisionId"),
      ], attributes: attributes, at: name.span)
    var preference = declaration["DeploymentPreference"] ?? ["Type": "ALL_AT_ONCE"]
    preference["StateMachineVersionArn"] = version.reference
    let alias = GeneratedResource(
      "\(id)Alias\(text)", "AWS::StepFunctions::StateMachineAlias",
      ["Name": name, "DeploymentPreference": preference],
      attributes: declaration.passedAttributes, at: name.span)
    add(version)
    add(alias)
    return alias
  }
}

/// The definition of a state machine as text, with what only deployment knows as substitutions.
private enum DefinitionText {
  /// Replaces intrinsics and dynamic references by placeholders, numbered in the order of the keys.
  static func extract(from definition: Tree, into substitutions: inout Tree) -> Tree {
    var count = 0
    return replace(in: definition, &count, &substitutions)
  }

  private static func replace(in tree: Tree, _ count: inout Int, _ substitutions: inout Tree)
    -> Tree
  {
    func child(_ tree: Tree, _ count: inout Int) -> Tree {
      guard tree.isIntrinsic || isDynamic(tree) else {
        return replace(in: tree, &count, &substitutions)
      }
      count += 1
      substitutions["definition_substitution_\(count)"] = tree
      return Tree("${definition_substitution_\(count)}")
    }
    var result = tree
    switch tree.content {
    case .scalar: break
    case .list(let elements):
      result.content = .list(elements.map { child($0, &count) })
    case .object(let members):
      let sorted = members.sorted {
        $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars)
      }
      result.content = .object(
        sorted.map { Tree.Member($0.key, child($0.value, &count), keySpan: $0.keySpan) })
    }
    return result
  }

  private static func isDynamic(_ tree: Tree) -> Bool {
    tree.string.map { $0.contains("{{resolve:") && $0.contains("}}") } ?? false
  }
}
