import Diagnostics

/// Why a SAM resource can't be transformed; the other resources go on.
struct SAMFailure: Error {
  var diagnostic: Diagnostic

  init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?, hint: String? = nil
  ) {
    diagnostic = Diagnostic(code, message, at: span, hint: hint)
  }

  /// Something that is not as SAM wants it.
  init(_ message: String, at span: SourceSpan?, hint: String? = nil) {
    self.init(.malformedServerless, message, at: span, hint: hint)
  }

  /// Something that SAM has and Leat has not.
  static func unsupported(_ what: String, at span: SourceSpan?, hint: String? = nil) -> SAMFailure {
    SAMFailure(
      .unsupportedServerless, "Leat's SAM transform does not implement \(what)", at: span,
      hint: hint)
  }
}
