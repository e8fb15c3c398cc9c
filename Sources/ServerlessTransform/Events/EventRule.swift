import Diagnostics

/// A rule of EventBridge with one target, and its dead letter queue where one is to be made.
struct EventRule {
  private(set) var rule: GeneratedResource
  private(set) var resources: [GeneratedResource] = []

  /// - Parameters:
  ///   - role: the role that the rule starts a state machine with; nil for functions.
  ///   - suffix: ends the target's id.
  init(_ event: EventDeclaration, target: EventTarget, role: Tree?, suffix: String)
    throws(SAMFailure)
  {
    rule = GeneratedResource(
      event.id, "AWS::Events::Rule", attributes: target.attributes, at: event.span)
    if event.type == "Schedule" {
      try readSchedule(event, isStateMachine: role != nil)
    } else {
      try readPattern(event, isStateMachine: role != nil)
    }
    try readState(event)
    var entry: Tree = ["Arn": target.arn]
    let limit = 64 - suffix.count
    let ownID = event.type == "Schedule" && role == nil ? nil : event.properties.at("Target", "Id")
    entry["Id"] = ownID ?? Tree(String(event.id.prefix(limit)) + suffix)
    entry["RoleArn"] = role
    for name in ["Input", "InputPath", "InputTransformer", "RetryPolicy"] {
      entry[name] = event[name]
    }
    if let config = event["DeadLetterConfig"] {
      let queue = try DeadLetterQueue(
        config, event: event, ruleArn: rule.arn, attributes: target.attributes)
      entry["DeadLetterConfig"] = ["Arn": queue.arn]
      resources = queue.resources
    }
    rule["Targets"] = [entry]
    resources.insert(rule, at: 0)
  }

  private mutating func readSchedule(_ event: EventDeclaration, isStateMachine: Bool)
    throws(SAMFailure)
  {
    var known = [
      "Schedule", "Input", "Enabled", "State", "Name", "Description", "DeadLetterConfig",
      "RetryPolicy",
    ]
    known += isStateMachine ? ["Target", "RoleArn"] : ["RuleName"]
    try event.check(known: known)
    rule["ScheduleExpression"] = try event.required("Schedule")
    rule["Name"] = event["Name"]
    rule["Description"] = event["Description"]
  }

  private mutating func readPattern(_ event: EventDeclaration, isStateMachine: Bool)
    throws(SAMFailure)
  {
    try event.check(
      known: [
        "EventBusName", "RuleName", "Pattern", "DeadLetterConfig", "RetryPolicy", "Input",
        "InputPath", "Target", "State", "InputTransformer",
      ] + (isStateMachine ? [] : ["Enabled"]))
    rule["EventBusName"] = event["EventBusName"]
    rule["EventPattern"] = event["Pattern"]
    rule["Name"] = event["RuleName"]
  }

  private mutating func readState(_ event: EventDeclaration) throws(SAMFailure) {
    let enabled = event["Enabled"]
    if let state = event["State"], state.isTruthy {
      guard enabled == nil else {
        throw SAMFailure(
          "`State` and `Enabled` of the event `\(event.name)` can't both be set",
          at: event.span(of: "State"))
      }
      rule["State"] = state
    }
    if let enabled {
      rule["State"] = Tree(enabled.isTruthy ? "ENABLED" : "DISABLED").placed(at: enabled.span)
    }
  }
}

/// The queue for events that could not be delivered.
struct DeadLetterQueue {
  let arn: Tree
  private(set) var resources: [GeneratedResource] = []

  /// - Parameter ruleArn: the rule that may send to a queue that is made; nil where the sender has
  ///   a role.
  init(_ config: Tree, event: EventDeclaration, ruleArn: Tree?, attributes: Tree)
    throws(SAMFailure)
  {
    let given = config["Arn"]
    switch (given, config["Type"]) {
    case (nil, nil), (.some, .some):
      throw SAMFailure(
        "`DeadLetterConfig` of the event `\(event.name)` needs either `Arn` or `Type: SQS`",
        at: event.span(of: "DeadLetterConfig"))
    case (nil, let type?) where type.string != "SQS":
      throw SAMFailure(
        .invalidPropertyValue, "the `Type` of a `DeadLetterConfig` is `SQS`", at: type.span)
    default: break
    }
    if let given {
      arn = given
      return
    }
    let name = config["QueueLogicalId"]
    guard name == nil || name?.string != nil else {
      throw SAMFailure("`QueueLogicalId` must be text", at: name?.span)
    }
    let queue = GeneratedResource(
      name?.string ?? event.id + "Queue", "AWS::SQS::Queue", attributes: attributes,
      at: event.span(of: "DeadLetterConfig"))
    arn = queue.arn
    resources = [queue]
    guard let ruleArn else { return }
    let statement: Tree = [
      "Action": "sqs:SendMessage", "Effect": "Allow",
      "Principal": ["Service": "events.amazonaws.com"], "Resource": queue.arn,
      "Condition": ["ArnEquals": ["aws:SourceArn": ruleArn]],
    ]
    resources.append(
      GeneratedResource(
        event.id + "QueuePolicy", "AWS::SQS::QueuePolicy",
        [
          "PolicyDocument": ["Version": "2012-10-17", "Statement": [statement]],
          "Queues": [queue.reference],
        ], attributes: attributes, at: queue.span))
  }
}
