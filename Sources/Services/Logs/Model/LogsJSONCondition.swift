import AWSModel
import PropertyTree

/// A condition on an event that is a JSON document.
indirect enum LogsJSONCondition: Sendable {
  enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
    /// `[*]` or `.*`: every element, or every member.
    case each
  }

  enum Comparison: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    func holds(_ left: Double, _ right: Double) -> Bool {
      switch self {
      case .equal: left == right
      case .notEqual: left != right
      case .less: left < right
      case .lessOrEqual: left <= right
      case .greater: left > right
      case .greaterOrEqual: left >= right
      }
    }
  }

  enum State: Sendable { case null, yes, no, notExists }

  /// Text may hold `*`, which stands for any characters.
  case text([Step], Comparison, pattern: [UInt8])
  case number([Step], Comparison, Double)
  case expression([Step], Comparison, LogsExpression)
  case state([Step], State)
  case all([LogsJSONCondition])
  case any([LogsJSONCondition])

  func holds(_ document: PropertyValue) -> Bool {
    switch self {
    case .all(let conditions): return conditions.allSatisfy { $0.holds(document) }
    case .any(let conditions): return conditions.contains { $0.holds(document) }
    case .state(let path, let state):
      let values = Self.find(path[...], in: document)
      return switch state {
      case .null: values.contains(.null)
      case .yes: values.contains(.bool(true))
      case .no: values.contains(.bool(false))
      case .notExists: values.isEmpty
      }
    case .text(let path, let comparison, let pattern):
      return Self.find(path[...], in: document).compactMap(\.scalarText).contains {
        Self.matches(Array($0.utf8)[...], pattern[...]) == (comparison == .equal)
      }
    case .expression(let path, let comparison, let expression):
      return Self.find(path[...], in: document).compactMap(\.scalarText).contains {
        expression.isFound(in: $0) == (comparison == .equal)
      }
    case .number(let path, let comparison, let number):
      return Self.find(path[...], in: document).compactMap(Self.number).contains {
        comparison.holds($0, number)
      }
    }
  }

  private static func number(_ value: PropertyValue) -> Double? {
    switch value {
    case .int(let int): Double(int)
    case .double(let double): double
    default: nil
    }
  }

  /// The values that a selector leads to: several where it holds a wildcard.
  private static func find(_ path: ArraySlice<Step>, in value: PropertyValue) -> [PropertyValue] {
    guard let step = path.first else { return [value] }
    let rest = path.dropFirst()
    switch step {
    case .key(let key): return value[key].map { find(rest, in: $0) } ?? []
    case .index(let index):
      guard let list = value.listValue, list.indices.contains(index) else { return [] }
      return find(rest, in: list[index])
    case .each:
      let all = value.listValue ?? value.objectValue.map { Array($0.values) } ?? []
      return all.flatMap { find(rest, in: $0) }
    }
  }

  /// Linear in the text for each `*`: it goes back to the last star only.
  static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    var (t, p) = (text.startIndex, pattern.startIndex)
    var star: (p: Int, t: Int)?
    while t < text.endIndex {
      if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.endIndex, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = star {
        star = (last.p, last.t + 1)
        p = last.p + 1
        t = last.t + 1
      } else {
        return false
      }
    }
    while p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.endIndex
  }
}

/// Reads `{ condition }`; `&&` binds closer than `||`.
enum LogsJSONConditionParser {
  private static let depthMax = 32

  static func parse(_ scanner: inout LogsPatternScanner) throws -> LogsJSONCondition {
    scanner.advance()
    let condition = try disjunction(&scanner, depth: 0)
    guard scanner.take("}") else { throw scanner.invalid("`}` is missing,") }
    scanner.skipSpace()
    guard scanner.peek == nil else { throw scanner.invalid("text behind `}`,") }
    return condition
  }

  private static func disjunction(_ scanner: inout LogsPatternScanner, depth: Int) throws
    -> LogsJSONCondition
  {
    guard depth < depthMax else { throw scanner.invalid("too many parentheses,") }
    var parts = [try conjunction(&scanner, depth: depth)]
    while scanner.take("||") { parts.append(try conjunction(&scanner, depth: depth)) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private static func conjunction(_ scanner: inout LogsPatternScanner, depth: Int) throws
    -> LogsJSONCondition
  {
    var parts = [try atom(&scanner, depth: depth)]
    while scanner.take("&&") { parts.append(try atom(&scanner, depth: depth)) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  /// Leaves no space behind it.
  private static func atom(_ scanner: inout LogsPatternScanner, depth: Int) throws
    -> LogsJSONCondition
  {
    scanner.skipSpace()
    let condition: LogsJSONCondition
    if scanner.take("(") {
      condition = try disjunction(&scanner, depth: depth + 1)
      guard scanner.take(")") else { throw scanner.invalid("`)` is missing,") }
    } else {
      condition = try comparison(&scanner)
    }
    scanner.skipSpace()
    return condition
  }

  private static func comparison(_ scanner: inout LogsPatternScanner) throws -> LogsJSONCondition {
    let path = try path(&scanner)
    scanner.skipSpace()
    if scanner.take("NOT") {
      scanner.skipSpace()
      guard scanner.take("EXISTS") else { throw scanner.invalid("expected `EXISTS`") }
      return .state(path, .notExists)
    }
    if scanner.take("IS") {
      scanner.skipSpace()
      if scanner.take("NULL") { return .state(path, .null) }
      if scanner.take("TRUE") { return .state(path, .yes) }
      if scanner.take("FALSE") { return .state(path, .no) }
      throw scanner.invalid("expected `NULL`, `TRUE` or `FALSE`")
    }
    guard let sign = scanner.comparison() else { throw scanner.invalid("expected a comparison") }
    scanner.skipSpace()
    return try value(&scanner, path, sign)
  }

  private static func path(_ scanner: inout LogsPatternScanner) throws -> [LogsJSONCondition.Step] {
    guard scanner.take("$") else {
      throw scanner.invalid("expected a selector that begins with `$`")
    }
    var steps: [LogsJSONCondition.Step] = []
    while true {
      if scanner.take(".") {
        if scanner.take("*") {
          steps.append(.each)
          continue
        }
        let name = scanner.word { LogsPatternScanner.isWord($0) || $0 == UInt8(ascii: "-") }
        guard !name.isEmpty else { throw scanner.invalid("expected a name behind `.`") }
        steps.append(.key(String(decoding: name, as: UTF8.self)))
      } else if scanner.take("[") {
        if scanner.take("*") {
          steps.append(.each)
        } else if scanner.peek == UInt8(ascii: "\"") {
          steps.append(.key(String(decoding: try scanner.quoted(), as: UTF8.self)))
        } else {
          let digits = scanner.word { (0x30...0x39).contains($0) }
          guard let index = Int(String(decoding: digits, as: UTF8.self)) else {
            throw scanner.invalid("expected an index")
          }
          steps.append(.index(index))
        }
        guard scanner.take("]") else { throw scanner.invalid("`]` is missing,") }
      } else {
        break
      }
    }
    guard !steps.isEmpty else { throw scanner.invalid("expected a name behind `$`") }
    guard steps.count(where: { $0 == .each }) <= 1 else {
      throw scanner.invalid("a selector may have one wildcard,")
    }
    return steps
  }

  private static func value(
    _ scanner: inout LogsPatternScanner, _ path: [LogsJSONCondition.Step],
    _ sign: LogsJSONCondition.Comparison
  ) throws -> LogsJSONCondition {
    if scanner.peek == UInt8(ascii: "%") {
      guard sign == .equal || sign == .notEqual else {
        throw scanner.invalid("only numbers can be compared by size,")
      }
      return .expression(path, sign, try scanner.expression())
    }
    let isQuoted = scanner.peek == UInt8(ascii: "\"")
    let text =
      isQuoted
      ? try scanner.quoted()
      : scanner.word { !" )}&|\t\r\n".utf8.contains($0) }
    guard isQuoted || !text.isEmpty else { throw scanner.invalid("expected a value") }
    if !isQuoted, let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite {
      return .number(path, sign, number)
    }
    guard sign == .equal || sign == .notEqual else {
      throw scanner.invalid("only numbers can be compared by size,")
    }
    return .text(path, sign, pattern: text)
  }
}
