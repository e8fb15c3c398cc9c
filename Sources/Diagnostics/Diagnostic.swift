/// One finding about what the user wrote. The user's mistakes are values: they are collected,
/// sorted and shown together; none is thrown.
public struct Diagnostic: Sendable, Hashable, Codable {
  public enum Severity: String, Sendable, Hashable, Codable {
    case error, warning, note
  }

  /// A second place that explains the first, for example "declared here".
  public struct Related: Sendable, Hashable, Codable {
    public var span: SourceSpan
    public var label: String

    public init(span: SourceSpan, label: String) {
      self.span = span
      self.label = label
    }
  }

  public var code: DiagnosticCode
  public var severity: Severity
  /// One sentence without a full stop: what is wrong, naming the offending word in backquotes.
  public var message: String
  /// The place; nil only for findings that have no source (a command-line argument, say).
  public var span: SourceSpan?
  /// Advice, in words; "did you mean `X`?" goes here.
  public var hint: String?
  public var related: [Related]
  /// CloudFormation's own sentence, where that is known.
  public var sentence: CloudFormationSentence?

  public init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?, hint: String? = nil,
    severity: Severity = .error, related: [Related] = [], sentence: CloudFormationSentence? = nil
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.span = span
    self.hint = hint
    self.related = related
    self.sentence = sentence
  }
}

extension [Diagnostic] {
  /// True when at least one finding is an error, so that nothing may be changed.
  public var hasErrors: Bool { contains { $0.severity == .error } }

  /// In the order of the source, findings without a place first, each once: what a loop writes out
  /// several times is wrong several times.
  public func inSourceOrder() -> [Diagnostic] {
    func key(_ d: Diagnostic) -> (String, Int, Int, String) {
      (d.span?.file ?? "", d.span?.start.line ?? 0, d.span?.start.column ?? 0, d.code.rawValue)
    }
    var seen: Set<Diagnostic> = []
    return sorted { key($0) < key($1) }.filter { seen.insert($0).inserted }
  }
}
