import PropertyTree
import StackModel

/// A drifted resource within a plan: what has changed, and what the plan does about it.
struct PlannedDriftEntry {
  /// The logical id, behind those of the stacks around it.
  var name: String
  var change: ResourceChange
  var drift: ResourceDrift

  /// Those of a plan, nested stacks' among them.
  static func all(_ plan: Plan, _ prefix: String = "") -> [PlannedDriftEntry] {
    let drifts = Dictionary(
      (plan.drift ?? []).map { ($0.logicalID, $0) }, uniquingKeysWith: { first, _ in first })
    return plan.changes.flatMap { change -> [PlannedDriftEntry] in
      let name = prefix + change.logicalID.text
      let own = drifts[change.before?.logicalID ?? change.logicalID].map {
        PlannedDriftEntry(name: name, change: change, drift: $0)
      }
      return [own].compactMap { $0 } + (change.nestedPlan.map { all($0, name + "/") } ?? [])
    }
  }

  /// The fate of the resource as a whole; nil where its properties have one each.
  var outcome: String? {
    switch change.action {
    case .create: "is made again"
    case .replace: "goes with the replacement"
    case .delete: "goes with the resource"
    case .retain: "leaves the stack as it is"
    case .adopt: change.after == nil ? "leaves the record" : nil
    case .keep, .move, .import: drift.status == .deleted ? "stays away" : nil
    case .update: nil
    }
  }

  /// The fate of one property.
  func outcome(of property: PropertyDrift) -> String {
    if let outcome { return outcome }
    let isTouched = change.properties.contains { touched in
      Self.contains(touched.path, property.path.description)
        || Self.contains(property.path.description, touched.path)
    }
    switch change.action {
    case .adopt: return isTouched ? "is recorded" : "is what the template says now"
    case .update:
      if isTouched { return change.found == nil ? "the plan sets it" : "is put back" }
      return change.found == nil ? "the plan does not set it" : "is what the template says now"
    default: return "stays"
    }
  }

  /// True where the drift is still there after the plan.
  var stays: Bool {
    switch change.action {
    case .keep, .move, .import: true
    case .update where change.found == nil:
      drift.differences.contains { outcome(of: $0) == "the plan does not set it" }
    default: false
    }
  }

  private static func contains(_ path: String, _ other: String) -> Bool {
    other == path || other.hasPrefix("\(path).") || other.hasPrefix("\(path)[")
  }
}

/// The section of a plan about what was changed outside of the stack.
struct PlanDriftView {
  var terminal: Terminal

  /// Empty where nobody looked.
  func lines(_ plan: Plan) -> [String] {
    guard plan.drift != nil else { return [] }
    let entries = PlannedDriftEntry.all(plan)
    guard !entries.isEmpty else { return ["No drift since the last deployment."] }
    // The plan itself tells what it records.
    if entries.allSatisfy({ $0.change.action == .adopt }) { return [] }
    let mask = SecretMask(plan.parameters)
    var lines = ["Changed outside of the stack since the last deployment"]
    let width = Columns.width(of: entries.map(\.name), max: 40)
    for entry in entries {
      let isGone = entry.drift.status == .deleted
      lines.append(
        terminal.styled(
          "  \(isGone ? "-" : "~") \(Columns.padded(entry.name, to: width))",
          isGone ? .red : .yellow)
          + terminal.styled("  \(entry.drift.type)", .faint) + (isGone ? "  is gone" : "")
          + (isGone ? terminal.styled(entry.outcome.map { ": \($0)" } ?? "", .faint) : ""))
      let differences = entry.drift.differences.map { difference in
        var difference = difference
        difference.expected = difference.expected.map(mask.hide)
        difference.actual = difference.actual.map(mask.hide)
        return difference
      }
      let properties = DriftView(terminal: terminal).properties(differences)
      for (line, difference) in zip(properties, differences) {
        let outcome = terminal.styled("  – \(entry.outcome(of: difference))", .faint)
        lines.append("      \(line)\(outcome)")
      }
    }
    if entries.contains(where: \.stays) {
      lines.append(
        "`--revert-drift` puts back what the template says; `leat drift --adopt` records what is "
          + "there.")
    }
    return lines
  }
}
