/// Shows diagnostics to people: the message, the line it is about with a caret, and what to do.
public struct DiagnosticRenderer: Sendable {
  /// Lines longer than this are cut around the caret.
  public static let excerptMax = 120

  private let sources: [String: SourceText]
  private let isColoured: Bool

  /// - Parameters:
  ///   - sources: the text of each file, by the name that spans use.
  ///   - isColoured: adds ANSI colours.
  public init(sources: [String: String], isColoured: Bool = false) {
    self.sources = sources.mapValues { SourceText($0) }
    self.isColoured = isColoured
  }

  /// All of them in the order of the source, with an empty line between, and a count at the end.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    guard !diagnostics.isEmpty else { return "" }
    var text = diagnostics.inSourceOrder().map { render($0) }.joined(separator: "\n")
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count { $0.severity == .warning }
    let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
      .map { "\($0) \($1)\($0 == 1 ? "" : "s")" }
    if !counts.isEmpty { text += "\n" + counts.joined(separator: ", ") + "\n" }
    return text
  }

  /// One finding, ending in a line break.
  public func render(_ diagnostic: Diagnostic) -> String {
    let colour = Colour(severity: diagnostic.severity)
    let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]"
    var text = "\(paint(head, colour)): \(paint(diagnostic.message, .bold))\n"
    let spans = [diagnostic.span].compactMap { $0 } + diagnostic.related.map(\.span)
    let gutter = spans.map { String($0.start.line).count }.max() ?? 1
    if let span = diagnostic.span {
      text += excerpt(span, label: "", colour, gutter, arrow: "-->")
    }
    for related in diagnostic.related {
      text += excerpt(related.span, label: related.label, .blue, gutter, arrow: ":::")
    }
    if let hint = diagnostic.hint {
      text += "\(spaces(gutter)) \(paint("= help:", .blue)) \(hint)\n"
    }
    return text
  }

  // MARK: Excerpts

  private func excerpt(
    _ span: SourceSpan, label: String, _ colour: Colour, _ gutter: Int, arrow: String
  ) -> String {
    let margin = spaces(gutter)
    var text = "\(margin)\(paint(arrow, .blue)) \(span.location)\n"
    guard let line = sources[span.file]?.line(span.start.line) else {
      return label.isEmpty ? text : text + "\(margin) \(paint("|", .blue)) \(label)\n"
    }
    let scalars = Array(line.unicodeScalars)
    let start = min(max(0, span.start.column - 1), scalars.count)
    // A span over several lines is shown by its first.
    var end = span.end.line == span.start.line ? span.end.column - 1 : scalars.count
    end = min(max(end, start + 1), max(scalars.count, start + 1))
    let window = Self.window(count: scalars.count, start: start, end: end)
    let before = scalars[window.lowerBound..<min(start, window.upperBound)]
    let marked = scalars[min(start, window.upperBound)..<min(end, window.upperBound)]
    let lead = window.lowerBound > 0 ? "…" : ""
    let trail = window.upperBound < scalars.count ? "…" : ""
    let shown = lead + Self.printable(scalars[window]) + trail
    let indent = spaces(lead.count + Self.width(before))
    let caret = String(repeating: "^", count: max(1, Self.width(marked)))
    let number = String(span.start.line)
    let bar = paint("|", .blue)
    text += "\(margin) \(bar)\n"
    text += "\(spaces(gutter - number.count))\(paint(number, .blue)) \(bar) \(shown)\n"
    text += "\(margin) \(bar) \(indent)\(paint(caret, colour))"
    text += label.isEmpty ? "\n" : " \(paint(label, colour))\n"
    return text
  }

  /// The part of a long line that holds the marked place.
  private static func window(count: Int, start: Int, end: Int) -> Range<Int> {
    guard count > excerptMax else { return 0..<count }
    let lower = max(0, min(start - 30, count - excerptMax))
    return lower..<min(count, lower + excerptMax)
  }

  /// Tabs as one blank, other control characters as a mark, so that nothing moves the caret or
  /// drives the terminal.
  private static func printable(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    for scalar in scalars {
      switch scalar.properties.generalCategory {
      case .control, .format: text.append(scalar == "\t" ? " " : "\u{FFFD}")
      default: text.append(scalar)
      }
    }
    return String(text)
  }

  /// Columns on a terminal: none for combining marks, two for wide characters.
  private static func width(_ scalars: ArraySlice<Unicode.Scalar>) -> Int {
    scalars.reduce(0) { width, scalar in
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark: width
      default: width + (isWide(scalar) ? 2 : 1)
      }
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  // MARK: Colour

  private enum Colour: String {
    case red = "31;1"
    case yellow = "33;1"
    case blue = "34;1"
    case bold = "1"

    init(severity: Diagnostic.Severity) {
      switch severity {
      case .error: self = .red
      case .warning: self = .yellow
      case .note: self = .blue
      }
    }
  }

  private func paint(_ text: String, _ colour: Colour) -> String {
    isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }
}
