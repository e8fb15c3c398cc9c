import Diagnostics

extension FunctionExpander {
  /// The role that the function runs as, with what its configuration needs.
  func executionRole(extra policies: [Tree]) throws(SAMFailure) -> ExecutionRole {
    let partition = parameters.partition
    func managed(_ name: String) -> Tree {
      Tree(ManagedPolicy.arn(name, partition: partition))
    }
    var arns = [
      declaration["DurableConfig"]?.isTruthy != true
        ? managed("AWSLambdaBasicExecutionRole")
        : Tree(
          "arn:\(partition):iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy")
    ]
    if isTraced { arns.append(managed(Self.tracingPolicy(partition: partition))) }
    if declaration["VpcConfig"]?.isTruthy == true {
      arns.append(managed("AWSLambdaVPCAccessExecutionRole"))
    }
    var inline: [Tree] = []
    if let queue = declaration["DeadLetterQueue"] {
      let action: Tree = queue["Type"]?.string == "SQS" ? "sqs:SendMessage" : "sns:Publish"
      inline.append(
        PolicyDocument.named(
          "DeadLetterQueuePolicy",
          [PolicyDocument.allow(action, on: try deadLetterTarget(queue))], version: true))
    }
    let assumed = try declaration.object("AssumeRolePolicyDocument")
    var role = ExecutionRole(
      of: id, assumedBy: assumed ?? PolicyDocument.assumedBy("lambda.amazonaws.com"),
      managed: arns, policies: inline + policies,
      entries: try PolicyEntry.read(declaration["Policies"], partition: partition),
      attributes: declaration.passedAttributes, at: declaration.span)
    role.resource["Path"] = declaration["RolePath"]
    role.resource["PermissionsBoundary"] = declaration["PermissionsBoundary"]
    role.resource["Tags"] = Tree([["Key": "lambda:createdBy", "Value": "SAM"]] + (try tags()))
    return role
  }

  static func tracingPolicy(partition: String) -> String {
    partition == "aws" ? "AWSXrayWriteOnlyAccess" : "AWSXRayDaemonWriteAccess"
  }

  /// Sets the function's role; true where the generated one is used. `Role` may be `Fn::If` that
  /// gives a role under one condition alone.
  func useRole(_ role: inout ExecutionRole) -> Bool {
    let made = role.resource.arn
    guard let written = declaration["Role"] else {
      setFunctionProperty("Role", made)
      return true
    }
    let resolved = parameters.resolve(written)
    guard let (condition, then, otherwise) = resolved.branches else { return false }
    switch (then.isNoValue, otherwise.isNoValue) {
    case (true, true): setFunctionProperty("Role", made)
    case (true, false):
      setFunctionProperty("Role", .conditional(condition, made, otherwise))
      role.resource.attributes["Condition"] = Tree(condition)
    case (false, true):
      setFunctionProperty("Role", .conditional(condition, then, made))
      role.resource.attributes["Condition"] = Tree("NOT" + condition)
      expansion.conditions["NOT" + condition] = ["Fn::Not": [.isCondition(condition)]]
    case (false, false):
      setFunctionProperty("Role", resolved)
      return false
    }
    return true
  }
}
