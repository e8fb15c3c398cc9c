/// A position in a source text. Lines and columns count from 1; columns count Unicode scalars.
public struct SourcePosition: Sendable, Hashable, Codable, Comparable {
  private var storedLine: UInt32
  private var storedColumn: UInt32

  private enum CodingKeys: String, CodingKey {
    case storedLine = "line"
    case storedColumn = "column"
  }

  /// Numbers that 32 bits can't hold become the nearest that they can.
  public init(line: Int, column: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
  }

  public var line: Int {
    get { Int(storedLine) }
    set { storedLine = UInt32(clamping: newValue) }
  }

  public var column: Int {
    get { Int(storedColumn) }
    set { storedColumn = UInt32(clamping: newValue) }
  }

  public static func < (a: SourcePosition, b: SourcePosition) -> Bool {
    (a.storedLine, a.storedColumn) < (b.storedLine, b.storedColumn)
  }
}

/// A half-open range of one source file: `start` is inside, `end` is one past the last scalar.
/// Plain bits: a span is copied without counting a reference.
public struct SourceSpan: Sendable, Hashable {
  public var source: SourceFile
  public var start: SourcePosition
  public var end: SourcePosition

  public init(source: SourceFile, start: SourcePosition, end: SourcePosition) {
    self.source = source
    self.start = start
    self.end = end
  }

  public init(file: String, start: SourcePosition, end: SourcePosition) {
    self.init(source: SourceFile(file), start: start, end: end)
  }

  /// The path as the user gave it; shown in front of line and column.
  public var file: String { source.name }

  /// `file:line:column`, the form that editors and terminals make clickable.
  public var location: String { "\(file):\(start.line):\(start.column)" }
}

extension SourceSpan: Codable {
  private enum CodingKeys: String, CodingKey { case file, start, end }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      file: try fields.decode(String.self, forKey: .file),
      start: try fields.decode(SourcePosition.self, forKey: .start),
      end: try fields.decode(SourcePosition.self, forKey: .end))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(file, forKey: .file)
    try fields.encode(start, forKey: .start)
    try fields.encode(end, forKey: .end)
  }
}
