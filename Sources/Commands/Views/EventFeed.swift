import Effects
import StackModel
import Synchronization

/// Deployment events while they happen.
///
/// On a terminal a resource takes one line, with the time that it took, when it is done; the last
/// line, drawn anew with each event, says how far the deployment is and names those under way.
/// Elsewhere each event takes a line, so that a log says what began.
final class EventFeed: Sendable {
  fileprivate struct Progress {
    var underWay: [StackEvent] = []
    var begun: Timestamp?
    var done = 0
    /// Nobody knows the number of steps that a deployment takes back.
    var isTurning = false
  }

  private let terminal: Terminal
  private let view: EventView
  /// Ends of resources that a deployment without a failure comes to.
  private let total: Int
  private let progress = Mutex(Progress())

  init(terminal: Terminal, total: Int = 0) {
    self.terminal = terminal
    self.total = total
    view = EventView(terminal: terminal)
  }

  func show(_ event: StackEvent) {
    guard terminal.redraws else { return terminal.line(view.line(event)) }
    let (start, status) = progress.withLock { progress in
      let start = progress.underWay.first { $0.isOfSameThing(as: event) }?.timestamp
      progress.note(event)
      return (start, self.status(progress, at: event.timestamp))
    }
    // A reason is worth a line of its own: why a stack turns back, why a resource is replaced.
    let isLine = !event.isUnderWay || event.newReason != nil
    let line = isLine ? view.line(event, since: event.isUnderWay ? nil : start) + "\n" : ""
    terminal.write(Self.erasure + line + status)
  }

  /// Removes the line of what is under way.
  func end() {
    if terminal.redraws, progress.withLock({ $0.underWay.count }) > 0 {
      terminal.write(Self.erasure)
    }
  }

  /// Goes to the line's start and clears it.
  private static let erasure = "\r\u{1B}[2K"

  private func status(_ progress: Progress, at now: Timestamp) -> String {
    guard !progress.underWay.isEmpty else { return "" }
    // The stack itself is under way until the end, which is no news.
    let names = progress.underWay.filter { !$0.isOfStack }.map(\.logicalID)
    var text = "  "
    if total > 0, !progress.isTurning {
      text += "\(ProgressBar.bar(progress.done, of: total)) \(min(progress.done, total))/\(total)"
      if let begun = progress.begun {
        text += "  \(Seconds.text(now.milliseconds - begun.milliseconds))"
      }
    } else {
      text += "… \(progress.underWay.count) under way"
    }
    if !names.isEmpty { text += ": \(names.joined(separator: ", "))" }
    let width = max(20, terminal.width - 1)
    return terminal.styled(text.count > width ? "\(text.prefix(width - 1))…" : text, .faint)
  }
}

extension EventFeed.Progress {
  fileprivate mutating func note(_ event: StackEvent) {
    begun = begun ?? event.timestamp
    underWay.removeAll { $0.isOfSameThing(as: event) }
    if event.isUnderWay { underWay.append(event) }
    if event.status.hasSuffix("FAILED") || event.status.contains("ROLLBACK") { isTurning = true }
    if !event.isUnderWay, !event.isOfStack { done += 1 }
  }
}

extension StackEvent {
  fileprivate var isUnderWay: Bool { status.hasSuffix("IN_PROGRESS") }
  /// True for events of the stack itself.
  fileprivate var isOfStack: Bool { physicalID == stackID }

  fileprivate func isOfSameThing(as other: StackEvent) -> Bool {
    stackID == other.stackID && logicalID == other.logicalID
  }
}

extension Plan {
  /// The events that end a resource's change where nothing fails, those inside nested stacks too.
  var endsOfSteps: Int {
    changes.reduce(0) { count, change in
      let own =
        switch change.action {
        case .keep: 0
        // The new one, and the old one in the end.
        case .replace: 2
        default: 1
        }
      return count + own + (change.nestedPlan?.endsOfSteps ?? 0)
    }
  }
}
