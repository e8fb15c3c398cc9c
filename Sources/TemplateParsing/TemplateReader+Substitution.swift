import Diagnostics
import PropertyTree

extension TemplateReader {
  /// `Fn::Sub`: text alone, or `[text, {variable: value}]`.
  func substitution(_ node: TemplateNode, in place: ExpressionPlace) -> Expression.Kind? {
    if let scalar = node.scalar, node.tag == nil, !scalar.isNull {
      return .substitution(parts(of: scalar.text, node.span, variables: []), variables: [])
    }
    guard let elements = node.elements, node.tag == nil, elements.count == 2,
      let scalar = elements[0].scalar, elements[0].tag == nil, let entries = elements[1].entries,
      elements[1].tag == nil
    else {
      report(
        .malformedIntrinsic, "`Fn::Sub` takes text, or a list of text and variables",
        at: node.span, hint: "write `Fn::Sub: \"…${Name}…\"` or `Fn::Sub: [\"…\", {Name: value}]`")
      return nil
    }
    let variables = entries.map {
      ExpressionEntry(key: $0.key, value: expression($0.value, in: place))
    }
    let names = Set(entries.map(\.key.value))
    let parts = parts(of: scalar.text, elements[0].span, variables: names)
    return .substitution(parts, variables: variables)
  }

  /// Cuts the text at its placeholders. `${!Name}` is the text `${Name}`.
  private func parts(of text: String, _ span: SourceSpan, variables: Set<String>)
    -> [SubstitutionPart]
  {
    let bytes = Array(text.utf8)
    var parts: [SubstitutionPart] = []
    var literal: [UInt8] = []
    var places = PlaceholderPlaces(span: span, isOutside: span.source != sourceFile)
    var index = 0
    let lastClose = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
    func flush() {
      if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
      literal = []
    }
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count,
        bytes[index + 1] == UInt8(ascii: "{"), index < lastClose,
        let close = bytes[index...].firstIndex(of: UInt8(ascii: "}"))
      else {
        literal.append(bytes[index])
        index += 1
        continue
      }
      let inside = bytes[(index + 2)..<close]
      let name = String(decoding: inside, as: UTF8.self)
      let place = places.next(in: &cursor, inside, length: name.unicodeScalars.count + 3)
      index = close + 1
      if inside.first == UInt8(ascii: "!") {
        literal += Array("${".utf8) + inside.dropFirst() + [UInt8(ascii: "}")]
        continue
      }
      // CloudFormation reads over blanks around the name.
      let word = name.hasPrefix(" ") || name.hasSuffix(" ") ? trimmed(name) : name
      guard let part = placeholder(word, place, variables: variables) else { continue }
      flush()
      parts.append(part)
    }
    flush()
    return parts
  }

  private func trimmed(_ name: String) -> String {
    let start = name.drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }

  private func placeholderHint(_ name: String) -> String {
    let word = name.filter { $0 != " " && $0 != "\t" }
    if word != name, !word.isEmpty { return "write `${\(word)}`, without blanks" }
    return "write `${!\(name)}` for the literal text `${\(name)}`"
  }

  private func placeholder(_ name: String, _ span: SourceSpan, variables: Set<String>)
    -> SubstitutionPart?
  {
    if variables.contains(name) { return .reference(Spanned(name, span)) }
    let isName = name.utf8.allSatisfy {
      ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
        || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "_")
    }
    guard isName, !name.isEmpty else {
      report(
        .malformedIntrinsic, "`${\(name)}` is not a name that `Fn::Sub` can replace", at: span,
        hint: placeholderHint(name))
      return nil
    }
    if let dot = name.firstIndex(of: "."), dot != name.startIndex {
      let attribute = String(name[name.index(after: dot)...])
      if !attribute.isEmpty {
        return .attribute(resource: String(name[..<dot]), name: attribute, span: span)
      }
    }
    return .reference(Spanned(name, span))
  }
}

/// Finds where the placeholders of a text stand in the source: in its order, whatever folding and
/// indentation did in between. What a loop has written is not found, and has the text's place.
private struct PlaceholderPlaces {
  let span: SourceSpan
  /// The text comes from another file.
  let isOutside: Bool
  private var offset: Int?
  private var end = 0
  private var misses = 0
  /// After so many the text is not the source's, and looking further is a waste.
  private static let missesMax = 20

  init(span: SourceSpan, isOutside: Bool) {
    self.span = span
    self.isOutside = isOutside
  }

  mutating func next(
    in cursor: inout SourceCursor, _ name: ArraySlice<UInt8>, length: Int
  ) -> SourceSpan {
    guard !isOutside, misses < Self.missesMax else { return span }
    var index = offset ?? cursor.offset(of: span.start)
    if offset == nil { end = cursor.offset(of: span.end) }
    let source = cursor.source
    while index + 1 < end {
      if source.bytes[index] == UInt8(ascii: "$"), source.bytes[index + 1] == UInt8(ascii: "{"),
        source.bytes[(index + 2)...].starts(with: name)
      {
        offset = index + 2
        let start = cursor.position(ofOffset: index)
        let end = SourcePosition(line: start.line, column: start.column + length)
        return SourceSpan(source: span.source, start: start, end: end)
      }
      index += 1
    }
    offset = offset ?? cursor.offset(of: span.start)
    misses += 1
    return span
  }
}
