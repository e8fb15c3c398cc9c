import PropertyTree
import StackModel

/// A plan as a person reads it: what happens to which resource, why, and what is lost.
struct PlanView {
  var terminal: Terminal
  private let values = ValueText()
  /// Shows the properties of resources that are created.
  var isVerbose = false
  /// A logical id or type longer than this pushes only its own line out of the columns.
  private let columnWidthMax = 40

  func lines(_ plan: Plan) -> [String] {
    var lines: [String] = []
    let name = terminal.styled(plan.environment.stackName, .bold)
    let drift = PlanDriftView(terminal: terminal).lines(plan)
    if plan.isEmpty {
      let words =
        plan.omitted == nil
        ? " – what \(drift.count > 1 ? "was" : "is") deployed is what the template says."
        : " – all that the template changes is left out."
      return ["\(name): " + terminal.styled("No changes", .green) + words] + omissionLines(plan)
        + (drift.isEmpty ? [] : [""] + drift)
    }
    let scope = "\(plan.environment.scope.region) · account \(plan.environment.scope.account)"
    lines.append("\(name) (\(verb(plan.kind)), \(scope))")
    lines.append("")
    let mask = SecretMask(plan.parameters)
    lines += describe(plan.changes, mask)
    for output in plan.outputs where output.before != output.after {
      lines.append(mask.hide(describe(output)))
    }
    for asset in plan.newAssets { lines.append(describe(asset)) }
    lines += omissionLines(plan)
    if !drift.isEmpty { lines += [""] + drift }
    lines.append("")
    lines.append(summary(plan))
    return lines
  }

  func summary(_ plan: Plan) -> String {
    let parts: [(ChangeAction, String)] = [
      (.create, "to create"), (.update, "to update"), (.replace, "to replace"),
      (.move, "to move"), (.import, "to import"), (.adopt, "to record as it is"),
      (.delete, "to delete"),
      (.retain, "to leave behind"), (.keep, "unchanged"),
    ]
    let counts = parts.compactMap { action, words -> String? in
      let count = plan.count(of: action)
      return count == 0 ? nil : "\(count) \(words)"
    }
    let leftOut = plan.omitted.map { " \($0.count) left out." } ?? ""
    return "Plan: " + (counts.isEmpty ? "no resources" : counts.joined(separator: ", ")) + "."
      + leftOut
  }

  private func verb(_ kind: Plan.Kind) -> String {
    switch kind {
    case .create: "new stack"
    case .update: "update"
    case .delete: "delete the stack"
    }
  }

  /// The changes of one stack, with logical ids, types and names in columns.
  private func describe(_ changes: [ResourceChange], _ mask: SecretMask) -> [String] {
    let shown = changes.filter { $0.action != .keep }
    let widths = (
      id: Columns.width(of: shown.map(\.logicalID.text), max: columnWidthMax),
      type: Columns.width(of: shown.map(\.type.text), max: columnWidthMax)
    )
    return shown.flatMap { describe($0, mask, widths) }
  }

  private func describe(
    _ change: ResourceChange, _ mask: SecretMask, _ widths: (id: Int, type: Int)
  ) -> [String] {
    let (sign, style) = (change.action.sign, style(of: change.action))
    let physicalID = mask.hide((change.after ?? change.before)?.identity.physicalID ?? "")
    var head = terminal.styled(
      "  \(sign) \(Columns.padded(change.logicalID.text, to: widths.id))", style)
    head += terminal.styled("  \(Columns.padded(change.type.text, to: widths.type))", .faint)
    head += "  \(physicalID)"
    if let old = change.previousLogicalID { head += "  (was \(old))" }
    if change.isForced == true { head += "  (as asked for)" }
    if change.wasRemoved == true { head += "  (was removed outside of the stack)" }
    if change.action == .import { head += "  (joins the stack as it is)" }
    if change.action == .adopt {
      head += change.after == nil ? "  (is gone: leaves the record)" : "  (recorded as it is)"
    }
    if change.action == .retain { head += "  (stays, as its DeletionPolicy says)" }
    var lines = [head]
    if change.action == .replace,
      let old = change.before.map({ mask.hide($0.identity.physicalID) }),
      old != physicalID
    {
      lines.append(terminal.styled("      replaces \(old)", .faint))
    }
    if [.update, .replace, .adopt].contains(change.action) {
      for (index, property) in change.properties.enumerated() {
        lines += describe(property, mask, change.reasons?[index])
      }
    } else if change.action == .create, isVerbose {
      lines += propertyLines(mask.hide(change.after?.properties ?? .object([:])))
    }
    lines += describe(change.nested ?? [], mask).map { "    " + $0 }
    for loss in change.losses {
      lines.append("      " + terminal.styled("lost: \(loss)", .red, .bold))
    }
    return lines
  }

  private func style(of action: ChangeAction) -> Terminal.Style {
    switch action {
    case .create: .green
    case .update: .yellow
    case .replace, .delete: .red
    case .retain, .move, .import, .adopt: .blue
    case .keep: .faint
    }
  }

  private func describe(
    _ property: PropertyChange, _ mask: SecretMask, _ reason: ChangeReason?
  ) -> [String] {
    let (before, after) = (property.before.map(mask.hide), property.after.map(mask.hide))
    let difference = longDifference(before, after)
    var line = "      \(property.path):"
    if difference == nil {
      line += " \(before.map(values.text) ?? "(none)") → \(after.map(values.text) ?? "(none)")"
    }
    if property.requiresReplacement {
      line += terminal.styled("  forces replacement", .red)
    }
    if let reason, !reason.references.isEmpty {
      let names = reason.references.map(\.text).joined(separator: ", ")
      line += terminal.styled("  follows \(names)", .faint)
    }
    if let keys = reason?.stackTags {
      let name = "the stack's \(keys.count == 1 ? "tag" : "tags") \(keys.joined(separator: ", "))"
      line += terminal.styled("  follows \(name)", .faint)
    }
    if let location = property.location { line += terminal.styled("  \(location)", .faint) }
    return [line]
      + (difference?.lines ?? []).map { line in
        let text = "        \(line.text)"
        return switch line {
        case .added: terminal.styled(text, .green)
        case .removed: terminal.styled(text, .red)
        case .same, .skipped: terminal.styled(text, .faint)
        }
      }
  }

  /// The lines that differ, where a value would not fit its place.
  private func longDifference(_ before: PropertyValue?, _ after: PropertyValue?) -> LineDifference?
  {
    guard let before, let after, values.isLong(before) || values.isLong(after) else { return nil }
    return LineDifference(before, after)
  }

  /// A created resource's properties, one a line.
  private func propertyLines(_ properties: PropertyValue) -> [String] {
    (properties.objectValue ?? [:]).flatMap { key, value -> [String] in
      guard values.isLong(value) else { return ["      \(key): \(values.text(value))"] }
      let lines = LineDifference.text(value).split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      guard lines.count > 1 else { return ["      \(key): \(lines[0])"] }
      return ["      \(key):"] + lines.map { "        \($0)" }
    }
  }

  /// An object that is put into its bucket first, unless it is there.
  private func describe(_ asset: Asset) -> String {
    let source = asset.path.map { "  from \($0)" } ?? ""
    return terminal.styled("  ↑ s3://\(asset.bucket)/\(asset.key)\(source)", .faint)
  }

  private func describe(_ output: OutputChange) -> String {
    switch (output.before, output.after) {
    case (nil, let after?):
      terminal.styled("  + output \(output.key)", .green) + " = \(after.value.showingDeferred)"
    case (let before?, nil):
      terminal.styled("  - output \(output.key)", .red) + " = \(before.value)"
    case (let before?, let after?):
      terminal.styled("  ~ output \(output.key)", .yellow)
        + ": \(before.value) → \(after.value.showingDeferred)"
    case (nil, nil): ""
    }
  }
}
