import AWSModel
import PatternMatching
import PropertyTree

/// A filter pattern: terms, a condition on JSON events, or conditions on fields between blanks.
///
/// - `ERROR "exact phrase"`: all of them; `?a ?b`: one of them; `-term`: not this one. Terms are
///   found anywhere in the message, case matters. `%…%` is a regular expression.
/// - `{ ($.level = "ERROR") && ($.code >= 500) }`: see `LogsJSONCondition`.
/// - `[ip, user, ..., status = 4*, bytes > 1000]`: see `LogsFieldPattern`.
///
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
struct LogsFilterPattern: Sendable {
  private enum Kind: Sendable {
    case everything
    case terms(required: [LogsTerm], anyOf: [LogsTerm], excluded: [LogsTerm])
    case json(LogsJSONCondition)
    case fields(LogsFieldPattern)
  }

  private let kind: Kind

  static let lengthMax = 1024

  /// Throws `InvalidParameterException`, or `UnsupportedOperation` for what regular expressions
  /// hold that is not implemented.
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
      kind = .fields(try LogsFieldPatternParser.parse(&scanner))
    default: kind = try Self.terms(&scanner)
    }
  }

  private static func terms(_ scanner: inout LogsPatternScanner) throws -> Kind {
    var required: [LogsTerm] = []
    var anyOf: [LogsTerm] = []
    var excluded: [LogsTerm] = []
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
      return required.allSatisfy { $0.isFound(in: message, bytes) }
        && (anyOf.isEmpty || anyOf.contains { $0.isFound(in: message, bytes) })
        && !excluded.contains { $0.isFound(in: message, bytes) }
    case .fields(let pattern): return pattern.matches(message)
    case .json(let condition):
      // An event that is not JSON just doesn't match.
      guard case .success(let value) = Result(catching: { try JSONReader.read(message) }) else {
        return false
      }
      return condition.holds(value)
    }
  }

}

/// One term: a text that stands anywhere in the message, or a regular expression.
enum LogsTerm: Sendable {
  case text([UInt8])
  case expression(LogsExpression)

  /// - Parameter bytes: the message's, in UTF-8.
  func isFound(in message: String, _ bytes: [UInt8]) -> Bool {
    switch self {
    case .text(let term): Self.contains(bytes, term)
    case .expression(let expression): expression.isFound(in: message)
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

/// A regular expression of a filter pattern.
struct LogsExpression: Sendable {
  private let pattern: Pattern

  init(_ text: String) throws(ServiceError) {
    do throws(Pattern.Failure) { pattern = try Pattern(text) } catch {
      switch error {
      case .malformed(let why):
        throw LogsFault.invalidParameter("Invalid filter pattern: the expression %\(text)%: \(why)")
      case .unsupported(let what): throw .unsupported("\(what) in `%\(text)%` of filter patterns")
      case .tooLarge: throw .unsupported("an expression of that size in filter patterns")
      }
    }
  }

  /// Time grows with the text times the expression, never faster: no limit is needed.
  func isFound(in text: String) -> Bool {
    var steps = Int.max
    return pattern.matches(text, whole: false, steps: &steps) == true
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

  /// A term: letters, digits and `_`, or anything in double quotes or between percent signs.
  mutating func term() throws -> LogsTerm {
    if peek == UInt8(ascii: "\"") { return .text(try quoted()) }
    if peek == UInt8(ascii: "%") { return .expression(try expression()) }
    let word = word(while: Self.isWord)
    if word.isEmpty {
      throw invalid("a term with other characters than letters, digits and `_` needs quotes,")
    }
    if let next = peek, next != 0x20, !(0x09...0x0D).contains(next) {
      throw invalid("a term with other characters than letters, digits and `_` needs quotes,")
    }
    return .text(word)
  }

  /// A regular expression between percent signs, of which this is the first.
  mutating func expression() throws -> LogsExpression {
    advance()
    let text = word { $0 != UInt8(ascii: "%") }
    guard peek != nil, !text.isEmpty else { throw invalid("an expression that is not closed,") }
    advance()
    return try LogsExpression(String(decoding: text, as: UTF8.self))
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
