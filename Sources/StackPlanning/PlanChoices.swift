import Diagnostics
import PropertyTree
import ResourceModel
import StackModel

/// Wishes of a request about single resources.
public struct PlanChoices: Sendable, Hashable {
  /// Resources to replace though nothing about them changes.
  public var replaced: Set<LogicalID>
  /// Resources to leave as they are, or not to make: a closed part of a plan that was made without
  /// this (`ChangeSelection`).
  public var leftOut: Set<LogicalID>

  public init(replaced: Set<LogicalID> = [], leftOut: Set<LogicalID> = []) {
    self.replaced = replaced
    self.leftOut = leftOut
  }
}

extension StackPlanner {
  /// True where the request leaves the resource out.
  public func leavesOut(_ id: LogicalID) -> Bool { choices.leftOut.contains(id) }

  /// Resources that have left the template and whose removal is left out.
  func keptRemovals(_ resources: [ResolvedResource]) -> [ResourceChange] {
    if choices.leftOut.isEmpty { return [] }
    let kept = Set(resources.map(\.logicalID)).union(takeovers.moves.values)
    return (state?.resources ?? [])
      .filter { leavesOut($0.logicalID) && !kept.contains($0.logicalID) }.map(\.keeping)
  }

  /// The outputs as they will be: one that needs what is left out stays as it was, if it was there.
  func outputs(of resolved: ResolvedStack) -> [StackOutput] {
    if absent.isEmpty { return resolved.outputs }
    return resolved.outputs.compactMap { output in
      let isKnown = PropertyValue.string(output.value).deferredResources.isDisjoint(with: absent)
      return isKnown ? output : state?.outputs.first { $0.key == output.key }
    }
  }

  /// Findings about resources to replace that nothing can replace.
  func replacementFindings(_ resources: [ResolvedResource]) -> [Diagnostic] {
    choices.replaced.sorted().compactMap { id in
      guard let resource = resources.first(where: { $0.logicalID == id }) else {
        return Diagnostic(
          .invalidArgument, "the template has no resource `\(id)` to replace", at: nil,
          hint: Suggestion.didYouMean(id.text, among: resources.map(\.logicalID.text)))
      }
      if deployed(id) == nil {
        return Diagnostic(
          .invalidArgument, "`\(id)` is not deployed, so that there is nothing to replace",
          at: resource.span)
      }
      if resource.type == "AWS::CloudFormation::Stack" {
        return Diagnostic(
          .invalidArgument, "`\(id)` is a stack, which is not replaced as a whole",
          at: resource.span)
      }
      return nil
    }
  }
}

extension ResourceState {
  /// The change of a resource that stays as it is.
  var keeping: ResourceChange {
    ResourceChange(
      logicalID: logicalID, type: type, action: .keep, before: self, after: self,
      dependsOn: dependsOn)
  }
}
