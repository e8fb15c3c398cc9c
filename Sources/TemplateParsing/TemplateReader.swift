import Diagnostics
import PropertyTree

/// Makes typed sections of a tree of nodes and collects what is wrong with them. One for each
/// template; its extensions hold one kind of section each.
final class TemplateReader {
  let file: String
  let sourceFile: SourceFile
  private(set) var diagnostics: [Diagnostic] = []
  /// Made on first use: only substitutions look back into the text.
  lazy var cursor = SourceCursor(SourceText(Array(bytes)))
  /// True where the template declares `AWS::LanguageExtensions`.
  var hasExtensions = false
  private let bytes: UnsafeBufferPointer<UInt8>

  init(file: String, bytes: UnsafeBufferPointer<UInt8>) {
    self.file = file
    sourceFile = SourceFile(file)
    self.bytes = bytes
  }

  func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan,
    hint: @autoclosure () -> String? = nil, severity: Diagnostic.Severity = .error,
    related: [Diagnostic.Related] = []
  ) {
    guard diagnostics.count < DocumentLimits.diagnosticsMax else { return }
    diagnostics.append(
      Diagnostic(code, message, at: span, hint: hint(), severity: severity, related: related))
  }

  // MARK: Shapes

  /// The pairs of an object, none where nothing is written, or a finding.
  func entries(of node: TemplateNode, _ what: String, hint: String? = nil) -> [TemplateEntry] {
    if let entries = node.entries, node.tag == nil || isStandard(node.tag) { return entries }
    if node.scalar?.isNull == true { return [] }
    let shape = node.tag.map { "`\($0)`" } ?? node.shape
    report(
      .wrongShape, "\(what) must be an object, this is \(shape)", at: node.span,
      hint: hint ?? Self.objectHint(node))
    return []
  }

  /// A hint to the form of an object, where something else stands in its place.
  private static func objectHint(_ node: TemplateNode) -> String? {
    if node.elements?.isEmpty == false { return "write `Name: …` pairs, without dashes" }
    guard let text = node.scalar?.text, node.scalar?.isPlain == true else { return nil }
    // `Type:AWS::SQS::Queue`
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    let rest = text[name.endIndex...]
    guard !name.isEmpty, rest.first == ":", rest.count > 1, !rest.hasPrefix("::") else {
      return nil
    }
    return "put a blank after the colon: `\(name): \(rest.dropFirst().prefix(60))`"
  }

  /// A hint where a name starts with a blank that only looks like one.
  static func invisibleHint(_ name: String) -> String? {
    guard let first = name.unicodeScalars.first, !first.isASCII else { return nil }
    let category = first.properties.generalCategory
    guard first.properties.isWhitespace || category == .format else { return nil }
    let digits = String(first.value, radix: 16).uppercased()
    let padding = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
    return "it starts with the invisible character U+\(padding)\(digits); indent with plain spaces"
  }

  /// A single value as text, booleans as `true` and `false`, or a finding.
  func text(of node: TemplateNode, _ what: String, hint: String? = nil) -> Spanned<String>? {
    guard let scalar = node.scalar, node.tag == nil || isStandard(node.tag), !scalar.isNull else {
      let shape = node.tag.map { "`\($0)`" } ?? node.shape
      report(.wrongShape, "\(what) must be text, this is \(shape)", at: node.span, hint: hint)
      return nil
    }
    if scalar.isPlain, case .bool(let bool) = ScalarTyping.value(ofPlain: scalar.text) {
      return Spanned(bool ? "true" : "false", node.span)
    }
    return Spanned(scalar.text, node.span)
  }

  /// A name as it is written: `Yes` is a key in `Conditions`, and no boolean where it is named.
  func name(in node: TemplateNode, _ what: String) -> Spanned<String>? {
    guard let text = text(of: node, what), let scalar = node.scalar else { return nil }
    return Spanned(scalar.text, text.span)
  }

  /// The names of a list, or one name alone.
  func names(in node: TemplateNode, _ what: String, hint: String? = nil) -> [Spanned<String>] {
    let texts = texts(of: node, what, hint: hint)
    let nodes = node.elements ?? [node]
    guard texts.count == nodes.count else { return texts }
    return zip(texts, nodes).map { Spanned($1.scalar?.text ?? $0.value, $0.span) }
  }

  func integer(of node: TemplateNode, _ what: String) -> Spanned<Int>? {
    guard let text = text(of: node, what) else { return nil }
    if let integer = Int(text.value) { return Spanned(integer, node.span) }
    report(.wrongShape, "\(what) must be a whole number, this is `\(text.value)`", at: node.span)
    return nil
  }

  func number(of node: TemplateNode, _ what: String) -> Spanned<Double>? {
    guard let text = text(of: node, what) else { return nil }
    if let number = Double(text.value), number.isFinite { return Spanned(number, node.span) }
    report(.wrongShape, "\(what) must be a number, this is `\(text.value)`", at: node.span)
    return nil
  }

  /// A list of texts; one text alone stands for a list of one.
  func texts(of node: TemplateNode, _ what: String, hint: String? = nil) -> [Spanned<String>] {
    guard let elements = node.elements, node.tag == nil else {
      return text(of: node, what, hint: hint).map { [$0] } ?? []
    }
    return elements.compactMap { text(of: $0, "each entry of \(what)", hint: hint) }
  }

  func isStandard(_ tag: String?) -> Bool { tag?.hasPrefix("tag:yaml.org,2002:") == true }

  /// Reports a name that is not alphanumeric.
  func checkName(_ name: Spanned<String>, _ what: String) {
    let isPlain = name.value.utf8.allSatisfy {
      ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
    }
    guard !isPlain || name.value.isEmpty || name.value.utf8.count > 255 else { return }
    report(
      .invalidName,
      name.value.isEmpty
        ? "an empty key can't name \(what)" : "`\(name.value)` can't name \(what)",
      at: name.span,
      hint: Self.invisibleHint(name.value) ?? "use letters and digits alone, at most 255")
  }

  /// True, with a finding, where a key is one that a transform would have answered.
  func isMacro(_ entry: TemplateEntry) -> Bool {
    let key = entry.key
    if key.value.hasPrefix("Fn::ForEach::") {
      if needsExtensions("Fn::ForEach", at: key.span) { return true }
      report(
        .malformedIntrinsic, "`Fn::ForEach` can't stand here", at: key.span,
        hint: "loops stand in `Resources`, `Conditions`, `Outputs` and in properties")
      return true
    }
    guard key.value == "Fn::Transform" else { return false }
    reportTransform(entry.value, at: key.span)
    return true
  }

  /// A transform that is not known, by its name.
  func reportTransform(_ argument: TemplateNode, at span: SourceSpan) {
    let name = argument["Name"]?.scalar?.text ?? "Fn::Transform"
    report(
      .unsupportedTransform, "Leat does not implement the transform `\(name)`",
      at: argument["Name"]?.span ?? span,
      hint: Suggestion.didYouMean(name, among: [Include.name]) ?? "write out what it would produce")
  }

  /// True, with a finding, where something needs the language extensions and the template does not
  /// declare them.
  @discardableResult
  func needsExtensions(_ what: String, at span: SourceSpan) -> Bool {
    guard !hasExtensions else { return false }
    report(
      .missingTransform,
      "\(what.hasPrefix("Fn::") ? "`\(what)`" : what) needs the transform "
        + "`AWS::LanguageExtensions`", at: span,
      hint: "add `Transform: AWS::LanguageExtensions` at the top of the template")
    return true
  }
}
