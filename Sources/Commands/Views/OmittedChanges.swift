import StackModel

extension OmittedChange {
  /// `to create, needs Stream`
  var words: String {
    let verb =
      switch action {
      case .create: "to create"
      case .update: "to update"
      case .replace: "to replace"
      case .delete: "to delete"
      case .retain: "to leave behind"
      case .keep: "unchanged"
      case .move: "to move"
      case .import: "to import"
      case .adopt: "to record"
      }
    return verb + (needs.map { ", needs \($0)" } ?? "")
  }
}

extension PlanView {
  /// Changes of the template that the plan does not make, one a line.
  func omissionLines(_ plan: Plan) -> [String] {
    let changes = plan.omitted ?? []
    let width = Columns.width(of: changes.map(\.logicalID.text), max: 40)
    return changes.map { change in
      terminal.styled(
        "  · \(Columns.padded(change.logicalID.text, to: width))  left out (\(change.words))",
        .faint)
    }
  }
}
