import Diagnostics

/// Additions to a shared usage plan by the APIs so far.
struct SharedUsagePlan {
  var apis: [Tree] = []
  var apiStages: [Tree] = []
  var stageKeys: [Tree] = []
  private var attributes: [String: String] = [:]
  private var conditions: Set<String> = []
  private var isUnconditional = false

  static let conditionName = "SharedUsagePlanCondition"

  /// Takes an API's attributes in; gives those of the shared resources. The plan is kept if one
  /// API asks for it, and made if one of the conditions holds.
  mutating func combine(_ new: Tree, into conditions: inout TreeTable) -> Tree {
    for name in ["DeletionPolicy", "UpdateReplacePolicy"] {
      guard let policy = new[name]?.string else { continue }
      if attributes[name] == nil || policy == "Retain"
        || (policy == "Snapshot" && attributes[name] == "Delete")
      {
        attributes[name] = policy
      }
    }
    if let condition = new["Condition"]?.string {
      self.conditions.insert(condition)
    } else {
      isUnconditional = true
    }
    var result = Tree.emptyObject
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { result[name] = Tree(value) }
    if isUnconditional {
      conditions[Self.conditionName] = nil
    } else {
      result["Condition"] = Tree(Self.conditionName)
      let names = self.conditions.sorted()
      conditions[Self.conditionName] =
        names.count == 1
        ? .isCondition(names[0]) : ["Fn::Or": Tree(names.map { .isCondition($0) })]
    }
    return result
  }
}

extension RestApiExpander {
  private static let planProperties = ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"]

  /// The usage plan, its key and what ties them together.
  func usagePlan(stage: GeneratedResource) throws(SAMFailure) -> [GeneratedResource] {
    guard let plan = auth["UsagePlan"] else { return [] }
    let known = Self.planProperties + ["CreateUsagePlan"]
    for member in plan.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `UsagePlan`", at: member.keySpan,
        hint: Suggestion.didYouMean(member.key, among: known))
    }
    switch plan["CreateUsagePlan"]?.string {
    case "NONE": return []
    case "PER_API":
      return resources(
        plan, prefix: id, attributes: declaration.passedAttributes, dependsOn: [Tree(id)],
        apiStages: [apiStage(stage)], stageKeys: [stageKey(stage)])
    case "SHARED":
      let attributes = expansion.sharedUsagePlan.combine(
        declaration.passedAttributes, into: &expansion.conditions)
      expansion.sharedUsagePlan.apis.append(Tree(id))
      expansion.sharedUsagePlan.apiStages.append(apiStage(stage))
      expansion.sharedUsagePlan.stageKeys.append(stageKey(stage))
      let shared = expansion.sharedUsagePlan
      return resources(
        plan, prefix: "Serverless", attributes: attributes, dependsOn: shared.apis,
        apiStages: shared.apiStages, stageKeys: shared.stageKeys)
    default:
      throw SAMFailure(
        .invalidPropertyValue, "`UsagePlan` of `\(id)` needs `CreateUsagePlan`",
        at: plan["CreateUsagePlan"]?.span ?? plan.span, hint: "give PER_API, SHARED or NONE")
    }
  }

  private func apiStage(_ stage: GeneratedResource) -> Tree {
    ["ApiId": .ref(id), "Stage": stage.reference]
  }

  private func stageKey(_ stage: GeneratedResource) -> Tree {
    ["RestApiId": .ref(id), "StageName": stage.reference]
  }

  private func resources(
    _ plan: Tree, prefix: String, attributes: Tree, dependsOn: [Tree], apiStages: [Tree],
    stageKeys: [Tree]
  ) -> [GeneratedResource] {
    let span = plan.span ?? declaration.span
    var usage = GeneratedResource(
      prefix + "UsagePlan", "AWS::ApiGateway::UsagePlan", ["ApiStages": Tree(apiStages)],
      attributes: attributes, dependsOn: Tree(dependsOn), at: span)
    for name in Self.planProperties {
      if let value = plan[name], value.isTruthy { usage[name] = value }
    }
    let key = GeneratedResource(
      prefix + "ApiKey", "AWS::ApiGateway::ApiKey",
      ["Enabled": true, "StageKeys": Tree(stageKeys)], attributes: attributes,
      dependsOn: [Tree(usage.id)], at: span)
    let link = GeneratedResource(
      prefix + "UsagePlanKey", "AWS::ApiGateway::UsagePlanKey",
      ["KeyId": key.reference, "KeyType": "API_KEY", "UsagePlanId": usage.reference],
      attributes: attributes, dependsOn: [Tree(key.id)], at: span)
    for (name, resource) in [("UsagePlan", usage), ("ApiKey", key), ("UsagePlanKey", link)] {
      expansion.referable[id, default: [:]][name] = resource.id
    }
    return [usage, key, link]
  }
}
