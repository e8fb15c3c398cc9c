import ResourceModel
import StackModel

/// A deployment that other stacks' exports or imports forbid, in CloudFormation's words.
public struct CrossStackConflict: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Rule: Sendable, Hashable {
    /// Another stack exports the name.
    case duplicate
    /// An export that others import would go or change.
    case inUse
    /// An export that the plan imports is gone, or has another value than it was planned with.
    case missing, changed
  }

  public var rule: Rule
  public var description: String
}

/// Holds a stack's exports and imports to those of the stacks beside it, in the transaction that
/// begins a deployment and again in the one that commits it: others may have moved in between.
struct CrossStackRules {
  private let plan: Plan
  /// Stacks that leave with this deployment: what they import does not count.
  private let leaving: Set<String>
  private let others: [StackState]

  init(_ plan: Plan, leaving: Set<String>, _ transaction: any DeploymentTransaction) throws {
    self.plan = plan
    self.leaving = leaving
    let touches =
      plan.imports != nil
      || plan.outputs.contains { $0.before?.exportName != nil || $0.after?.exportName != nil }
    others =
      touches
      ? try transaction.heads(in: plan.environment).filter {
        $0.environment.stackName != plan.environment.stackName
      } : []
  }

  /// Throws `CrossStackConflict`.
  ///
  /// - Parameter outputs: the stack's outputs after the deployment. What is deferred in them is
  ///   left for the commit.
  func check(_ outputs: [StackOutput]) throws {
    if others.isEmpty, (plan.imports?.after ?? []).isEmpty { return }
    try checkImports()
    try checkNames(outputs)
    try checkUse(outputs)
  }

  private func checkImports() throws {
    guard plan.kind != .delete, let imports = plan.imports, !imports.after.isEmpty else { return }
    // A stack that is being deleted takes its exports with it.
    let exported = Dictionary(
      others.filter { $0.status != .deleteInProgress }.flatMap(\.outputs).compactMap { output in
        output.exportName.map { ($0, output.value) }
      }, uniquingKeysWith: { first, _ in first })
    for name in imports.after {
      guard let value = exported[name] else {
        throw CrossStackConflict(rule: .missing, description: "No export named \(name) found.")
      }
      if let planned = imports.values?[name], planned != value {
        throw CrossStackConflict(
          rule: .changed, description: "The value of the export \(name) changed since the plan.")
      }
    }
  }

  private func checkNames(_ outputs: [StackOutput]) throws {
    for name in outputs.compactMap(\.exportName) {
      let owner = others.first { other in
        other.outputs.contains { $0.exportName == name }
          && !leaving.contains(other.environment.stackName)
      }
      guard let owner else { continue }
      throw CrossStackConflict(
        rule: .duplicate,
        description: "Export with name \(name) is already exported by stack "
          + "\(owner.environment.stackName)")
    }
  }

  private func checkUse(_ outputs: [StackOutput]) throws {
    let after = Dictionary(
      outputs.compactMap { output in output.exportName.map { ($0, output.value) } },
      uniquingKeysWith: { first, _ in first })
    for before in plan.outputs.compactMap(\.before) {
      guard let name = before.exportName, after[name] != before.value,
        after[name]?.containsDeferred != true
      else { continue }
      // A creation that was rolled back has left nothing that could import.
      let users = others.filter { other in
        other.imports?.contains(name) == true && other.status != .rollbackComplete
          && !leaving.contains(other.environment.stackName)
      }.map(\.environment.stackName).sorted()
      guard !users.isEmpty else { continue }
      let verb = after[name] == nil ? "deleted" : "updated"
      throw CrossStackConflict(
        rule: .inUse,
        description:
          "Export \(name) cannot be \(verb) as it is in use by \(users.joined(separator: ", "))")
    }
  }
}

extension DeploymentScript {
  /// Throws `DeploymentRefusal` where the stack is protected or other stacks stand against its plan.
  func checkPermitted(_ current: StackState?, _ transaction: any DeploymentTransaction) throws {
    if plan.kind == .delete, current?.settings?.isProtected == true {
      throw DeploymentRefusal.protected(environment.stackName)
    }
    let policy = deployment.plan.choices?.policyDuringUpdate ?? current?.settings?.policy
    if let denial = try plan.denials(by: policy).first { throw DeploymentRefusal.denied(denial) }
    do {
      try checkCrossStack(atEnd: false, transaction)
    } catch let conflict as CrossStackConflict {
      throw DeploymentRefusal.crossStack(conflict)
    }
  }

  /// Throws `CrossStackConflict` where this stack, or one nested in it, may not become what its plan
  /// says.
  ///
  /// - Parameter isEnd: true at the commit, when everything that was deferred is known. Stacks that
  ///   are deleted with the deployment are looked at only before they go.
  func checkCrossStack(atEnd isEnd: Bool, _ transaction: any DeploymentTransaction) throws {
    let leaving = Set(root.plan.stacksLeaving)
    try checkCrossStack(atEnd: isEnd, leaving, transaction)
  }

  private func checkCrossStack(
    atEnd isEnd: Bool, _ leaving: Set<String>, _ transaction: any DeploymentTransaction
  ) throws {
    let outputs =
      isEnd ? try settledOutputs(transaction) : plan.outputs.compactMap(\.after)
    if !(isEnd && plan.kind == .delete) {
      try CrossStackRules(plan, leaving: leaving, transaction).check(outputs)
    }
    for child in plan.changes.compactMap(child) {
      try child.checkCrossStack(atEnd: isEnd, leaving, transaction)
    }
  }
}

extension Plan {
  /// The names of the stacks that this plan deletes, nested ones included.
  fileprivate var stacksLeaving: [String] {
    let own = kind == .delete ? [environment.stackName] : []
    return own + changes.compactMap(\.nestedPlan).flatMap(\.stacksLeaving)
  }
}
