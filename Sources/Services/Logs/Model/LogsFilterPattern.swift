import AWSModel
import PropertyTree

/// A filter pattern: terms, or a condition on JSON events.
///
/// - `ERROR "exact phrase"`: all of them; `?a ?b`: one of them; `-term`: not this one. Terms are
///   found anywhere in the message, case matters.
/// - `{ ($.level = "ERROR") && ($.code >= 500) }`: see `LogsJSONCondition`.
///
/// Space-delimited patterns (`[a, b]`) and regular expressions (`%…%`) are refused by name.
struct LogsFilterPattern: Sendable {
  private enum Kind: Sendable {
    case everything
    case terms(required: [[UInt8]], anyOf: [[UInt8]], excluded: [[UInt8]])
    case json(LogsJSONCondition)
  }

  private let kind: Kind

  static let lengthMax = 1024

  /// Throws `InvalidParameterException`, or `UnsupportedOperation` for syntax not implemented.
  init(parsing text: String) throws {
    guard text.utf8.count <= Self.lengthMax else {
      throw LogsFault.invalidParameter(
        "The filter pattern is longer than \(Self.lengthMax) characters.")
    }
    var scanner = LogsPatternScanner(text)
    scanner.skipSpace()
    switch scanner.peek {
    case nil: kind = .everything
    case UInt8(ascii: "{"): kind = .json(try LogsJSONConditionParser.parse(&scanner))
    case UInt8(ascii: "["):
      throw ServiceError.unsupported("space-delimited filter patterns (`[…]`)")
    default: kind = try Self.terms(&scanner)
    }
  }

  private static func terms(_ scanner: inout LogsPatternScanner) throws -> Kind {
    var required: [[UInt8]] = []
    var anyOf: [[UInt8]] = []
    var excluded: [[UInt8]] = []
    while scanner.peek != nil {
      let sign = scanner.peek
      if sign == UInt8(ascii: "?") || sign == UInt8(ascii: "-") { scanner.advance() }
      let term = try scanner.term()
      switch sign {
      case UInt8(ascii: "?"): anyOf.append(term)
      case UInt8(ascii: "-"): excluded.append(term)
      default: required.append(term)
      }
      scanner.skipSpace()
    }
    // Beside required terms, optional ones say nothing.
    return .terms(required: required, anyOf: required.isEmpty ? anyOf : [], excluded: excluded)
  }

  func matches(_ message: String) -> Bool {
    switch kind {
    case .everything: return true
    case .terms(let required, let anyOf, let excluded):
      let bytes = Array(message.utf8)
      return required.allSatisfy { Self.contains(bytes, $0) }
        && (anyOf.isEmpty || anyOf.contains { Self.contains(bytes, $0) })
        && !excluded.contains { Self.contains(bytes, $0) }
    case .json(let condition):
      // An event that is not JSON just doesn't match.
      guard case .success(let value) = Result(catching: { try JSONReader.read(message) }) else {
        return false
      }
      return condition.holds(value)
    }
  }

  private static func contains(_ bytes: [UInt8], _ term: [UInt8]) -> Bool {
    guard let first = term.first, term.count <= bytes.count else { return term.isEmpty }
    for start in 0...(bytes.count - term.count) where bytes[start] == first {
      if bytes[start..<start + term.count].elementsEqual(term) { return true }
    }
    return false
  }
}

/// Reads a pattern byte by byte.
struct LogsPatternScanner {
  private let bytes: [UInt8]
  private(set) var index = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  mutating func advance() { index += 1 }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) { index += 1 }
  }

  /// True, and past it, when `text` stands here.
  mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard index + wanted.count <= bytes.count,
      bytes[index..<index + wanted.count].elementsEqual(wanted)
    else { return false }
    index += wanted.count
    return true
  }

  mutating func word(while isPart: (UInt8) -> Bool) -> [UInt8] {
    let start = index
    while let byte = peek, isPart(byte) { index += 1 }
    return Array(bytes[start..<index])
  }

  func invalid(_ what: String) -> ServiceError {
    LogsFault.invalidParameter("Invalid filter pattern: \(what) at character \(index + 1).")
  }

  static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  /// A term: letters, digits and `_`, or anything in double quotes.
  mutating func term() throws -> [UInt8] {
    if peek == UInt8(ascii: "\"") { return try quoted() }
    if peek == UInt8(ascii: "%") {
      throw ServiceError.unsupported("regular expressions in filter patterns (`%…%`)")
    }
    let word = word(while: Self.isWord)
    if word.isEmpty {
      throw invalid("a term with other characters than letters, digits and `_` needs quotes,")
    }
    if let next = peek, next != 0x20, !(0x09...0x0D).contains(next) {
      throw invalid("a term with other characters than letters, digits and `_` needs quotes,")
    }
    return word
  }

  mutating func quoted() throws -> [UInt8] {
    advance()
    var text: [UInt8] = []
    while let byte = peek {
      advance()
      if byte == UInt8(ascii: "\"") { return text }
      if byte == UInt8(ascii: "\\"), let next = peek {
        advance()
        if next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { text.append(byte) }
        text.append(next)
      } else {
        text.append(byte)
      }
    }
    throw invalid("a quote that is not closed,")
  }
}
