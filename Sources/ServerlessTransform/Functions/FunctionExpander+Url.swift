import Diagnostics

extension FunctionExpander {
  private static let corsShapes: [String: String] = [
    "AllowOrigins": "a list", "AllowMethods": "a list", "AllowHeaders": "a list",
    "ExposeHeaders": "a list", "AllowCredentials": "true or false", "MaxAge": "a number",
  ]

  /// The function's URL, and the permissions that a public one needs.
  func addUrl(_ config: Tree, function: GeneratedResource, alias: GeneratedResource?)
    throws(SAMFailure)
  {
    let auth = config["AuthType"]
    try checkUrl(config)
    let target = alias?.reference ?? .ref(id)
    var url = GeneratedResource(
      "\(id)Url", "AWS::Lambda::Url", attributes: declaration.passedAttributes,
      at: declaration.span(of: "FunctionUrlConfig"))
    url["AuthType"] = auth
    url["Cors"] = config["Cors"]
    url["InvokeMode"] = config["InvokeMode"]
    url["TargetFunctionArn"] = target
    add(url)
    guard let auth, auth.string == "NONE" else { return }
    add(
      GeneratedResource(
        "\(id)UrlPublicPermissions", "AWS::Lambda::Permission",
        [
          "Action": "lambda:InvokeFunctionUrl", "FunctionName": target, "Principal": "*",
          "FunctionUrlAuthType": auth,
        ], attributes: declaration.passedAttributes, at: url.span))
    add(
      GeneratedResource(
        "\(id)URLInvokeAllowPublicAccess", "AWS::Lambda::Permission",
        [
          "Action": "lambda:InvokeFunction", "FunctionName": target, "Principal": "*",
          "InvokedViaFunctionUrl": true,
        ], attributes: declaration.passedAttributes, at: url.span))
  }

  private func checkUrl(_ config: Tree) throws(SAMFailure) {
    guard !config.isIntrinsic else { return }
    let known = ["AuthType", "Cors", "InvokeMode"]
    for member in config.members ?? [] where !known.contains(member.key) {
      throw SAMFailure(
        .unknownProperty, "`\(member.key)` is not part of `FunctionUrlConfig`",
        at: member.keySpan, hint: Suggestion.didYouMean(member.key, among: known))
    }
    let auth = config["AuthType"]
    guard auth?.isIntrinsic == true || ["AWS_IAM", "NONE"].contains(auth?.string) else {
      throw SAMFailure(
        .invalidPropertyValue, "`FunctionUrlConfig` of `\(id)` needs an `AuthType`",
        at: auth?.span ?? declaration.span(of: "FunctionUrlConfig"),
        hint: "give `AWS_IAM` or `NONE`")
    }
    guard let cors = config["Cors"], !cors.isIntrinsic else { return }
    for member in cors.members ?? [] {
      guard let shape = Self.corsShapes[member.key] else {
        throw SAMFailure(
          .unknownProperty, "`\(member.key)` is not part of `Cors`", at: member.keySpan,
          hint: Suggestion.didYouMean(member.key, among: Self.corsShapes.keys.sorted()))
      }
      if member.value.isIntrinsic { continue }
      let isRight =
        switch shape {
        case "a list": member.value.elements != nil
        case "a number": member.value.value?.integerValue != nil
        default: member.value.bool != nil
        }
      guard isRight else {
        throw SAMFailure("`Cors.\(member.key)` must be \(shape)", at: member.value.span)
      }
    }
  }
}
