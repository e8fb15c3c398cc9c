import Diagnostics

/// A schedule of EventBridge Scheduler, with the role that it calls its target with.
struct Schedule {
  private(set) var resources: [GeneratedResource] = []

  private static let passedThrough = [
    "ScheduleExpression", "State", "Description", "StartDate", "EndDate",
    "ScheduleExpressionTimezone", "GroupName", "KmsKeyArn",
  ]

  init(_ event: EventDeclaration, target: EventTarget, isFunction: Bool) throws(SAMFailure) {
    try event.check(
      known: Self.passedThrough + [
        "PermissionsBoundary", "FlexibleTimeWindow", "Name", "Input", "RoleArn",
        "DeadLetterConfig", "RetryPolicy", "OmitName",
      ])
    var schedule = GeneratedResource(
      event.id, "AWS::Scheduler::Schedule", attributes: target.attributes, at: event.span)
    _ = try event.required("ScheduleExpression")
    for name in Self.passedThrough { schedule[name] = event[name] }
    schedule["FlexibleTimeWindow"] = event["FlexibleTimeWindow"] ?? ["Mode": "OFF"]
    if event["OmitName"]?.bool != true {
      schedule["Name"] = event["Name"] ?? Tree(event.id)
    } else if let name = event["Name"] {
      throw SAMFailure("`Name` can't be set with `OmitName: true`", at: name.span)
    }
    var entry: Tree = ["Arn": target.arn]
    for name in ["Input", "RetryPolicy"] { entry[name] = event[name] }
    var queueArn: Tree?
    if let config = event["DeadLetterConfig"] {
      let queue = try DeadLetterQueue(
        config, event: event, ruleArn: nil, attributes: target.attributes)
      queueArn = queue.arn
      entry["DeadLetterConfig"] = ["Arn": queue.arn]
      resources = queue.resources
    }
    if let role = event["RoleArn"], role.isTruthy {
      entry["RoleArn"] = role
    } else {
      let role = Self.role(event, target: target, isFunction: isFunction, queue: queueArn)
      entry["RoleArn"] = role.arn
      resources.append(role)
    }
    schedule["Target"] = entry
    resources.insert(schedule, at: 0)
  }

  private static func role(
    _ event: EventDeclaration, target: EventTarget, isFunction: Bool, queue: Tree?
  ) -> GeneratedResource {
    var policies =
      isFunction
      ? [PolicyDocument.destination("Lambda", target.arn, owner: event.id)]
      : [PolicyDocument.startExecution(target.arn, owner: event.id)]
    if let queue { policies.append(PolicyDocument.destination("SQS", queue, owner: event.id)) }
    var role = GeneratedResource(
      event.id + "Role", "AWS::IAM::Role",
      ["AssumeRolePolicyDocument": PolicyDocument.assumedBy("scheduler.amazonaws.com")],
      attributes: target.attributes, at: event.span)
    role["Policies"] = Tree(policies.compactMap { $0 })
    role["PermissionsBoundary"] = event["PermissionsBoundary"]
    return role
  }
}
