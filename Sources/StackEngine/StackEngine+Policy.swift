import Diagnostics
import PropertyTree
import ResourceModel
import StackContracts
import StackModel

/// Stack policies, held against plans.
extension StackEngine {
  /// Errors for what the stack's policy denies.
  ///
  /// - Parameter request: may have a policy that counts in its place for this update; the plan takes
  ///   it along.
  func policyObstacles(
    of plan: inout Plan, _ current: StackState?, _ request: DeployRequest,
    _ resources: [ResolvedResource]
  ) throws -> [Diagnostic] {
    let override = request.policyDuringUpdate
    if let override { plan.choose { $0.policyDuringUpdate = override } }
    let denials = try plan.denials(by: override ?? current?.settings?.policy)
    guard !denials.isEmpty else { return [] }
    let places = Dictionary(
      resources.map { ($0.logicalID, $0.span) }, uniquingKeysWith: { first, _ in first })
    return denials.map { denial in
      let who = denial.statement.map { "statement #\($0) denies it" } ?? "no statement allows it"
      return Diagnostic(
        .deniedByStackPolicy,
        "the stack policy does not permit `\(denial.action)` of `\(denial.resource)`: \(who)",
        at: places[denial.resource],
        hint: "change the policy: `aws cloudformation set-stack-policy`",
        sentence: CloudFormationSentence(denial.description))
    }
  }
}
