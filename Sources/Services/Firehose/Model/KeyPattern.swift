import Effects

/// A prefix of delivered objects: literal text with expressions `!{namespace:value}`.
///
/// A prefix without any expression gets the oldest record's hour appended, literally: `p` becomes
/// `p2026/11/21/04/`; an error prefix gets the error's type before that.
struct KeyPattern: Sendable, Hashable {
  private enum Piece: Sendable, Hashable {
    case literal(String)
    case timestamp(DatePattern)
    case randomString
    case errorType
  }

  private var pieces: [Piece] = []

  /// Throws where an expression is malformed or of a kind that is not implemented.
  init(_ text: String, isError: Bool) throws(ConfigurationFault.Reason) {
    var rest = text[...]
    while let start = rest.firstRange(of: "!{") {
      if start.lowerBound > rest.startIndex {
        pieces.append(.literal(String(rest[..<start.lowerBound])))
      }
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw .init(message: "The expression in the prefix \(text) is not closed")
      }
      pieces.append(try Self.piece(String(rest[start.upperBound..<end]), isError: isError))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { pieces.append(.literal(String(rest))) }
  }

  private static func piece(_ expression: String, isError: Bool)
    throws(ConfigurationFault.Reason) -> Piece
  {
    guard let colon = expression.firstIndex(of: ":") else {
      throw .init(message: "The expression !{\(expression)} has no namespace")
    }
    let value = String(expression[expression.index(after: colon)...])
    switch expression[..<colon] {
    case "timestamp": return .timestamp(try DatePattern(value))
    case "firehose" where value == "random-string": return .randomString
    case "firehose" where value == "error-output-type":
      guard isError else {
        throw .init(message: "!{firehose:error-output-type} may stand in ErrorOutputPrefix only")
      }
      return .errorType
    case "partitionKeyFromLambda", "partitionKeyFromQuery":
      throw .init(message: "the prefix expression !{\(expression)}", isUnsupported: true)
    default: throw .init(message: "The expression !{\(expression)} is not known")
    }
  }

  var hasExpressions: Bool {
    pieces.contains { if case .literal = $0 { false } else { true } }
  }

  var namesErrorType: Bool { pieces.contains(.errorType) }

  /// - Parameter errorType: `processing-failed`; nil for delivered records.
  func evaluate(_ arrival: Timestamp, errorType: String?, random: any RandomSource) -> String {
    var key = ""
    for piece in pieces {
      switch piece {
      case .literal(let text): key += text
      case .timestamp(let pattern): key += pattern.format(arrival)
      case .randomString:
        key += random.text(
          11, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
      case .errorType: key += errorType ?? ""
      }
    }
    if !hasExpressions {
      if let errorType { key += "\(errorType)/" }
      key += "\(arrival.hourPath)/"
    }
    return key
  }
}
