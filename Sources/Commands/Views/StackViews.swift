import StackModel

/// The stacks of an environment, a line each.
struct StackListView {
  func lines(_ states: [StackState]) -> [String] {
    if states.isEmpty { return ["No stacks."] }
    let rows = states.map { state in
      [
        state.environment.stackName, state.status.rawValue,
        "\(state.resources.count) resource\(state.resources.count == 1 ? "" : "s")",
        (state.updatedAt ?? state.createdAt).iso8601,
      ]
    }
    return Columns.aligned(rows)
  }
}

/// One stack: parameters, resources, buffers, outputs and, where asked for, its history.
struct StackView {
  var terminal: Terminal

  /// - Parameter buffers: lines about what waits.
  func lines(_ state: StackState, buffers: [String] = [], history: [StackEvent]?) -> [String] {
    var lines = [
      "\(terminal.styled(state.environment.stackName, .bold))  \(state.status.rawValue)",
      terminal.styled(state.environment.stackID, .faint),
    ]
    for parameter in state.parameters {
      let stored = parameter.shownResolved.map { " (\($0))" } ?? ""
      lines.append("  \(parameter.name) = \(parameter.shownValue)\(stored)")
    }
    lines.append("Resources")
    let rows = state.resources.map {
      [$0.logicalID.text, $0.type.text, $0.identity.physicalID, $0.status.rawValue]
    }
    for (row, line) in zip(rows, Columns.aligned(rows)) {
      let rest = line.dropFirst(row[0].count)
      lines.append("  \(terminal.styled(row[0], .bold))\(rest)")
    }
    lines += buffers
    lines.append("Outputs")
    lines += OutputView(terminal: terminal).lines(state.outputs)
    if let history {
      lines.append("Events")
      let view = EventView(terminal: terminal)
      lines += history.map { view.line($0) }
    }
    return lines
  }
}

/// Text in columns, two spaces between them.
enum Columns {
  /// The width that all texts fit in, those aside that are longer than `max`.
  static func width(of texts: [String], max: Int) -> Int {
    texts.map(\.count).filter { $0 <= max }.max() ?? 0
  }

  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: Swift.max(0, width - text.count))
  }

  /// Every row has as many fields as the first.
  static func aligned(_ rows: [[String]]) -> [String] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { index in rows.map { $0[index].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { index in
        index == row.count - 1
          ? row[index]
          : padded(row[index], to: widths[index])
      }.joined(separator: "  ")
    }
  }
}
