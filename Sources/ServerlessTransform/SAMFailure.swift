import Diagnostics

/// The reason why a SAM resource can't be transformed; the other resources go on.
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

  /// The same as something that the transform passes over.
  var asWarning: SAMFailure {
    var failure = self
    failure.diagnostic.severity = .warning
    return failure
  }

  /// Members that must be true, false or an intrinsic, and are something else.
  static func wrongFlags(_ names: [String], in properties: Tree) -> [SAMFailure] {
    names.compactMap { name in
      guard let value = properties[name], value.bool == nil, !value.isIntrinsic else { return nil }
      return SAMFailure(
        .wrongPropertyType, "`\(name)` must be true or false, this is \(value.shape)",
        at: value.span, hint: "write it without quotes")
    }
  }

  /// Something that SAM has and Leat has not.
  static func unsupported(_ what: String, at span: SourceSpan?, hint: String? = nil) -> SAMFailure {
    SAMFailure(
      .unsupportedServerless, "Leat's SAM transform does not implement \(what)", at: span,
      hint: hint)
  }
}
