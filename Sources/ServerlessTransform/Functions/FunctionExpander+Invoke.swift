import Diagnostics

extension FunctionExpander {
  /// `EventInvokeConfig`: where results of asynchronous invocations go. Returns what the role
  /// needs for it.
  func eventInvokeConfig(alias: GeneratedResource?) throws(SAMFailure) -> [Tree] {
    guard let written = try declaration.object("EventInvokeConfig") else { return [] }
    let config = parameters.resolve(written)
    var policies: [Tree] = []
    var destinations = Tree.emptyObject
    let configID = "\(id)EventInvokeConfig"
    for side in ["OnSuccess", "OnFailure"] {
      guard let destination = config.at("DestinationConfig", side) else { continue }
      let (arn, policy) = try invokeDestination(
        destination, side: side, owner: configID)
      destinations[side] = ["Destination": arn]
      if let policy { policies.append(policy) }
    }
    var resource = GeneratedResource(
      configID, "AWS::Lambda::EventInvokeConfig", attributes: declaration.attributes,
      dependsOn: alias.map { [Tree($0.id)] }, at: declaration.span(of: "EventInvokeConfig"))
    resource["DestinationConfig"] = destinations
    resource["FunctionName"] = .ref(id)
    resource["MaximumEventAgeInSeconds"] = config["MaximumEventAgeInSeconds"]
    resource["MaximumRetryAttempts"] = config["MaximumRetryAttempts"]
    resource["Qualifier"] = alias?["Name"] ?? "$LATEST"
    add(resource)
    return policies
  }

  /// One destination: the given one, or a queue or topic made for it.
  private func invokeDestination(_ destination: Tree, side: String, owner: String)
    throws(SAMFailure) -> (arn: Tree, policy: Tree?)
  {
    let types = ["SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"]
    guard let type = destination["Type"]?.string, types.contains(type) else {
      throw SAMFailure(
        .invalidPropertyValue, "`\(side)` of `\(id)` needs a `Type`",
        at: destination["Type"]?.span ?? destination.span,
        hint: "the types are \(types.joined(separator: ", "))")
    }
    let given = destination["Destination"]
    let optional = given.flatMap { optionalDestination($0, owner: owner) }
    guard given == nil || optional != nil else {
      let arn = given ?? .noValue
      return (arn, PolicyDocument.destination(type, arn, owner: owner + side))
    }
    guard type == "SQS" || type == "SNS" else {
      throw SAMFailure(
        .missingProperty, "`\(side)` of `\(id)` needs a `Destination`", at: destination.span,
        hint: "only queues and topics are made where none is given")
    }
    var attributes = declaration.passedAttributes
    if let condition = combined(declaration.condition, optional?.condition) {
      attributes["Condition"] = Tree(condition)
    }
    let made = GeneratedResource(
      owner + side + (type == "SQS" ? "Queue" : "Topic"),
      type == "SQS" ? "AWS::SQS::Queue" : "AWS::SNS::Topic", attributes: attributes,
      at: destination.span)
    add(made)
    let madeArn = type == "SQS" ? made.arn : made.reference
    let arn = optional.map { .conditional($0.condition, madeArn, $0.arn) } ?? madeArn
    return (arn, PolicyDocument.destination(type, arn, owner: owner + side))
  }

  /// `Fn::If` with one branch that gives nothing: the condition under which a destination must be
  /// made, and the one used otherwise.
  private func optionalDestination(_ destination: Tree, owner: String)
    -> (condition: String, arn: Tree)?
  {
    guard let (condition, then, otherwise) = destination.branches else { return nil }
    if then.isNoValue, !otherwise.isNoValue { return (condition, otherwise) }
    guard otherwise.isNoValue, !then.isNoValue else { return nil }
    let name = conditionName("NOT" + condition, hashing: owner)
    expansion.conditions[name] = ["Fn::Not": [.isCondition(condition)]]
    return (name, then)
  }

  private func combined(_ first: String?, _ second: String?) -> String? {
    guard let first, let second else { return first ?? second }
    let name = conditionName(first + "AND" + second, hashing: id)
    expansion.conditions[name] = ["Fn::And": [.isCondition(first), .isCondition(second)]]
    return name
  }

  private func conditionName(_ name: String, hashing text: String) -> String {
    name + LogicalID.digest(text)
  }
}
