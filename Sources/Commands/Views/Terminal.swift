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
  /// Bytes as they are; false once nobody reads them any more (`| head`).
  public var writeBytes: @Sendable ([UInt8]) -> Bool = { bytes in
    bytes.withUnsafeBytes { Terminal.put($0, STDOUT_FILENO) }
  }

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

  /// No terminal at all: text without colour, for a view whose lines go elsewhere.
  static let plain = Terminal(
    isColoured: false, isInteractive: false, width: 100, write: { _ in }, writeError: { _ in })

  private static func put(_ text: String, _ descriptor: Int32) {
    var text = text
    // A reader that went away (`| head`) is no error of ours.
    text.withUTF8 { _ = put(UnsafeRawBufferPointer($0), descriptor) }
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count <= 0 { if errno == EINTR { continue } else { return false } }
      written += count
    }
    return true
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
