import Diagnostics
import ResourceModel
import StackModel

/// A change of a stack's record alone: resources that go on under other logical IDs, and resources
/// that leave the stack and stay in the emulator. The template that was deployed last stays; the
/// next plan of it shows what the record says otherwise.
public struct RecordRevision: Sendable, Hashable {
  /// New logical IDs by old ones.
  public var moves: [LogicalID: LogicalID]
  public var forgotten: Set<LogicalID>

  public init(moves: [LogicalID: LogicalID] = [:], forgotten: Set<LogicalID> = []) {
    self.moves = moves
    self.forgotten = forgotten
  }

  /// The plan that carries the change out, or nil where errors forbid it.
  public func plan(for state: StackState) -> (plan: Plan?, diagnostics: [Diagnostic]) {
    let findings = findings(about: state)
    if findings.hasErrors { return (nil, findings) }
    var kept: [ResourceChange] = []
    var leaving: [ResourceChange] = []
    for resource in state.resources {
      if forgotten.contains(resource.logicalID) {
        leaving.append(
          ResourceChange(
            logicalID: resource.logicalID, type: resource.type, action: .retain, before: resource,
            after: nil, dependsOn: resource.dependsOn))
      } else {
        kept.append(change(of: resource))
      }
    }
    return (
      Plan(
        kind: .update, environment: state.environment, templateBody: state.templateBody,
        description: state.description, parameters: state.parameters,
        capabilities: state.capabilities, tags: state.tags, changes: kept + leaving.reversed(),
        outputs: state.outputs.map { OutputChange(key: $0.key, before: $0, after: $0) }), []
    )
  }

  private func change(of resource: ResourceState) -> ResourceChange {
    var after = resource
    after.logicalID = moves[resource.logicalID] ?? resource.logicalID
    after.dependsOn = resource.dependsOn.filter { !forgotten.contains($0) }
      .map { moves[$0] ?? $0 }.sorted()
    let isMoved = after.logicalID != resource.logicalID
    var change = ResourceChange(
      logicalID: after.logicalID, type: resource.type, action: isMoved ? .move : .keep,
      before: resource, after: after, dependsOn: after.dependsOn)
    if isMoved { change.previousLogicalID = resource.logicalID }
    return change
  }

  private func findings(about state: StackState) -> [Diagnostic] {
    let known = Set(state.resources.map(\.logicalID))
    func finding(_ message: String, hint: String? = nil) -> Diagnostic {
      Diagnostic(.invalidArgument, message, at: nil, hint: hint)
    }
    var found: [Diagnostic] = []
    for id in (Set(moves.keys).union(forgotten)).sorted() where !known.contains(id) {
      found.append(
        finding(
          "the stack `\(state.environment.stackName)` has no resource `\(id)`",
          hint: Suggestion.didYouMean(id.text, among: known.map(\.text).sorted())))
    }
    for (old, new) in moves.sorted(by: { $0.key < $1.key }) {
      if !new.isWellFormed {
        found.append(
          finding("`\(new)` can't be a logical ID", hint: "letters and digits, at most 255"))
      } else if known.contains(new) {
        found.append(finding("the stack has a resource `\(new)` already"))
      } else if moves.contains(where: { $0.value == new && $0.key < old }) {
        found.append(finding("two resources are to be called `\(new)`"))
      }
    }
    for resource in state.resources where forgotten.contains(resource.logicalID) {
      // A nested stack without its parent would be nobody's to delete.
      guard resource.type == "AWS::CloudFormation::Stack" else { continue }
      found.append(finding("`\(resource.logicalID)` is a stack, which goes with the one around it"))
    }
    return found
  }
}

extension LogicalID {
  /// Letters and digits, 1 to 255: CloudFormation's rule for logical IDs.
  fileprivate var isWellFormed: Bool {
    (1...255).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      }
  }
}
