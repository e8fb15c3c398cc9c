import Diagnostics

/// Reads a JSON template into nodes with their places.
///
/// libyaml reads most JSON, but neither surrogate pairs in escapes nor a colon on the next line,
/// and it counts long keys as errors; templates from tools hold all of these.
struct JSONTemplateReader {
  struct Failure: Error {
    var message: String
    var position: SourcePosition
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private let source: SourceFile
  private var index = 0
  private var line = 1
  private var lineStart = 0
  /// Bytes of the current line that continue a scalar, which no column counts.
  private var continuations = 0
  private(set) var diagnostics: [Diagnostic] = []

  private init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
    self.bytes = bytes
    source = SourceFile(file)
  }

  static func read(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws(Failure)
    -> (root: TemplateNode, diagnostics: [Diagnostic])
  {
    var reader = JSONTemplateReader(bytes, file: file)
    reader.skipSpace()
    let root = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.index == bytes.count else { throw reader.failure("text after the template's end") }
    return (root, reader.diagnostics)
  }

  private var position: SourcePosition {
    SourcePosition(line: line, column: index - lineStart - continuations + 1)
  }

  private func span(from start: SourcePosition) -> SourceSpan {
    SourceSpan(source: source, start: start, end: position)
  }

  private func failure(_ message: String) -> Failure {
    Failure(message: message, position: position)
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
      let content = TemplateNode.Content.mapping(try object(depth: depth))
      return TemplateNode(content, span: span(from: start))
    case UInt8(ascii: "["):
      let content = TemplateNode.Content.sequence(try list(depth: depth))
      return TemplateNode(content, span: span(from: start))
    case UInt8(ascii: "\""):
      let text = try string()
      return TemplateNode(.scalar(TemplateScalar(text, isPlain: false)), span: span(from: start))
    default:
      let word = try self.word()
      return TemplateNode(.scalar(TemplateScalar(word, isPlain: true)), span: span(from: start))
    }
  }

  private mutating func object(depth: Int) throws(Failure) -> [TemplateEntry] {
    index += 1
    var builder = MappingBuilder()
    skipSpace()
    if peek(UInt8(ascii: "}")) { return [] }
    while true {
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
        throw failure("expected a key in double quotes")
      }
      let start = position
      let key = Spanned(try string(), span(from: start))
      skipSpace()
      guard peek(UInt8(ascii: ":")) else { throw failure("expected `:` after the key") }
      skipSpace()
      let value = try self.value(depth: depth + 1)
      var found: [Diagnostic] = []
      builder.add(TemplateEntry(key: key, value: value), isMergeKey: false) { found.append($0) }
      if diagnostics.count < DocumentLimits.diagnosticsMax { diagnostics += found }
      if try isEnd(close: UInt8(ascii: "}")) { return builder.entries }
    }
  }

  private mutating func list(depth: Int) throws(Failure) -> [TemplateNode] {
    index += 1
    var elements: [TemplateNode] = []
    skipSpace()
    if peek(UInt8(ascii: "]")) { return [] }
    while true {
      elements.append(try value(depth: depth + 1))
      if try isEnd(close: UInt8(ascii: "]")) { return elements }
    }
  }

  private mutating func peek(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func isEnd(close: UInt8) throws(Failure) -> Bool {
    skipSpace()
    if peek(close) { return true }
    guard peek(UInt8(ascii: ",")) else {
      throw failure("expected `,` or `\(Character(Unicode.Scalar(close)))`")
    }
    skipSpace()
    return false
  }

  /// `true`, `false`, `null` or a number, as text.
  private mutating func word() throws(Failure) -> String {
    let start = index
    var end = index
    scan: while end < bytes.count {
      switch bytes[end] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
        end += 1
      default: break scan
      }
    }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    let isWord = text == "true" || text == "false" || text == "null"
    let isNumber = text.utf8.first.map { $0 <= UInt8(ascii: "9") } == true && Double(text) != nil
    guard isWord || isNumber else { throw failure("expected a JSON value") }
    index = end
    return text
  }
}

extension JSONTemplateReader {
  private mutating func string() throws(Failure) -> String {
    index += 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        defer { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw failure("a line break or control character in a string") }
      if byte & 0xC0 == 0x80 { continuations += 1 }
      index += 1
    }
    throw failure("the text ends inside a string")
  }

  private mutating func escapedString(from start: Int) throws(Failure) -> String {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      guard byte >= 0x20 else { throw failure("a line break or control character in a string") }
      index += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        if byte & 0xC0 == 0x80 { continuations += 1 }
        text.append(byte)
        continue
      }
      guard index < bytes.count else { break }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
      default: throw failure("unknown escape in a string")
      }
    }
    throw failure("the text ends inside a string")
  }

  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), index + 1 < bytes.count,
      bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    index += 2
    let second = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
    return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
  }

  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    guard index + 4 <= bytes.count else { throw failure("`\\u` needs four hexadecimal digits") }
    var value: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("`\\u` needs four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    index += 4
    return value
  }
}
