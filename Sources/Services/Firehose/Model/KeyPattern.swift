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
  private let isError: Bool

  /// Throws where an expression is malformed or of a kind that is not implemented.
  init(_ text: String, isError: Bool) throws(ConfigurationFault.Reason) {
    self.isError = isError
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

  /// The longest key that S3 takes, in UTF-8.
  static let keyBytesMax = 1024
  /// The longest name that a delivery gives: `-<version>-<date and time>-<uuid>` behind the stream's
  /// name, with as many digits as a version may ever have.
  static let nameBytesMax = 1 + 10 + 1 + 19 + 1 + 36

  /// The longest text that the prefix may come to, in UTF-8.
  var bytesMax: Int {
    let written = pieces.reduce(0) { sum, piece in
      switch piece {
      case .literal(let text): sum + text.utf8.count
      case .timestamp(let pattern): sum + pattern.bytesMax
      case .randomString: sum + 11
      case .errorType: sum + FailedRecord.processingFailed.utf8.count
      }
    }
    if hasExpressions { return written }
    return written + (isError ? FailedRecord.processingFailed.utf8.count + 1 : 0)
      + "yyyy/MM/dd/HH/".utf8.count
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
