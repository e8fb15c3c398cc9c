import AWSModel
import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

/// `Fn::GetStackOutput`: a weak reference, read when the stack is planned.
extension Resolution {
  func stackOutput(
    _ stack: Expression, _ output: Expression, _ region: Expression?, _ role: Expression?,
    at span: SourceSpan
  ) -> PropertyValue {
    // References where none may stand, and those that can't be known before, have been reported
    // with the names.
    guard dynamicPlace != .elsewhere else { return Self.unresolved }
    let parts = [stack, output, region, role].compactMap { $0 }
    guard parts.allSatisfy({ firstResource(in: $0) == nil }) else { return Self.unresolved }
    let name = text(stack, "`StackName`")
    let key = text(output, "`OutputName`")
    guard let name, let key, let scope = scope(region, role) else { return Self.unresolved }
    guard let outputs else { return .unknown("the output \(key) of \(name)") }
    let wanted = StackOutputReference(scope: scope, stackName: name, output: key)
    if let value = outputs[wanted] { return .string(value) }
    let place = "account \(scope.account.text), region \(scope.region.text)"
    let known = outputs.keys.filter { $0.scope == scope }
    let siblings = known.filter { $0.stackName == name }.map(\.output).sorted()
    guard siblings.isEmpty else {
      report(
        .unknownExport, "the stack `\(name)` has no output `\(key)`", at: output.span,
        hint: suggestion(key, among: siblings)
          ?? "its outputs are \(siblings.joined(separator: ", "))")
      return Self.unresolved
    }
    report(
      .unknownExport, "no deployed stack `\(name)` has outputs (\(place))", at: stack.span,
      hint: suggestion(name, among: Set(known.map(\.stackName)).sorted())
        ?? "deploy that stack first")
    return Self.unresolved
  }

  /// The stack's account and region: those of the role and the region that are given.
  private func scope(_ region: Expression?, _ role: Expression?) -> Scope? {
    var scope = environment.scope
    if let region {
      guard let text = text(region, "`Region`") else { return nil }
      scope.region = Region(text)
    }
    if let role {
      guard let text = text(role, "`RoleArn`") else { return nil }
      guard let arn = ARN(parsing: text), arn.service == "iam",
        arn.resource.hasPrefix("role/")
      else {
        report(
          .wrongIntrinsicValue, "`\(text.prefix(60))` is not the ARN of a role", at: role.span,
          hint: "write `arn:aws:iam::123456789012:role/name`")
        return nil
      }
      scope.account = arn.scope.account
    }
    return scope
  }
}
