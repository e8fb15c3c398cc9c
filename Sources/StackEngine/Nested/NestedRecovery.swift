import AWSModel
import PropertyTree
import ResourceModel
import ServiceKit
import StackModel
import StackStore

/// Deployments that a version of Leat began which planned nested stacks at their steps.
extension StackEngine {
  /// The deployment with the plans of its nested stacks, journalled. What can't be planned stays
  /// without, and fails at its step.
  func withNestedPlans(_ deployment: Deployment) async throws -> Deployment {
    guard deployment.plan.changes.contains(where: \.lacksNestedPlan) else { return deployment }
    return try await database.write { [self] transaction in
      var deployment = deployment
      let outcomes = try journal.outcomes(of: deployment.id, transaction)
      for index in deployment.plan.changes.indices {
        let change = deployment.plan.changes[index]
        guard change.lacksNestedPlan, outcomes["forward/\(change.logicalID)"] == nil else {
          continue
        }
        deployment.plan.changes[index].nestedPlan = try nestedPlan(
          of: change, in: deployment.plan.environment, transaction)
      }
      var plan = deployment.plan
      if try planNestedDeletions(in: &plan, gone: [], transaction).isEmpty {
        deployment.plan = plan
      }
      try journal.replacePlan(of: deployment, transaction)
      return deployment
    }
  }

  private func nestedPlan(
    of change: ResourceChange, in parent: StackEnvironment, _ transaction: Transaction
  ) throws -> Plan? {
    guard let after = change.after else { return nil }
    let scope = parent.scope
    let environment = NestedStackResource.environment(
      after.identity.physicalID, in: scope, parent: parent)
    let template: (file: String, body: String)
    do {
      template = try nestedTemplate(after.properties, assets: [], in: scope, transaction)
    } catch is NestedTemplateFailure { return nil }
    var wanted = NestedStackResource.request(
      after.properties, template: template, name: environment.stackName, scope: scope)
    // The plan of the stack around has decided whether anything may be left out.
    wanted.allowsUnsupported = true
    return try makePlan(wanted, transaction, as: environment).plan
  }
}

extension ResourceChange {
  fileprivate var lacksNestedPlan: Bool {
    type == NestedStackResource.type && nestedPlan == nil
      && [.create, .update, .delete].contains(action)
  }
}
