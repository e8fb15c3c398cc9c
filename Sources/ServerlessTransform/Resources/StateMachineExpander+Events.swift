import Diagnostics

extension StateMachineExpander {
  private static let eventTypes = [
    "Schedule", "ScheduleV2", "CloudWatchEvent", "EventBridgeRule", "Api",
  ]

  func addEvents(alias: GeneratedResource?) throws(SAMFailure) {
    let usesAlias = declaration["UseAliasAsEventTarget"]?.bool == true
    let target = EventTarget(
      stateMachine: (usesAlias ? alias?.id : nil) ?? id, attributes: declaration.passedAttributes)
    for event in try EventDeclaration.read(declaration["Events"], owner: id, in: expansion) {
      do { try add(event, target) } catch { expansion.report(error) }
    }
  }

  private func add(_ event: EventDeclaration, _ target: EventTarget) throws(SAMFailure) {
    switch event.type {
    case "Schedule", "CloudWatchEvent", "EventBridgeRule":
      var roleArn = event.type == "Schedule" ? event["RoleArn"] : nil
      if roleArn == nil {
        let role = eventRole(event, target, assumedBy: "events.amazonaws.com")
        add(role)
        roleArn = role.arn
      }
      let rule = try EventRule(
        event, target: target, role: roleArn, suffix: "StepFunctionsTarget")
      rule.resources.forEach(add)
    case "ScheduleV2":
      try Schedule(event, target: target, isFunction: false).resources.forEach(add)
    case "Api":
      let role = eventRole(event, target, assumedBy: "apigateway.amazonaws.com")
      add(role)
      try addRestApi(event, target, role: role)
    default:
      throw SAMFailure(
        "`\(event.type)` is not a type of event of a state machine", at: event.span,
        hint: Suggestion.didYouMean(event.type, among: Self.eventTypes))
    }
  }

  private func eventRole(
    _ event: EventDeclaration, _ target: EventTarget, assumedBy service: String
  ) -> GeneratedResource {
    var role = GeneratedResource(
      event.id + "Role", "AWS::IAM::Role",
      [
        "AssumeRolePolicyDocument": PolicyDocument.assumedBy(service),
        "Policies": [PolicyDocument.startExecution(target.arn, owner: event.id + "Role")],
      ], attributes: target.attributes, at: event.span)
    role["PermissionsBoundary"] = declaration["PermissionsBoundary"]
    return role
  }
}
