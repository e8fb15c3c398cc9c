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
    case partitionKey(PartitionKey)
  }

  private var pieces: [Piece] = []
  private let isError: Bool

  /// Throws where an expression is malformed, and, naming it, for one that Leat does not support.
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
    case let namespace where PartitionKey.Namespace(rawValue: String(namespace)) != nil:
      guard !isError else {
        throw .init(message: "!{\(namespace):…} may stand in Prefix only")
      }
      guard let key = PartitionKey(namespace, value) else {
        throw .init(message: "The expression !{\(expression)} names no key")
      }
      return .partitionKey(key)
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
      case .errorType: sum + ErrorOutput.nameBytesMax
      // As long as its values are: a key that becomes too long goes to the error output.
      case .partitionKey: sum + 1
      }
    }
    if hasExpressions { return written }
    return written + (isError ? ErrorOutput.nameBytesMax + 1 : 0) + "yyyy/MM/dd/HH/".utf8.count
  }

  var hasExpressions: Bool {
    pieces.contains { if case .literal = $0 { false } else { true } }
  }

  var namesErrorType: Bool { pieces.contains(.errorType) }

  /// The partition keys that it is made of.
  var partitionKeys: [PartitionKey] {
    pieces.compactMap { if case .partitionKey(let key) = $0 { key } else { nil } }
  }

  /// The prefix as far as records make it: its texts between dates, random strings and other parts
  /// that an object has of its own. Records whose prefixes are the same belong to one partition,
  /// whatever keys they come from.
  ///
  /// - Parameter keys: a value for each of `partitionKeys`.
  func partition(_ keys: [PartitionKey: String]) -> [String] {
    var texts = [""]
    for piece in pieces {
      switch piece {
      case .literal(let text): texts[texts.count - 1] += text
      case .partitionKey(let name): texts[texts.count - 1] += keys[name] ?? ""
      case .timestamp, .randomString, .errorType: texts.append("")
      }
    }
    return texts
  }

  /// - Parameters:
  ///   - arrival: on the clock of the delivery stream's zone.
  ///   - errorType: nil for delivered records.
  ///   - keys: a value for each of `partitionKeys`.
  func evaluate(
    _ arrival: Timestamp, errorType: ErrorOutput?, keys: [PartitionKey: String] = [:],
    random: any RandomSource
  ) -> String {
    var key = ""
    for piece in pieces {
      switch piece {
      case .literal(let text): key += text
      case .timestamp(let pattern): key += pattern.format(arrival)
      case .randomString:
        key += random.text(
          11, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
      case .errorType: key += errorType?.rawValue ?? ""
      case .partitionKey(let name): key += keys[name] ?? ""
      }
    }
    if !hasExpressions {
      if let errorType { key += "\(errorType.rawValue)/" }
      key += "\(arrival.hourPath)/"
    }
    return key
  }
}

/// A name by which records are parted into prefixes, and who gives its value.
struct PartitionKey: Sendable, Hashable {
  enum Namespace: String, Sendable, Hashable {
    case lambda = "partitionKeyFromLambda"
    case query = "partitionKeyFromQuery"
  }

  var namespace: Namespace
  var name: String

  init(_ namespace: Namespace, _ name: String) { (self.namespace, self.name) = (namespace, name) }

  /// nil for another namespace, and without a name.
  init?(_ namespace: some StringProtocol, _ name: String) {
    guard let namespace = Namespace(rawValue: String(namespace)), !name.isEmpty else { return nil }
    self.init(namespace, name)
  }
}
