import CloudFormationAPI
import Diagnostics
import ServiceKit
import StackContracts
import StackModel

/// The parts of the engine that CloudFormation's API calls in its own transactions.
extension StackEngine: CloudFormationEngine {
  package func outline(of body: String) -> (
    outline: TemplateOutline?, diagnostics: [Diagnostic]
  ) { compiler.outline(of: body, file: "template") }

  package func makePlan(_ request: DeployRequest, _ transaction: Transaction) throws -> PlanResult {
    try makePlan(request, transaction, as: nil)
  }
}
