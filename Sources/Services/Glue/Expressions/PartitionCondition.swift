import AWSModel

/// A condition over the partition keys of a table: the `Expression` of `GetPartitions`.
/// https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
struct PartitionExpression: Sendable {
  /// A partition key that the expression mentions.
  struct Key: Sendable, Hashable {
    /// Its place among the table's keys.
    var index: Int
    var type: PartitionKeyType
  }

  indirect enum Condition: Sendable, Hashable {
    case compare(Key, Comparison, PartitionValue)
    case between(Key, PartitionValue, PartitionValue)
    case among(Key, [PartitionValue])
    case like(Key, LikePattern)
    /// A partition has a value for each key.
    case isNull(Key)
    case not(Condition)
    case and(Condition, Condition)
    case or(Condition, Condition)
  }

  enum Comparison: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case unequal = "<>"
    case less = "<"
    case greater = ">"
    case atMost = "<="
    case atLeast = ">="
  }

  let condition: Condition

  /// - Throws: `InvalidInputException` where the text is no expression over these keys.
  init(_ text: String, keys: [GlueColumn]) throws(ServiceError) {
    var reader = try PartitionExpressionReader(text, keys: keys)
    condition = try reader.read()
  }

  /// True if a partition is meant, by its values in the order of the keys.
  ///
  /// - Throws: `InvalidStateException` where a value is none of its key's type.
  func matches(_ values: [String]) throws(ServiceError) -> Bool {
    try Self.matches(condition, values)
  }

  private static func matches(_ condition: Condition, _ values: [String]) throws(ServiceError)
    -> Bool
  {
    switch condition {
    case .compare(let key, let comparison, let bound):
      return comparison.holds(try Self.value(key, values), bound)
    case .between(let key, let lower, let upper):
      let value = try Self.value(key, values)
      return lower <= value && value <= upper
    case .among(let key, let choices): return choices.contains(try Self.value(key, values))
    case .like(let key, let pattern):
      return pattern.matches(values.indices.contains(key.index) ? values[key.index] : "")
    case .isNull: return false
    case .not(let inner): return !(try matches(inner, values))
    case .and(let a, let b):
      guard try matches(a, values) else { return false }
      return try matches(b, values)
    case .or(let a, let b):
      if try matches(a, values) { return true }
      return try matches(b, values)
    }
  }

  private static func value(_ key: Key, _ values: [String]) throws(ServiceError) -> PartitionValue {
    let text = values.indices.contains(key.index) ? values[key.index] : ""
    do throws(PartitionKeyType.InvalidText) { return try key.type.value(text) } catch {
      throw GlueFault.invalidState(error.message)
    }
  }
}

extension PartitionExpression.Comparison {
  func holds(_ a: PartitionValue, _ b: PartitionValue) -> Bool {
    switch self {
    case .equal: a == b
    case .unequal: a != b
    case .less: a < b
    case .greater: a > b
    case .atMost: a <= b
    case .atLeast: a >= b
    }
  }
}

/// SQL's `LIKE`: `%` stands for any text, `_` for one character; `\` takes a meaning away.
struct LikePattern: Sendable, Hashable {
  private enum Piece: Sendable, Hashable {
    case one(Unicode.Scalar)
    case anyOne, anyText
  }

  private var pieces: [Piece] = []

  init(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "%": pieces.append(.anyText)
      case "_": pieces.append(.anyOne)
      case "\\": pieces.append(.one(rest.popFirst() ?? scalar))
      default: pieces.append(.one(scalar))
      }
    }
  }

  /// Goes back to the last `%` only, so that the time is bounded by the product of both lengths.
  func matches(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var (piece, place) = (0, 0)
    var retry: (piece: Int, place: Int)?
    while place < scalars.count {
      let isMatch: Bool
      switch piece < pieces.count ? pieces[piece] : nil {
      case .anyText:
        retry = (piece, place)
        piece += 1
        continue
      case .anyOne: isMatch = true
      case .one(let scalar): isMatch = scalar == scalars[place]
      case nil: isMatch = false
      }
      if isMatch {
        (piece, place) = (piece + 1, place + 1)
      } else if let last = retry {
        retry = (last.piece, last.place + 1)
        (piece, place) = (last.piece + 1, last.place + 1)
      } else {
        return false
      }
    }
    return pieces[piece...].allSatisfy { $0 == .anyText }
  }
}
