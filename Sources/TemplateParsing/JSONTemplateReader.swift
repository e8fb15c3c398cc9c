import Diagnostics
import PropertyTree

/// Reads a JSON template into nodes with their places.
///
/// libyaml reads most JSON, but neither surrogate pairs in escapes nor a colon on the next line,
/// and it counts long keys as errors; templates from tools hold all of these.
struct JSONTemplateReader {
  struct Failure: Error {
    var message: String
    var position: SourcePosition
    var hint: String?
    /// The place where the object or list began that is not closed.
    var opening: SourcePosition?
  }

  private var scanner: JSONScanner
  private let source: SourceFile
  private var line = 1
  private var lineStart = 0
  /// Bytes of the current line that continue a scalar, which no column counts.
  private var continuations = 0
  private(set) var diagnostics: [Diagnostic] = []

  private init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
    scanner = JSONScanner(bytes)
    source = SourceFile(file)
  }

  private var bytes: UnsafeBufferPointer<UInt8> { scanner.bytes }

  private var index: Int {
    get { scanner.index }
    set { scanner.index = newValue }
  }

  static func read(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(Failure)
    -> (root: TemplateNode, diagnostics: [Diagnostic])
  {
    var reader = JSONTemplateReader(bytes, file: file)
    reader.skipSpace()
    let root = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.index == bytes.count else {
      throw reader.failure(
        "text after the template's end", "remove it, or a closing bracket too many before it")
    }
    return (root, reader.diagnostics)
  }

  private var position: SourcePosition {
    SourcePosition(line: line, column: index - lineStart - continuations + 1)
  }

  private func span(from start: SourcePosition) -> SourceSpan {
    SourceSpan(source: source, start: start, end: position)
  }

  private func failure(_ message: String, _ hint: String? = nil) -> Failure {
    Failure(message: message, position: position, hint: hint)
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09: index += 1
      case 0x0D where index + 1 < bytes.count && bytes[index + 1] == 0x0A: index += 1
      case 0x0A, 0x0D:
        index += 1
        line += 1
        lineStart = index
        continuations = 0
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(Failure) -> TemplateNode {
    guard depth < DocumentLimits.depthMax else {
      throw failure("nested deeper than \(DocumentLimits.depthMax) levels")
    }
    guard index < bytes.count else { throw failure("the text ends where a value should stand") }
    let start = position
    switch bytes[index] {
    case UInt8(ascii: "{"):
      let content = TemplateNode.Content.mapping(try object(depth: depth, from: start))
      return TemplateNode(content, span: span(from: start))
    case UInt8(ascii: "["):
      let content = TemplateNode.Content.sequence(try list(depth: depth, from: start))
      return TemplateNode(content, span: span(from: start))
    case UInt8(ascii: "\""):
      let text = try string()
      return TemplateNode(.scalar(TemplateScalar(text, isPlain: false)), span: span(from: start))
    default:
      let word = try self.word()
      return TemplateNode(.scalar(TemplateScalar(word, isPlain: true)), span: span(from: start))
    }
  }

  private mutating func object(depth: Int, from opening: SourcePosition) throws(Failure)
    -> [TemplateEntry]
  {
    index += 1
    var builder = MappingBuilder()
    skipSpace()
    if peek(UInt8(ascii: "}")) { return [] }
    while true {
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
        throw isComment
          ? failure("JSON has no comments", Self.commentHint)
          : failure("expected a key in double quotes")
      }
      let start = position
      let key = Spanned(try string(), span(from: start))
      skipSpace()
      guard peek(UInt8(ascii: ":")) else {
        throw failure("expected `:` after the key", "write `\"key\": value`")
      }
      skipSpace()
      let value = try self.value(depth: depth + 1)
      var found: [Diagnostic] = []
      builder.add(TemplateEntry(key: key, value: value), isMergeKey: false) { found.append($0) }
      if diagnostics.count < DocumentLimits.diagnosticsMax { diagnostics += found }
      if try isEnd(close: UInt8(ascii: "}"), opening) { return builder.entries }
    }
  }

  private mutating func list(depth: Int, from opening: SourcePosition) throws(Failure)
    -> [TemplateNode]
  {
    index += 1
    var elements: [TemplateNode] = []
    skipSpace()
    if peek(UInt8(ascii: "]")) { return [] }
    while true {
      elements.append(try value(depth: depth + 1))
      if try isEnd(close: UInt8(ascii: "]"), opening) { return elements }
    }
  }

  private mutating func peek(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func isEnd(close: UInt8, _ opening: SourcePosition) throws(Failure) -> Bool {
    skipSpace()
    if peek(close) { return true }
    guard peek(UInt8(ascii: ",")) else { throw unended(close, opening) }
    skipSpace()
    return false
  }

  /// `true`, `false`, `null` or a number, as text.
  private mutating func word() throws(Failure) -> String {
    if let number = scanner.number() { return number.text }
    if scanner.skip("true") { return "true" }
    if scanner.skip("false") { return "false" }
    if scanner.skip("null") { return "null" }
    throw isComment
      ? failure("JSON has no comments", Self.commentHint) : failure("expected a JSON value")
  }

  private mutating func string() throws(Failure) -> String {
    let start = index
    do throws(JSONReader.Failure) {
      let text = try scanner.string()
      countContinuations(from: start)
      return text
    } catch {
      countContinuations(from: start)
      throw failure(error.message)
    }
  }

  private mutating func countContinuations(from start: Int) {
    for byte in bytes[start..<index] where byte & 0xC0 == 0x80 { continuations += 1 }
  }

  // MARK: Failures

  private static let commentHint = "remove it, or write the template in YAML, where `#` starts one"

  private var isComment: Bool {
    guard index < bytes.count else { return false }
    if bytes[index] == UInt8(ascii: "#") { return true }
    guard bytes[index] == UInt8(ascii: "/"), index + 1 < bytes.count else { return false }
    return bytes[index + 1] == UInt8(ascii: "/") || bytes[index + 1] == UInt8(ascii: "*")
  }

  /// The failure for something else where a pair or an entry should end.
  private func unended(_ close: UInt8, _ opening: SourcePosition) -> Failure {
    let bracket = Character(Unicode.Scalar(close))
    guard index < bytes.count else {
      return Failure(
        message: "the text ends before the `\(bracket)` of what opens on line \(opening.line)",
        position: position, hint: "close it with `\(bracket)`", opening: opening)
    }
    if isComment { return failure("JSON has no comments", Self.commentHint) }
    var found = failure(
      "expected `,` or `\(bracket)`",
      bytes[index] == UInt8(ascii: "\"") ? "put a `,` after the value before this" : nil)
    found.opening = opening
    return found
  }
}
