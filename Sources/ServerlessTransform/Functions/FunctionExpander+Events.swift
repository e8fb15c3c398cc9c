import Diagnostics

extension FunctionExpander {
  private static let eventTypes = [
    "S3", "SNS", "Schedule", "ScheduleV2", "CloudWatchEvent", "EventBridgeRule", "CloudWatchLogs",
    "Api", "HttpApi", "IoTRule", "AlexaSkill", "Cognito",
  ]

  /// Makes what the function's events need and grants the role what they read.
  func addEvents(
    function: GeneratedResource, alias: GeneratedResource?, role: inout ExecutionRole
  ) throws(SAMFailure) {
    let target = EventTarget(
      function: id, alias: alias, attributes: declaration.passedAttributes)
    let events = try EventDeclaration.read(declaration["Events"], owner: id, in: expansion)
    let sorted = events.enumerated().sorted {
      ($0.element.sortKey, $0.offset) < ($1.element.sortKey, $1.offset)
    }
    for (_, event) in sorted {
      do { try add(event, target: target, role: &role) } catch { expansion.report(error) }
    }
  }

  private func add(_ event: EventDeclaration, target: EventTarget, role: inout ExecutionRole)
    throws(SAMFailure)
  {
    switch event.type {
    case _ where PolledSource.types.contains(event.type):
      let source = try PolledSource(event, parameters: parameters)
      add(source.mapping(to: target))
      source.grant(&role)
    case "Schedule", "CloudWatchEvent", "EventBridgeRule":
      let rule = try EventRule(event, target: target, role: nil, suffix: "LambdaTarget")
      rule.resources.forEach(add)
      add(permission(event, target, "events.amazonaws.com", sourceArn: rule.rule.arn))
    case "ScheduleV2":
      try Schedule(event, target: target, isFunction: true).resources.forEach(add)
    case "S3": try addBucket(event, target)
    case "SNS": try addTopic(event, target, role: &role)
    case "CloudWatchLogs": try addLogs(event, target)
    case "Api": try addRestApi(event, target)
    case "HttpApi": try addHttpApi(event, target)
    case "IoTRule": try addTopicRule(event, target)
    case "AlexaSkill":
      try event.check(known: ["SkillId"])
      var skill = permission(event, target, "alexa-appkit.amazon.com")
      skill["EventSourceToken"] = event["SkillId"]
      add(skill)
    case "Cognito": try addUserPool(event, target)
    default:
      throw SAMFailure(
        "`\(event.type)` is not a type of event of a function", at: event.span,
        hint: Suggestion.didYouMean(
          event.type, among: Self.eventTypes + PolledSource.types.sorted()))
    }
  }

  /// The permission of a service to call the function.
  func permission(
    _ event: EventDeclaration, _ target: EventTarget, _ principal: String,
    sourceArn: Tree? = nil, suffix: String = "", prefix: String? = nil
  ) -> GeneratedResource {
    var permission = GeneratedResource(
      LogicalID.suffixed((prefix ?? event.id) + "Permission", suffix),
      "AWS::Lambda::Permission",
      ["Action": "lambda:InvokeFunction", "FunctionName": target.name],
      attributes: target.attributes,
      at: event.span)
    permission["Principal"] = Tree(principal)
    permission["SourceArn"] = sourceArn
    return permission
  }

  private func addLogs(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    try event.check(known: ["LogGroupName", "FilterPattern"])
    let group = try event.required("LogGroupName")
    let arn = Tree.sub(
      "arn:\(parameters.partition):logs:${AWS::Region}:${AWS::AccountId}:log-group:"
        + "${__LogGroupName__}:*", ["__LogGroupName__": group])
    let permission = permission(event, target, "logs.amazonaws.com", sourceArn: arn)
    add(permission)
    add(
      GeneratedResource(
        event.id, "AWS::Logs::SubscriptionFilter",
        [
          "DestinationArn": target.arn, "FilterPattern": try event.required("FilterPattern"),
          "LogGroupName": group,
        ], attributes: target.attributes, dependsOn: [Tree(permission.id)], at: event.span))
  }

  private func addTopicRule(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    try event.check(known: ["Sql", "AwsIotSqlVersion"])
    let arn = Tree.sub(
      "arn:\(parameters.partition):iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}",
      ["RuleName": .ref(event.id)])
    var permission = permission(event, target, "iot.amazonaws.com", sourceArn: arn)
    permission["SourceAccount"] = .sub("${AWS::AccountId}")
    add(permission)
    var payload: Tree = [
      "Sql": try event.required("Sql"), "RuleDisabled": false,
      "Actions": [["Lambda": ["FunctionArn": target.arn]]],
    ]
    payload["AwsIotSqlVersion"] = event["AwsIotSqlVersion"]
    add(
      GeneratedResource(
        event.id, "AWS::IoT::TopicRule", ["TopicRulePayload": payload],
        attributes: target.attributes, at: event.span))
  }

  private func addUserPool(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    try event.check(known: ["UserPool", "Trigger"])
    let pool = try event.required("UserPool")
    guard let poolID = pool["Ref"]?.string, let tree = expansion.resources[poolID] else {
      throw SAMFailure(
        "`UserPool` of the event `\(event.name)` must be `Ref` to a user pool of the template",
        at: pool.span)
    }
    add(
      permission(
        event, target, "cognito-idp.amazonaws.com", sourceArn: .getAtt(poolID, "Arn"),
        prefix: target.id + "Cognito"))
    for trigger in try event.required("Trigger").asList {
      let isNew = trigger.string.map {
        expansion.sources.setTrigger($0, of: poolID, tree, to: target.arn)
      }
      guard isNew == true else {
        throw SAMFailure(
          "the trigger `\(trigger.text ?? "?")` of `\(poolID)` is defined twice", at: trigger.span)
      }
    }
  }
}
