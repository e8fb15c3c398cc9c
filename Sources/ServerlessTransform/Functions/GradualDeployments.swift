import Diagnostics

/// The functions whose aliases CodeDeploy moves step by step: one application and one role serve
/// them all, and each has a deployment group.
struct GradualDeployments {
  static let applicationID = "ServerlessDeploymentApplication"
  private static let roleID = "CodeDeployServiceRole"
  private static let conditionName = "ServerlessCodeDeployCondition"

  private var groups: [GeneratedResource] = []
  private var tags = Tree.emptyObject
  private var needsRole = false

  /// Takes in a function's group.
  ///
  /// - Parameters:
  ///   - role: the role that CodeDeploy is to take; nil for the one that is made for all.
  ///   - tags: those that the function passes on.
  mutating func add(_ group: GeneratedResource, role: Tree?, tags: Tree?) {
    var group = group
    group["ServiceRoleArn"] = role ?? .getAtt(Self.roleID, "Arn")
    if role == nil { needsRole = true }
    if let tags {
      group["Tags"] = Tree(TagList.make(tags))
      self.tags.update(with: tags)
    }
    groups.append(group)
  }

  /// Adds the resources to the template's, and the condition that they may need.
  func place(into resources: inout ResourceTable, _ conditions: inout TreeTable, partition: String)
  {
    guard let span = groups.first?.span else { return }
    var application = GeneratedResource(
      Self.applicationID, "AWS::CodeDeploy::Application", ["ComputePlatform": "Lambda"],
      attributes: commonCondition(&conditions), at: span)
    if tags.isTruthy { application["Tags"] = Tree(TagList.make(tags)) }
    resources[application.id] = application.tree
    if needsRole {
      var role = role(partition)
      role.attributes = application.attributes
      role["Tags"] = application["Tags"]
      role.span = span
      resources[role.id] = role.tree
    }
    for group in groups { resources[group.id] = group.tree }
  }

  /// The condition of resources that all groups need: one of the groups is made.
  private func commonCondition(_ conditions: inout TreeTable) -> Tree {
    let names = groups.compactMap { $0.attributes["Condition"]?.string }
    guard names.count == groups.count else { return .emptyObject }
    let name = AnyOf.condition(Set(names).sorted(), named: Self.conditionName, in: &conditions)
    return ["Condition": Tree(name)]
  }

  private func role(_ partition: String) -> GeneratedResource {
    let isIsolated = ["aws-iso", "aws-iso-b"].contains(partition)
    let policy =
      "service-role/AWSCodeDeployRoleForLambda" + (isIsolated ? "Limited" : "")
    return GeneratedResource(
      Self.roleID, "AWS::IAM::Role",
      [
        "AssumeRolePolicyDocument": PolicyDocument.assumedBy("codedeploy.amazonaws.com"),
        "ManagedPolicyArns": [Tree("arn:\(partition):iam::aws:policy/\(policy)")],
      ], at: nil)
  }
}

/// A condition that holds where one of several does.
enum AnyOf {
  /// `Fn::Or` takes ten conditions at most; with more, some are put together first.
  private static let most = 10

  /// The name of the condition: the only one's own, or `name` where one is made.
  static func condition(_ names: [String], named name: String, in conditions: inout TreeTable)
    -> String
  {
    guard names.count > 1 else { return names.first ?? name }
    var rest = names
    var number = (names.count - 2) / (most - 1)
    while rest.count > 1 {
      let made = number > 0 ? name + String(number) : name
      conditions[made] = ["Fn::Or": Tree(rest.prefix(most).map { .isCondition($0) })]
      rest = rest.dropFirst(most) + [made]
      number -= 1
    }
    return name
  }
}
