/// A position in a source text. Lines and columns count from 1; columns count Unicode scalars.
public struct SourcePosition: Sendable, Hashable, Codable, Comparable {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public static func < (a: SourcePosition, b: SourcePosition) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// A half-open range of one source file: `start` is inside, `end` is one past the last scalar.
public struct SourceSpan: Sendable, Hashable, Codable {
  /// The path as the user gave it; shown in front of line and column.
  public var file: String
  public var start: SourcePosition
  public var end: SourcePosition

  public init(file: String, start: SourcePosition, end: SourcePosition) {
    self.file = file
    self.start = start
    self.end = end
  }

  /// `file:line:column`, the form that editors and terminals make clickable.
  public var location: String { "\(file):\(start.line):\(start.column)" }
}
