import AWSModel

/// Conditions on the fields of a message that are divided by blanks: `[ip, user, ..., code = 4*]`.
///
/// A text in double quotes or square brackets is one field. Without `...`, a message has as
/// many fields as the pattern.
struct LogsFieldPattern: Sendable {
  enum Value: Sendable {
    /// May hold `*`, which stands for any characters.
    case text([UInt8])
    case number(Double)
    case expression(LogsExpression)
  }

  struct Condition: Sendable {
    var sign: LogsJSONCondition.Comparison
    var value: Value

    func holds(_ field: String) -> Bool {
      switch value {
      case .text(let pattern):
        return LogsJSONCondition.matches(Array(field.utf8)[...], pattern[...]) == (sign == .equal)
      case .expression(let expression): return expression.isFound(in: field) == (sign == .equal)
      case .number(let number):
        guard let own = Double(field), own.isFinite else { return sign == .notEqual }
        return sign.holds(own, number)
      }
    }
  }

  /// One field: alternatives of conditions that hold together; none where any text will do.
  typealias Field = [[Condition]]

  /// Before `...`, or all where there is none.
  var leading: [Field] = []
  /// Behind `...`; nil without it.
  var trailing: [Field]?

  func matches(_ message: String) -> Bool {
    let fields = Self.fields(of: message)
    let tail = trailing ?? []
    guard
      trailing == nil
        ? fields.count == leading.count : fields.count >= leading.count + tail.count
    else { return false }
    return zip(fields, leading).allSatisfy { Self.holds($1, $0) }
      && zip(fields.suffix(tail.count), tail).allSatisfy { Self.holds($1, $0) }
  }

  private static func holds(_ field: Field, _ text: String) -> Bool {
    field.isEmpty || field.contains { $0.allSatisfy { $0.holds(text) } }
  }

  /// Quotes and brackets that open a field and don't close are letters like any other.
  private static func fields(of message: String) -> [String] {
    var found: [String] = []
    let bytes = Array(message.utf8)
    var index = 0
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    while index < bytes.count {
      if isBlank(bytes[index]) {
        index += 1
        continue
      }
      let closing: UInt8? =
        switch bytes[index] {
        case UInt8(ascii: "\""): UInt8(ascii: "\"")
        case UInt8(ascii: "["): UInt8(ascii: "]")
        default: nil
        }
      if let closing, let end = bytes[(index + 1)...].firstIndex(of: closing) {
        found.append(String(decoding: bytes[(index + 1)..<end], as: UTF8.self))
        index = end + 1
        continue
      }
      let end = bytes[index...].firstIndex(where: isBlank) ?? bytes.endIndex
      found.append(String(decoding: bytes[index..<end], as: UTF8.self))
      index = end
    }
    return found
  }
}

/// Reads `[name, name = value && name != value, ...]`.
enum LogsFieldPatternParser {
  static func parse(_ scanner: inout LogsPatternScanner) throws -> LogsFieldPattern {
    scanner.advance()
    var pattern = LogsFieldPattern()
    repeat {
      scanner.skipSpace()
      if scanner.take("...") {
        guard pattern.trailing == nil else { throw scanner.invalid("a second `...`") }
        pattern.trailing = []
      } else {
        let field = try field(&scanner)
        if pattern.trailing == nil {
          pattern.leading.append(field)
        } else {
          pattern.trailing?.append(field)
        }
      }
      scanner.skipSpace()
    } while scanner.take(",")
    guard scanner.take("]") else { throw scanner.invalid("`]` is missing,") }
    scanner.skipSpace()
    guard scanner.peek == nil else { throw scanner.invalid("text behind `]`,") }
    return pattern
  }

  /// `&&` binds closer than `||`.
  private static func field(_ scanner: inout LogsPatternScanner) throws -> LogsFieldPattern.Field {
    var name: [UInt8]?
    var field: LogsFieldPattern.Field = []
    repeat {
      var together: [LogsFieldPattern.Condition] = []
      repeat {
        scanner.skipSpace()
        let own = scanner.word { LogsPatternScanner.isWord($0) || "-.*$@".utf8.contains($0) }
        guard !own.isEmpty else { throw scanner.invalid("expected the name of a field") }
        guard name == nil || name == own else {
          throw scanner.invalid("the conditions of one field name two,")
        }
        let isFirst = name == nil
        name = own
        scanner.skipSpace()
        guard let sign = scanner.comparison() else {
          guard isFirst else { throw scanner.invalid("expected a comparison") }
          return []
        }
        together.append(try condition(sign, &scanner))
        scanner.skipSpace()
      } while scanner.take("&&")
      field.append(together)
    } while scanner.take("||")
    return field
  }

  private static func condition(
    _ sign: LogsJSONCondition.Comparison, _ scanner: inout LogsPatternScanner
  ) throws -> LogsFieldPattern.Condition {
    scanner.skipSpace()
    let isEquality = sign == .equal || sign == .notEqual
    if scanner.peek == UInt8(ascii: "%"), isEquality {
      return .init(sign: sign, value: .expression(try scanner.expression()))
    }
    let isQuoted = scanner.peek == UInt8(ascii: "\"")
    let text =
      isQuoted ? try scanner.quoted() : scanner.word { !" ,]&|\t\r\n".utf8.contains($0) }
    guard isQuoted || !text.isEmpty else { throw scanner.invalid("expected a value") }
    if !isQuoted, let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite {
      return .init(sign: sign, value: .number(number))
    }
    guard isEquality else { throw scanner.invalid("only numbers can be compared by size,") }
    return .init(sign: sign, value: .text(text))
  }
}

extension LogsPatternScanner {
  /// The sign of a comparison, and past it; nil where none stands here.
  mutating func comparison() -> LogsJSONCondition.Comparison? {
    // The longer signs first.
    let signs: [LogsJSONCondition.Comparison] = [
      .notEqual, .lessOrEqual, .greaterOrEqual, .equal, .less, .greater,
    ]
    for sign in signs where take(sign.rawValue) { return sign }
    return nil
  }
}
