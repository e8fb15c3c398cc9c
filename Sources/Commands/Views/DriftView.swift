import PropertyTree
import StackContracts
import StackModel

/// Changes made outside of a stack, resource by resource.
struct DriftView {
  var terminal: Terminal
  /// A name or type longer than this pushes only its own line out of the columns.
  private let columnWidthMax = 40

  init(terminal: Terminal) { self.terminal = terminal }

  func lines(_ report: DriftReport) -> [String] {
    let drifted = report.drifted
    let name = terminal.styled(report.stackName, .bold)
    var lines: [String]
    if drifted.isEmpty {
      lines = [
        "\(name): " + terminal.styled("No drift", .green)
          + " – what could be compared is as it was deployed."
      ]
    } else {
      lines = ["\(name): changed outside of the stack since it was deployed", ""]
      lines += resources(drifted)
    }
    let unchecked = unchecked(report.resources)
    if !unchecked.isEmpty { lines += ["", "Not checked"] + unchecked }
    return lines + ["", summary(report)]
  }

  /// The drifted resources with their properties.
  private func resources(_ drifted: [ResourceDrift]) -> [String] {
    let widths = (
      name: Columns.width(of: drifted.map(\.name), max: columnWidthMax),
      type: Columns.width(of: drifted.map(\.type.text), max: columnWidthMax)
    )
    return drifted.flatMap { drift -> [String] in
      let isGone = drift.status == .deleted
      var head = terminal.styled(
        "  \(isGone ? "-" : "~") \(Columns.padded(drift.name, to: widths.name))",
        isGone ? .red : .yellow)
      head += terminal.styled("  \(Columns.padded(drift.type.text, to: widths.type))", .faint)
      head += "  \(drift.physicalID)" + (isGone ? "  (is gone)" : "")
      return [head] + properties(drift.differences).map { "      \($0)" }
    }
  }

  /// A line for each property, its values in columns.
  func properties(_ differences: [PropertyDrift]) -> [String] {
    let values = ValueText()
    let paths = differences.map { "\($0.path):" }
    let width = Columns.width(of: paths, max: columnWidthMax)
    return zip(paths, differences).map { path, difference in
      let (expected, actual) = (
        difference.expected.map(values.text) ?? "(none)",
        difference.actual.map(values.text) ?? "(none)"
      )
      return "\(Columns.padded(path, to: width)) \(expected) → \(actual)"
        + terminal.styled(mark(difference.kind), .faint)
    }
  }

  private func mark(_ kind: PropertyDrift.Kind) -> String {
    switch kind {
    case .add: "  added"
    case .remove: "  removed"
    case .notEqual: ""
    }
  }

  private func unchecked(_ resources: [ResourceDrift]) -> [String] {
    let rows = resources.flatMap { drift -> [[String]] in
      if drift.status == .notChecked {
        return [[drift.name, drift.type.text, drift.reason ?? ""]]
      }
      return drift.unchecked.map { [drift.name, $0.path, $0.reason] }
    }
    return Columns.aligned(rows).map { "  \($0)" }
  }

  private func summary(_ report: DriftReport) -> String {
    let parts: [(DriftStatus, String)] = [
      (.modified, "modified"), (.deleted, "deleted"), (.inSync, "in sync"),
      (.notChecked, "not checked"),
    ]
    let counts = parts.compactMap { status, words -> String? in
      let count = report.resources.count { $0.status == status }
      return count == 0 ? nil : "\(count) \(words)"
    }
    return "Drift: " + (counts.isEmpty ? "no resources" : counts.joined(separator: ", ")) + "."
  }
}

/// The same as a document.
struct DriftDocument {
  let report: DriftReport

  var tree: PropertyValue {
    [
      "formatVersion": 1,
      "stack": ["name": .string(report.stackName), "id": .string(report.stackID)],
      "checkedAt": .string(report.checkedAt.iso8601),
      "isDrifted": .bool(!report.drifted.isEmpty),
      "summary": .object(
        PropertyObject(
          DriftStatus.allCases.map { status in
            (status.rawValue, .int(Int64(report.resources.count { $0.status == status })))
          })),
      "resources": .list(report.resources.map(Self.tree)),
    ]
  }

  static func tree(_ drift: ResourceDrift) -> PropertyValue {
    var members: PropertyObject = [
      "name": .string(drift.name), "logicalId": .string(drift.logicalID.text),
      "stackId": .string(drift.stackID), "physicalId": .string(drift.physicalID),
      "type": .string(drift.type.text), "status": .string(drift.status.rawValue),
    ]
    if let reason = drift.reason { members["reason"] = .string(reason) }
    members["differences"] = .list(drift.differences.map(tree))
    members["notChecked"] = .list(
      drift.unchecked.map { ["path": .string($0.path), "reason": .string($0.reason)] })
    return .object(members)
  }

  static func tree(_ difference: PropertyDrift) -> PropertyValue {
    var members: PropertyObject = [
      "path": .string(difference.path.description), "kind": .string(difference.kind.rawValue),
    ]
    if let expected = difference.expected { members["expected"] = expected }
    if let actual = difference.actual { members["actual"] = actual }
    return .object(members)
  }
}
