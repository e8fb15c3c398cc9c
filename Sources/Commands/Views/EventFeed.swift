import StackModel
import Synchronization

/// Deployment events while they happen.
///
/// On a terminal a resource takes one line, when it is done; the last line, drawn anew with each
/// event, names those under way. Elsewhere each event takes a line, so that a log says what began.
final class EventFeed: Sendable {
  private let terminal: Terminal
  private let view: EventView
  private let underWay = Mutex<[StackEvent]>([])

  init(terminal: Terminal) {
    self.terminal = terminal
    view = EventView(terminal: terminal)
  }

  func show(_ event: StackEvent) {
    guard terminal.redraws else { return terminal.line(view.line(event)) }
    let others = underWay.withLock { events in
      events.removeAll { $0.stackID == event.stackID && $0.logicalID == event.logicalID }
      if event.isUnderWay { events.append(event) }
      return events
    }
    // A reason is worth a line of its own: why a stack turns back, why a resource is replaced.
    let isLine = !event.isUnderWay || event.newReason != nil
    terminal.write(Self.erasure + (isLine ? view.line(event) + "\n" : "") + status(others))
  }

  /// Removes the line of what is under way.
  func end() {
    if terminal.redraws, underWay.withLock({ $0.count }) > 0 { terminal.write(Self.erasure) }
  }

  /// Goes to the line's start and clears it.
  private static let erasure = "\r\u{1B}[2K"

  private func status(_ events: [StackEvent]) -> String {
    guard !events.isEmpty else { return "" }
    let names = events.map(\.logicalID).joined(separator: ", ")
    let text = "  … \(events.count) under way: \(names)"
    let width = max(20, terminal.width - 1)
    return terminal.styled(text.count > width ? "\(text.prefix(width - 1))…" : text, .faint)
  }
}

extension StackEvent {
  fileprivate var isUnderWay: Bool { status.hasSuffix("IN_PROGRESS") }
}
