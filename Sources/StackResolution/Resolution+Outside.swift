import Diagnostics
import PropertyTree
import TemplateParsing

/// Values from outside of the template: dynamic references and other stacks' exports.
extension Resolution {
  /// The text with each `{{resolve:…}}` replaced by what it names.
  func dynamic(_ text: String, at span: SourceSpan) -> PropertyValue {
    var result = ""
    var rest = text[...]
    var isResolved = true
    while let open = rest.firstRange(of: String.dynamicMark) {
      result += rest[..<open.lowerBound]
      guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
        report(
          .malformedIntrinsic, "the dynamic reference is not closed", at: span,
          hint: "write `{{resolve:ssm:name}}`")
        return Self.unresolved
      }
      let inside = rest[open.upperBound..<close.lowerBound]
      let offset = text.unicodeScalars.distance(from: text.startIndex, to: open.lowerBound)
      let shown = "{{resolve:\(inside)}}"
      let place = part(of: span, text, offset, shown.unicodeScalars.count)
      rest = rest[close.upperBound...]
      guard let value = dynamicValue(inside, shown, at: place),
        spend(value.utf8.count, at: span)
      else {
        isResolved = false
        continue
      }
      result += value
    }
    return isResolved ? .string(result + rest) : Self.unresolved
  }

  private func dynamicValue(_ inside: Substring, _ shown: String, at span: SourceSpan) -> String? {
    do throws(DynamicReference.Malformed) {
      let reference = try DynamicReference(parsing: inside)
      guard let value = lookup(reference) else {
        let what = reference.service == .secretsManager ? "secret" : "parameter"
        report(
          .unresolvedValue,
          "`\(shown)` can't be answered: there is no \(what) `\(reference.name)` to read", at: span,
          hint: "pass the value as a parameter with `NoEcho: true`")
        return nil
      }
      if reference.isSecret { secrets.insert(value) }
      return value
    } catch {
      report(
        .malformedIntrinsic, "`\(shown)` is not a dynamic reference", at: span, hint: error.reason)
      return nil
    }
  }

  /// A part of a scalar's place, where the scalar stands on one line as it is; else all of it.
  private func part(of span: SourceSpan, _ text: String, _ offset: Int, _ length: Int)
    -> SourceSpan
  {
    let width = span.end.column - span.start.column
    let quotes = width - text.unicodeScalars.count
    guard span.start.line == span.end.line, quotes == 0 || quotes == 2 else { return span }
    let start = SourcePosition(
      line: span.start.line, column: span.start.column + quotes / 2 + offset)
    let end = SourcePosition(line: start.line, column: start.column + length)
    return SourceSpan(source: span.source, start: start, end: end)
  }

  /// `Fn::ImportValue`.
  func imported(_ expression: Expression) -> PropertyValue {
    guard let name = text(expression, "the name of an export") else { return Self.unresolved }
    imports.insert(name)
    guard let exports else { return .unknown("the export \(name)") }
    if let value = exports[name] { return .string(value) }
    report(
      .unknownExport, "no deployed stack exports `\(name)`", at: expression.span,
      hint: suggestion(name, among: exports.keys.sorted())
        ?? (exports.isEmpty
          ? "no stack of this account and region exports anything; deploy the exporting one first"
          : nil))
    return Self.unresolved
  }
}
