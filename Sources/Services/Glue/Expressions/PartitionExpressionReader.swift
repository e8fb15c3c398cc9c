import AWSModel

/// Reads the text of an expression, keys and literals resolved as they come.
///
///     expression = term {OR term}      term = factor {AND factor}      factor = [NOT] primary
///     primary    = "(" expression ")" | key test
///     test       = operator literal | [NOT] (IN "(" literal {"," literal} ")" | LIKE text
///                  | BETWEEN literal AND literal) | IS [NOT] NULL
struct PartitionExpressionReader {
  typealias Condition = PartitionExpression.Condition
  typealias Key = PartitionExpression.Key

  private let text: String
  private let keys: [GlueColumn]
  private let tokens: [PartitionToken]
  private var index = 0
  private var depth = 0

  private static let depthMax = 100

  init(_ text: String, keys: [GlueColumn]) throws(ServiceError) {
    self.text = text
    self.keys = keys
    guard let tokens = PartitionToken.all(in: text) else { throw Self.unsupported(text) }
    self.tokens = tokens
  }

  private static func unsupported(_ text: String) -> ServiceError {
    GlueFault.invalid("Unsupported expression '\(text)'")
  }

  private var unsupported: ServiceError { Self.unsupported(text) }

  mutating func read() throws(ServiceError) -> Condition {
    let condition = try expression()
    guard index == tokens.count else { throw unsupported }
    return condition
  }

  private mutating func expression() throws(ServiceError) -> Condition {
    depth += 1
    guard depth <= Self.depthMax else { throw unsupported }
    var condition = try term()
    while take(.word("or")) { condition = .or(condition, try term()) }
    depth -= 1
    return condition
  }

  private mutating func term() throws(ServiceError) -> Condition {
    var condition = try factor()
    while take(.word("and")) { condition = .and(condition, try factor()) }
    return condition
  }

  private mutating func factor() throws(ServiceError) -> Condition {
    var isNegated = false
    while take(.word("not")) { isNegated.toggle() }
    let condition: Condition
    if take(.symbol("(")) {
      condition = try expression()
      try expect(.symbol(")"))
    } else {
      condition = try test()
    }
    return isNegated ? .not(condition) : condition
  }

  private mutating func test() throws(ServiceError) -> Condition {
    guard case .word(let name)? = next() else { throw unsupported }
    let key = try self.key(name)
    if take(.word("is")) {
      let isNegated = take(.word("not"))
      try expect(.word("null"))
      return isNegated ? .not(.isNull(key)) : .isNull(key)
    }
    if take(.word("not")) { return .not(try membership(of: key)) }
    if case .symbol(let symbol)? = peek(),
      let comparison = PartitionExpression.Comparison(rawValue: symbol == "!=" ? "<>" : symbol)
    {
      index += 1
      return .compare(key, comparison, try literal(of: key))
    }
    return try membership(of: key)
  }

  private mutating func membership(of key: Key) throws(ServiceError) -> Condition {
    if take(.word("in")) {
      try expect(.symbol("("))
      var choices = [try literal(of: key)]
      while take(.symbol(",")) { choices.append(try literal(of: key)) }
      try expect(.symbol(")"))
      return .among(key, choices)
    }
    if take(.word("between")) {
      let lower = try literal(of: key)
      try expect(.word("and"))
      return .between(key, lower, try literal(of: key))
    }
    try expect(.word("like"))
    guard key.type == .text else {
      throw GlueFault.invalid("\(key.type.title) data type doesn't support operation 'LIKE'")
    }
    guard case .text(let pattern)? = next() else { throw unsupported }
    return .like(key, LikePattern(pattern))
  }

  private func key(_ name: String) throws(ServiceError) -> Key {
    guard let index = keys.firstIndex(where: { $0.Name.lowercased() == name }) else {
      throw GlueFault.invalid("Unknown column '\(name)'")
    }
    return Key(index: index, type: try PartitionKeyType(keys[index].Type ?? "string"))
  }

  private mutating func literal(of key: Key) throws(ServiceError) -> PartitionValue {
    let text: String
    switch next() {
    case .text(let quoted)?: text = quoted
    case .word(let word)? where PartitionDecimal(word) != nil: text = word
    default: throw unsupported
    }
    do throws(PartitionKeyType.InvalidText) { return try key.type.value(text) } catch {
      throw GlueFault.invalid(error.message)
    }
  }

  // MARK: Tokens

  private func peek() -> PartitionToken? { index < tokens.count ? tokens[index] : nil }

  private mutating func next() -> PartitionToken? {
    defer { index += 1 }
    return peek()
  }

  private mutating func take(_ token: PartitionToken) -> Bool {
    guard peek() == token else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ token: PartitionToken) throws(ServiceError) {
    guard take(token) else { throw unsupported }
  }
}

/// A piece of an expression.
enum PartitionToken: Sendable, Hashable {
  /// A key, a keyword or a number, in lower case.
  case word(String)
  /// Text in single quotes.
  case text(String)
  case symbol(String)

  /// nil where a character begins none, or quotes don't end.
  static func all(in text: String) -> [PartitionToken]? {
    var tokens: [PartitionToken] = []
    var rest = text.unicodeScalars[...]
    while let first = rest.first {
      if first.properties.isWhitespace {
        rest.removeFirst()
      } else if isWord(first) || first == "-" || first == "+" {
        let end = rest.dropFirst().prefix(while: isWord).endIndex
        tokens.append(.word(String(rest[..<end]).lowercased()))
        rest = rest[end...]
      } else if first == "'" {
        guard let literal = Self.quoted(&rest) else { return nil }
        tokens.append(.text(literal))
      } else {
        let two = String(rest.prefix(2))
        guard let symbol = symbols.first(where: { two.hasPrefix($0) }) else { return nil }
        tokens.append(.symbol(symbol))
        rest = rest.dropFirst(symbol.unicodeScalars.count)
      }
    }
    return tokens
  }

  /// The longer ones first.
  private static let symbols = ["<>", "!=", "<=", ">=", "=", "<", ">", "(", ")", ","]

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
      || scalar == "."
  }

  /// Takes a text with its quotes; a quote in it is written twice.
  private static func quoted(_ rest: inout Substring.UnicodeScalarView) -> String? {
    rest.removeFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == "'" {
        guard rest.first == "'" else { return String(text) }
        rest.removeFirst()
      }
      text.append(scalar)
    }
    return nil
  }
}
