import Diagnostics

extension FunctionExpander {
  /// The configurations that CodeDeploy has for functions, by the names that SAM gives them.
  private static let configurations: Set<String> = [
    "Canary10Percent5Minutes", "Canary10Percent10Minutes", "Canary10Percent15Minutes",
    "Canary10Percent30Minutes", "Linear10PercentEvery1Minute", "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes", "Linear10PercentEvery10Minutes", "AllAtOnce",
  ]

  private static let preferences = [
    "Enabled", "Type", "Hooks", "Alarms", "Role", "TriggerConfigurations", "PassthroughCondition",
  ]

  /// `DeploymentPreference`: the deployment group that moves the alias, and the alias's
  /// `UpdatePolicy`. Nil where the alias is moved at once.
  func gradualDeployment() throws(SAMFailure) -> Tree? {
    guard let preference = try declaration.object("DeploymentPreference"), preference.isTruthy
    else { return nil }
    let enabled = resolved(preference["Enabled"]) ?? true
    guard enabled.isTruthy, !["false", "False"].contains(enabled.string) else { return nil }
    for member in preference.members ?? [] where !Self.preferences.contains(member.key) {
      expansion.report(
        SAMFailure(
          .unknownProperty,
          "`\(member.key)` is not part of `DeploymentPreference`, and the transform drops it",
          at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: Self.preferences)
        ).asWarning)
    }
    guard let type = resolved(preference["Type"]) else {
      throw SAMFailure(
        .missingProperty, "`DeploymentPreference` of `\(id)` has no `Type`",
        at: declaration.span(of: "DeploymentPreference"),
        hint: "give `AllAtOnce`, `Canary10Percent5Minutes`, `Linear10PercentEvery1Minute`, …")
    }
    guard declaration["AutoPublishAlias"]?.isTruthy == true else {
      throw SAMFailure(
        .missingProperty, "`DeploymentPreference` of `\(id)` needs `AutoPublishAlias`",
        at: declaration.span(of: "DeploymentPreference"))
    }
    let hooks = preference["Hooks"] ?? .emptyObject
    guard hooks.members != nil else {
      throw SAMFailure(
        "`Hooks` of `DeploymentPreference` must be an object, this is \(hooks.shape)",
        at: hooks.span)
    }
    let group = try deploymentGroup(preference, type: type)
    expansion.deployments.add(
      group, role: preference["Role"].flatMap { $0.isTruthy ? $0 : nil }, tags: passedTags)
    return updatePolicy(group, hooks)
  }

  private var passedTags: Tree? {
    guard declaration["PropagateTags"]?.isTruthy == true, let tags = declaration["Tags"],
      tags.isTruthy
    else { return nil }
    return tags
  }

  private func resolved(_ tree: Tree?) -> Tree? {
    tree.map { expansion.resolveMappings(parameters.resolve($0)) }
  }

  private func deploymentGroup(_ preference: Tree, type: Tree) throws(SAMFailure)
    -> GeneratedResource
  {
    var attributes = Tree.emptyObject
    if try passesCondition(preference) { attributes["Condition"] = declaration.tree["Condition"] }
    var group = GeneratedResource(
      id + "DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup",
      [
        "ApplicationName": .ref(GradualDeployments.applicationID),
        "AutoRollbackConfiguration": [
          "Enabled": true,
          "Events": [
            "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST",
          ],
        ],
        "DeploymentConfigName": Self.configuration(type),
        "DeploymentStyle": [
          "DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL",
        ],
      ], attributes: attributes, at: declaration.span(of: "DeploymentPreference"))
    group["AlarmConfiguration"] = try alarms(preference["Alarms"])
    if let triggers = preference["TriggerConfigurations"], triggers.isTruthy {
      group["TriggerConfigurations"] = triggers
    }
    return group
  }

  /// True where the group is made under the function's condition alone.
  private func passesCondition(_ preference: Tree) throws(SAMFailure) -> Bool {
    guard let written = resolved(preference["PassthroughCondition"]) else { return false }
    switch written.text {
    case "true", "True": return true
    case "false", "False": return false
    default:
      throw SAMFailure(
        .wrongPropertyType,
        "`PassthroughCondition` must be true or false, this is \(written.shape)", at: written.span)
    }
  }

  private func updatePolicy(_ group: GeneratedResource, _ hooks: Tree) -> Tree {
    var update: Tree = [
      "ApplicationName": .ref(GradualDeployments.applicationID),
      "DeploymentGroupName": group.reference,
    ]
    update["BeforeAllowTrafficHook"] = hooks["PreTraffic"]
    update["AfterAllowTrafficHook"] = hooks["PostTraffic"]
    return ["CodeDeployLambdaAliasUpdate": update]
  }

  /// The name of the configuration in place of SAM's own, inside of functions too.
  private static func configuration(_ type: Tree, in function: String? = nil) -> Tree {
    if let elements = type.elements {
      return Tree(.list(elements.map { configuration($0) }), span: type.span)
    }
    if type.isIntrinsic, let member = type.members?.first {
      let value = configuration(member.value, in: member.key)
      return Tree(
        .object([Tree.Member(member.key, value, keySpan: member.keySpan)]), span: type.span)
    }
    guard let name = type.string, configurations.contains(name) else { return type }
    let arguments: Tree = [
      "CodeDeployDefault.Lambda${ConfigName}", ["ConfigName": type],
    ]
    return function == "Fn::Sub" ? arguments : ["Fn::Sub": arguments]
  }

  // MARK: Alarms

  private func alarms(_ alarms: Tree?) throws(SAMFailure) -> Tree? {
    guard let alarms, alarms.isTruthy, !alarms.isNoValue else { return nil }
    guard let (condition, then, otherwise) = alarms.branches else {
      return try alarmConfiguration(alarms)
    }
    return .conditional(
      condition, try alarmConfiguration(then), try alarmConfiguration(otherwise))
  }

  private func alarmConfiguration(_ alarms: Tree) throws(SAMFailure) -> Tree {
    guard let elements = alarms.elements else {
      throw SAMFailure(
        "`Alarms` of `DeploymentPreference` must be a list, this is \(alarms.shape)",
        at: alarms.span)
    }
    guard let first = elements.first, !first.isNoValue else { return .emptyObject }
    return ["Enabled": true, "Alarms": Tree(elements.map { ["Name": $0] })]
  }
}
