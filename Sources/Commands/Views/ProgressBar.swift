/// The line that tells a person how far a command is, drawn anew in place.
struct ProgressBar {
  var terminal: Terminal
  var isShown = true

  private static let width = 30
  /// Goes to the line's start and clears it.
  private static let erasure = "\r\u{1B}[2K"

  /// `████░░ 40/120  20/s  4s left`
  func line(_ done: Int, of total: Int, milliseconds: Int64) -> String {
    let bar = Self.bar(done, of: total)
    guard done > 0, milliseconds > 0 else { return "\(bar) \(done)/\(total)" }
    let rate = Double(done) * 1000 / Double(milliseconds)
    let left = Int64(Double(total - done) / rate * 1000)
    return "\(bar) \(done)/\(total)  \(ByteCount.number(rate))/s"
      + (done < total ? "  \(Span.text(milliseconds: left)) left" : "")
  }

  /// `████░░`
  static func bar(_ done: Int, of total: Int) -> String {
    let filled = min(done, total) * width / max(1, total)
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }

  func show(_ done: Int, of total: Int, milliseconds: Int64) {
    guard isShown, terminal.redraws else { return }
    let line = line(done, of: total, milliseconds: milliseconds)
    terminal.write(Self.erasure + line.prefix(max(20, terminal.width - 1)))
  }

  func clear() {
    if isShown, terminal.redraws { terminal.write(Self.erasure) }
  }
}
