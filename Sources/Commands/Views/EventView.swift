import Effects
import StackModel

/// Deployment events as they come, a line each.
struct EventView {
  var terminal: Terminal

  func line(_ event: StackEvent) -> String {
    let fields = UTCFields(event.timestamp)
    let time = [fields.hour, fields.minute, fields.second]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    let style: Terminal.Style =
      if event.status.hasSuffix("FAILED") || event.status.contains("ROLLBACK") {
        .red
      } else if event.status.hasSuffix("IN_PROGRESS") {
        .faint
      } else {
        .green
      }
    var line = terminal.styled("  \(time)Z  ", .faint)
    line += terminal.styled(pad(event.status, 24), style)
    line += "  \(pad(event.logicalID, 24))  \(terminal.styled(event.type, .faint))"
    // That a person asked for it is no news to that person.
    if let reason = event.reason, reason != "User Initiated" {
      line += "\n             \(terminal.styled(reason, style == .red ? .red : .faint))"
    }
    return line
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// Outputs, ready to paste.
struct OutputView {
  var terminal: Terminal

  func lines(_ outputs: [StackOutput]) -> [String] {
    guard !outputs.isEmpty else { return ["No outputs."] }
    let width = outputs.map(\.key.count).max() ?? 0
    return outputs.map { output in
      let padding = String(repeating: " ", count: width - output.key.count)
      return "  \(terminal.styled(output.key, .bold))\(padding) = \(output.value)"
    }
  }
}
