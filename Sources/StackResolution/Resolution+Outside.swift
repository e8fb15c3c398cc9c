import Diagnostics
import PropertyTree
import StackModel
import TemplateParsing

/// The place of a value, for the dynamic references in it.
enum DynamicPlace {
  case properties, output
  /// Conditions, rules and attributes, where CloudFormation answers none.
  case elsewhere
}

/// Values from outside of the template: dynamic references and other stacks' exports.
extension Resolution {
  /// A text that holds dynamic references. In properties it stays as it is written: what it comes
  /// to is asked for when the resource is made.
  func dynamic(_ text: String, at span: SourceSpan) -> PropertyValue {
    hasDynamicReferences = true
    switch dynamicPlace {
    case .properties: return .string(text)
    case .output: return outputText(text, at: span)
    case .elsewhere:
      report(
        .malformedIntrinsic,
        "a dynamic reference is answered in properties and outputs, not here", at: span,
        hint: "use a parameter of the type `AWS::SSM::Parameter::Value<String>`")
      return Self.unresolved
    }
  }

  /// An output is shown to everyone: no secret goes into it.
  private func outputText(_ text: String, at span: SourceSpan) -> PropertyValue {
    var result = ""
    var known = true
    for piece in DynamicPiece.pieces(of: text) {
      guard let reference = checked(piece, in: text, at: span) else {
        if case .text(let plain) = piece { result += plain } else { known = false }
        continue
      }
      // Told at the commit, and when the output is shown.
      if reference.reference.isGiven {
        result += reference.written
        continue
      }
      guard !reference.reference.isSecret else {
        report(
          .unresolvedValue, "`\(reference.written)` is a secret, and outputs are shown",
          at: reference.span, hint: "give the secret's name or ARN out instead")
        known = false
        continue
      }
      switch answer(reference) {
      case .value(let value)?: result += value
      case .unknown? where isByItself: return .unknown("\(reference.written)")
      case .unknown?:
        report(
          .unresolvedValue,
          "`\(reference.written)` is made by this deployment, and outputs are computed before",
          at: reference.span, hint: "give it out with `Fn::GetAtt`")
        known = false
      case .missing?, nil: known = false
      }
    }
    return known ? .string(result) : Self.unresolved
  }

  struct PlacedReference {
    var reference: DynamicReference
    var written: Substring
    var span: SourceSpan
  }

  /// The reference in a piece with its place; nil for text, and for what is malformed, which is
  /// reported.
  func checked(_ piece: DynamicPiece, in text: String, at span: SourceSpan) -> PlacedReference? {
    switch piece {
    case .text: return nil
    case .reference(let reference, let written):
      return PlacedReference(
        reference: reference, written: written, span: part(of: span, text, written))
    case .malformed(let reason, let written):
      report(
        .malformedIntrinsic, "`\(written)` is not a dynamic reference",
        at: part(of: span, text, written), hint: reason)
    case .unclosed:
      report(
        .malformedIntrinsic, "the dynamic reference is not closed", at: span,
        hint: "write `{{resolve:ssm:name}}`")
    }
    return nil
  }

  /// The value of a reference; nil where the answers have grown too large. A missing one is
  /// reported.
  func answer(_ placed: PlacedReference) -> DynamicAnswer? {
    let answer = lookup(placed.reference)
    switch answer {
    case .value(let value):
      guard spend(value.utf8.count, at: placed.span) else { return nil }
      if placed.reference.isSecret { secrets.insert(value) }
    case .missing(let reason, let hint):
      report(
        .unresolvedValue, "`\(placed.written)` can't be answered: \(reason)", at: placed.span,
        hint: maker(of: placed.reference) ?? hint)
    case .unknown: break
    }
    return answer
  }

  /// A resource of this template that would make what the reference reads, were it made before.
  private func maker(of reference: DynamicReference) -> String? {
    let type =
      reference.service == .secretsManager
      ? "AWS::SecretsManager::Secret" : "AWS::SSM::Parameter"
    let maker = template.resources.first { resource in
      guard resource.type.value == type, case .object(let entries)? = resource.properties?.kind,
        let name = entries.first(where: { $0.key.value == "Name" }),
        case .literal(let value) = name.value.kind
      else { return false }
      return value.stringValue == reference.name
    }
    return maker.map { "`\($0.logicalID.value)` makes it: add `DependsOn: \($0.logicalID.value)`" }
  }

  /// A part of a scalar's place, where the scalar stands on one line as it is; else all of it.
  private func part(of span: SourceSpan, _ text: String, _ written: Substring) -> SourceSpan {
    let offset = text.unicodeScalars.distance(from: text.startIndex, to: written.startIndex)
    let length = written.unicodeScalars.count
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
    // That none may stand in conditions and rules has been reported with the names.
    guard dynamicPlace != .elsewhere,
      let name = text(expression, "the name of an export")
    else { return Self.unresolved }
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
