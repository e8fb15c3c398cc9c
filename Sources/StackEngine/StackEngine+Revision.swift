import Diagnostics
import ResourceModel
import ServiceKit
import StackContracts
import StackModel
import StackPlanning

extension StackEngine {
  public func planRevision(_ request: RevisionRequest) async throws -> PlanResult {
    try database.read { transaction in
      guard
        let state = try stacks.stack(named: request.stackName, in: request.scope, transaction)
      else {
        let finding = try unknown(request.stackName, in: request.scope, transaction)
        return PlanResult(plan: nil, diagnostics: [finding])
      }
      if let finding = standing(of: state).finding, finding.severity == .error {
        return PlanResult(plan: nil, diagnostics: [finding])
      }
      if state.status.isHalfDone {
        // Its deployment is still in the journal, with the resources as they were.
        let finding = Diagnostic(
          .stackNotUpdatable,
          "the last deployment of stack `\(request.stackName)` failed and was left so", at: nil,
          hint: "finish it with `leat deploy`, or take it back with `leat rollback`")
        return PlanResult(plan: nil, diagnostics: [finding])
      }
      let moves = request.moves.map { (LogicalID($0.key), LogicalID($0.value)) }
      let revision = RecordRevision(
        moves: Dictionary(moves, uniquingKeysWith: { first, _ in first }),
        forgotten: Set(request.forgotten.map { LogicalID($0) }))
      let (plan, diagnostics) = revision.plan(for: state)
      return PlanResult(plan: plan, diagnostics: diagnostics)
    }
  }
}
