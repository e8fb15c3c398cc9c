import Glibc

/// The place that text goes to, and how it may look there.
public struct Terminal: Sendable {
  /// Colour and progress redraws are for people: only on a terminal, and never with `NO_COLOR`.
  public var isColoured: Bool
  public var isInteractive: Bool
  /// A line can be written anew: a terminal that moves its cursor.
  public var redraws = false
  public var width: Int
  public var write: @Sendable (String) -> Void
  public var writeError: @Sendable (String) -> Void

  public static func live() -> Terminal {
    let interactive = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    let known = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let isDumb = getenv("TERM").map { String(cString: $0) } == "dumb"
    return Terminal(
      isColoured: interactive && getenv("NO_COLOR") == nil && !isDumb,
      isInteractive: interactive,
      redraws: interactive && !isDumb,
      width: known ? Int(size.ws_col) : 100,
      write: { Terminal.put($0, STDOUT_FILENO) },
      writeError: { Terminal.put($0, STDERR_FILENO) })
  }

  private static func put(_ text: String, _ descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        // A reader that went away (`| head`) is no error of ours.
        if count <= 0 { if errno == EINTR { continue } else { return } }
        written += count
      }
    }
  }

  public enum Style: String, Sendable {
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case cyan = "36"
  }

  public func styled(_ text: String, _ styles: Style...) -> String {
    guard isColoured, !styles.isEmpty else { return text }
    return "\u{1B}[\(styles.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
  }

  public func line(_ text: String = "") { write(text + "\n") }
  public func errorLine(_ text: String) { writeError(text + "\n") }
}
