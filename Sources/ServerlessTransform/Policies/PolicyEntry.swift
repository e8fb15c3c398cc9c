import Diagnostics

/// One entry of a resource's `Policies`.
enum PolicyEntry {
  /// The ARN of a managed policy.
  case managed(Tree)
  /// A policy document, or `Fn::If` between two.
  case document(Tree)

  private enum Kind { case managed, document, template, unknown }

  /// Reads `Policies`: one entry or a list, each the name or ARN of a managed policy, a document or
  /// the name of a policy template with its parameters.
  static func read(_ policies: Tree?, partition: String) throws(SAMFailure) -> [PolicyEntry] {
    guard let policies, policies.isTruthy else { return [] }
    var entries: [PolicyEntry] = []
    for policy in policies.asList {
      entries.append(try read(one: policy, partition: partition))
    }
    return entries
  }

  private static func read(one policy: Tree, partition: String) throws(SAMFailure) -> PolicyEntry {
    switch try kind(of: policy) {
    case .managed:
      if let (condition, then, otherwise) = policy.branches {
        return .managed(
          .conditional(
            condition, arn(then, partition: partition), arn(otherwise, partition: partition)
          ).placed(at: policy.span))
      }
      return .managed(arn(policy, partition: partition))
    case .document: return .document(policy)
    case .template:
      guard let (condition, then, otherwise) = policy.branches else {
        return .document(try PolicyTemplate.expand(policy))
      }
      let first = then.isNoValue ? then : try PolicyTemplate.expand(then)
      let second = otherwise.isNoValue ? otherwise : try PolicyTemplate.expand(otherwise)
      return .document(.conditional(condition, first, second).placed(at: policy.span))
    case .unknown:
      let name = policy.members?.first?.key
      let hint = name.flatMap { Suggestion.didYouMean($0, among: PolicyTemplate.names) }
      throw SAMFailure(
        name.map { "`\($0)` is not a policy template" } ?? "this is not a policy",
        at: policy.members?.first?.keySpan ?? policy.span,
        hint: hint ?? "give a managed policy, a document with `Statement` or a policy template")
    }
  }

  private static func kind(of policy: Tree) throws(SAMFailure) -> Kind {
    if policy.string != nil { return .managed }
    if policy.intrinsic == "Fn::If" {
      guard let (_, then, otherwise) = policy.branches else {
        throw SAMFailure(
          .malformedIntrinsic, "`Fn::If` takes a condition and two values", at: policy.span)
      }
      if then.isNoValue { return try kind(of: otherwise) }
      if otherwise.isNoValue { return try kind(of: then) }
      let first = try kind(of: then)
      guard try kind(of: otherwise) == first else {
        throw SAMFailure(
          "the branches of `Fn::If` are different kinds of policies", at: policy.span,
          hint: "write one `Fn::If` for each kind")
      }
      return first
    }
    if policy.isIntrinsic { return .managed }
    if policy.members?.contains(where: { $0.key == "Statement" }) == true { return .document }
    if let members = policy.members, members.count == 1,
      PolicyTemplate.names.contains(members[0].key)
    {
      return .template
    }
    return .unknown
  }

  private static func arn(_ policy: Tree, partition: String) -> Tree {
    guard let name = policy.string, !name.hasPrefix("arn:") else { return policy }
    return Tree(ManagedPolicy.arn(name, partition: partition)).placed(at: policy.span)
  }
}
