import Diagnostics

/// `AWS::Serverless::Connector`: the policies and permissions that let one resource use another.
struct ConnectorExpander {
  private let declaration: Declaration
  private let expansion: Expansion
  private let id: String

  init(_ declaration: Declaration, _ expansion: Expansion) {
    self.declaration = declaration
    self.expansion = expansion
    id = declaration.id
  }

  func expand() throws(SAMFailure) -> [GeneratedResource] {
    expansion.check(declaration, known: ["Source", "Destination", "Permissions"])
    for name in ["Source", "Destination", "Permissions"] where declaration[name] == nil {
      throw SAMFailure(
        .missingProperty, "the connector `\(id)` has no `\(name)`", at: declaration.span)
    }
    let source = declaration["Source"] ?? .emptyObject
    let destinations = declaration["Destination"] ?? .emptyObject
    let permissions = declaration["Permissions"]?.elements?.compactMap(\.string) ?? []
    guard !permissions.isEmpty, !destinations.asList.isEmpty else {
      throw SAMFailure(
        "`Permissions` of the connector `\(id)` must be a list with `Read`, `Write` or both",
        at: declaration.span(of: "Permissions"))
    }
    var generated: [GeneratedResource] = []
    for (index, destination) in destinations.asList.enumerated() {
      let to = try ConnectorEnd(destination, other: source, in: expansion.resources)
      let from = try ConnectorEnd(source, other: destination, in: expansion.resources)
      let suffix = destinations.elements == nil ? "" : "Destination\(index)"
      var resources = try connect(from, to, Set(permissions), suffix: suffix)
      note(from, to, on: &resources)
      generated += resources
    }
    expansion.connections.replace(id, by: generated.map(\.id), in: expansion.resources)
    return generated
  }

  private func connect(
    _ source: ConnectorEnd, _ destination: ConnectorEnd, _ permissions: Set<String>,
    suffix: String
  ) throws(SAMFailure) -> [GeneratedResource] {
    guard let profile = ConnectorProfile.find(source: source.type, destination: destination.type)
    else {
      throw SAMFailure(
        "SAM knows no connector from `\(source.type)` to `\(destination.type)`",
        at: declaration.span, hint: "grant what is needed with a policy")
    }
    try check(permissions, of: profile)
    let text = ConnectorText(source: source, destination: destination, at: declaration.span)
    switch profile.effect {
    case .rolePolicy(let isSource):
      return [
        try rolePolicy(profile, permissions, source, destination, isSource, text, suffix)
      ]
    case .topicPolicy, .queuePolicy:
      return [try resourcePolicy(profile, permissions, destination, text, suffix)]
    case .permission(let principal, let arn, let account):
      var permission = GeneratedResource(
        id + "WriteLambdaPermission" + suffix, "AWS::Lambda::Permission",
        ["Action": "lambda:InvokeFunction", "Principal": Tree(principal)],
        attributes: declaration.attributes, dependsOn: declaration.dependsOn, at: declaration.span)
      permission["FunctionName"] = try text.replaced("%{Destination.Arn}")
      permission["SourceArn"] = try text.replaced(arn)
      if let account { permission["SourceAccount"] = try text.replaced(account) }
      return [permission]
    }
  }

  private func check(_ permissions: Set<String>, of profile: ConnectorProfile) throws(SAMFailure) {
    let offered = profile.access.map(\.name)
    let span = declaration.span(of: "Permissions")
    for permission in permissions.sorted() where !offered.contains(permission) {
      throw SAMFailure(
        .invalidPropertyValue,
        "`\(permission)` can't be granted from `\(profile.source)` to `\(profile.destination)`",
        at: span, hint: "it offers \(offered.sorted().joined(separator: ", "))")
    }
    guard profile.combinations.isEmpty || profile.combinations.contains(permissions) else {
      let combinations = profile.combinations.map { $0.sorted().joined(separator: " + ") }
      throw SAMFailure(
        .invalidPropertyValue, "these permissions can't be granted without others", at: span,
        hint: "grant \(combinations.joined(separator: " or "))")
    }
  }

  private func rolePolicy(
    _ profile: ConnectorProfile, _ permissions: Set<String>, _ source: ConnectorEnd,
    _ destination: ConnectorEnd, _ isSource: Bool, _ text: ConnectorText, _ suffix: String
  ) throws(SAMFailure) -> GeneratedResource {
    guard let role = isSource ? source.roleName : destination.roleName else {
      throw SAMFailure(
        "the role of the connector's \(isSource ? "source" : "destination") is not known",
        at: declaration.span(of: isSource ? "Source" : "Destination"),
        hint: "give its `RoleName`, or let the template make the role")
    }
    var statements: [Tree] = []
    for (name, granted) in profile.access where permissions.contains(name) {
      for statement in granted { statements.append(try text.filled(statement)) }
    }
    let policy = GeneratedResource(
      id + "Policy" + suffix, "AWS::IAM::ManagedPolicy",
      [
        "PolicyDocument": ["Version": "2012-10-17", "Statement": Tree(statements)],
        "Roles": [role],
      ], attributes: declaration.attributes, dependsOn: declaration.dependsOn,
      at: declaration.span)
    makeWait(profile, for: policy.id, source, destination)
    return policy
  }

  private func resourcePolicy(
    _ profile: ConnectorProfile, _ permissions: Set<String>, _ destination: ConnectorEnd,
    _ text: ConnectorText, _ suffix: String
  ) throws(SAMFailure) -> GeneratedResource {
    let isQueue = destination.type == "AWS::SQS::Queue"
    var statements: [Tree] = []
    for (name, granted) in profile.access where permissions.contains(name) {
      for statement in granted { statements.append(try text.filled(statement)) }
    }
    guard let target = isQueue ? destination.values["Url"] : destination.values["Arn"] else {
      throw SAMFailure(
        .missingProperty, "the connector's destination needs `QueueUrl`",
        at: declaration.span(of: "Destination"))
    }
    return GeneratedResource(
      id + (isQueue ? "QueuePolicy" : "TopicPolicy") + suffix,
      isQueue ? "AWS::SQS::QueuePolicy" : "AWS::SNS::TopicPolicy",
      [
        isQueue ? "Queues" : "Topics": [target],
        "PolicyDocument": ["Version": "2012-10-17", "Statement": Tree(statements)],
      ], attributes: declaration.attributes, dependsOn: declaration.dependsOn,
      at: declaration.span)
  }

  // MARK: Order and metadata

  private func makeWait(
    _ profile: ConnectorProfile, for policy: String, _ source: ConnectorEnd,
    _ destination: ConnectorEnd
  ) {
    if profile.isAwaitedBySource, let id = source.id { addDependency(of: id, on: policy) }
    guard profile.isAwaitedByMapping, let from = source.id, let to = destination.id else { return }
    if let mapping = expansion.connections.mapping(from: from, to: to) {
      addDependency(of: mapping, on: policy)
    }
  }

  private func addDependency(of id: String, on policy: String) {
    expansion.connections.wait(id, for: policy, in: expansion.resources)
  }

  private func note(
    _ source: ConnectorEnd, _ destination: ConnectorEnd,
    on resources: inout [GeneratedResource]
  ) {
    func type(_ end: ConnectorEnd) -> Tree {
      ["Type": Tree(end.id.flatMap { expansion.originalTypes[$0] } ?? end.type)]
    }
    for index in resources.indices {
      var metadata = resources[index].attributes["Metadata"] ?? .emptyObject
      metadata["aws:sam:connectors"] = Tree(
        .object([
          Tree.Member(id, ["Source": type(source), "Destination": type(destination)])
        ]))
      resources[index].attributes["Metadata"] = metadata
    }
  }
}
