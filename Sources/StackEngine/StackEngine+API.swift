import AWSModel
import CloudFormationAPI
import Diagnostics
import ResourceModel
import ServiceKit
import StackContracts
import StackModel

/// The parts of the engine that CloudFormation's API calls in its own transactions.
extension StackEngine: CloudFormationEngine {
  package func outline(of body: String) -> (
    outline: TemplateOutline?, diagnostics: [Diagnostic]
  ) { compiler.outline(of: body, file: "template") }

  package func processed(
    _ body: String, parameters: [String: String], in environment: StackEnvironment
  ) -> String {
    compiler.processed(
      TemplateSource(
        body: body, file: "template", environment: environment, parameters: parameters))
  }

  package func makePlan(_ request: DeployRequest, _ transaction: Transaction) throws -> PlanResult {
    try makePlan(request, transaction, as: nil)
  }

  package func template(at url: String, in scope: Scope, _ transaction: Transaction) throws
    -> String
  {
    do {
      return try storedTemplate(url, in: scope, transaction)
    } catch let failure as NestedTemplateFailure {
      throw StackFailure(.invalidArgument, "S3 error: \(failure.reason)")
    }
  }

  /// Stacks of earlier versions don't say what they import: the executor can't look into their
  /// templates, this does.
  package func completeDeletion(
    _ plan: inout Plan, of state: StackState, _ transaction: Transaction
  ) throws -> [Diagnostic] {
    try planNestedDeletions(in: &plan, gone: [state.environment.stackName], transaction)
      + exportObstacles(
        from: state, to: [], others: [:], in: state.environment.scope,
        gone: Set(plan.nestedStackNames), transaction)
  }
}
