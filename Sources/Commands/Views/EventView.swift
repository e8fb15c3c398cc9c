import Effects
import StackModel

/// Deployment events as they come, a line each.
struct EventView {
  var terminal: Terminal

  /// - Parameter start: the moment in which the resource's change began, where that is known and
  ///   worth a word.
  func line(_ event: StackEvent, since start: Timestamp? = nil) -> String {
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
    line += terminal.styled(Columns.padded(event.status, to: 24), style)
    line += "  \(Columns.padded(event.logicalID, to: 24))  \(terminal.styled(event.type, .faint))"
    let taken = start.map { event.timestamp.milliseconds - $0.milliseconds }
    if let time = taken.flatMap(Seconds.worthSaying) {
      line += terminal.styled("  \(time)", .faint)
    }
    if let reason = event.newReason {
      line += "\n             \(terminal.styled(reason, style == .red ? .red : .faint))"
    }
    return line
  }
}

/// Short times as people read them.
enum Seconds {
  /// `0.3s`, `12s`, `2m 5s`.
  static func text(_ milliseconds: Int64) -> String {
    guard milliseconds < 10_000 else { return Span.text(milliseconds: milliseconds) }
    return "\(max(0, milliseconds) / 1000).\(max(0, milliseconds) % 1000 / 100)s"
  }

  /// nil below a tenth of a second.
  static func worthSaying(_ milliseconds: Int64) -> String? {
    milliseconds < 100 ? nil : text(milliseconds)
  }
}

extension StackEvent {
  /// The reason, unless it says that a person asked for it, which is no news to that person.
  var newReason: String? { reason == "User Initiated" ? nil : reason }
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
