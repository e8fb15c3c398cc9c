import AWSModel

/// The kind of a partition key, by which its values compare.
enum PartitionKeyType: Sendable, Hashable {
  case text, integer, decimal, date, timestamp

  /// - Parameter name: a column's type: `int`, `decimal(10,2)`.
  /// - Throws: `InvalidInputException` for a type that partitions can't be told apart by.
  init(_ name: String) throws(ServiceError) {
    let name = name.lowercased()
    switch name.split(separator: "(").first.map(String.init) ?? "" {
    case "string", "char", "varchar": self = .text
    case "tinyint", "smallint", "int", "integer", "bigint", "long": self = .integer
    case "decimal": self = .decimal
    case "date": self = .date
    case "timestamp": self = .timestamp
    default: throw GlueFault.invalid("Unknown type : '\(name)'")
    }
  }

  /// The type as sentences about it begin.
  var title: String {
    switch self {
    case .text: "String"
    case .integer: "Integral"
    case .decimal: "Decimal"
    case .date: "Date"
    case .timestamp: "Timestamp"
    }
  }

  /// - Throws: `InvalidText` where the text is no value of the type.
  func value(_ text: String) throws(InvalidText) -> PartitionValue {
    switch self {
    case .text: return .text(Array(text.utf8))
    case .integer:
      guard let number = Int64(text) else {
        throw InvalidText(message: "\"\(text)\" is not an integer.")
      }
      return .integer(number)
    case .decimal:
      guard let number = PartitionDecimal(text) else {
        throw InvalidText(message: "\(text) is not a decimal.")
      }
      return .decimal(number)
    case .date:
      guard Moment.isDate(Array(text.utf8)[...]) else {
        throw InvalidText(message: "\(text) is not a date.")
      }
      return .text(Array(text.utf8))
    case .timestamp:
      guard let moment = Moment.timestamp(text) else {
        throw InvalidText(
          message: "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] \(text) is not a "
            + "timestamp.")
      }
      return .text(moment)
    }
  }

  /// Text that is no value of a type, in AWS's words.
  struct InvalidText: Error, Hashable { var message: String }
}

/// A value of a partition key or of an expression. Only values of one type are compared.
enum PartitionValue: Sendable, Hashable, Comparable {
  /// In an order that is the order of its bytes: dates and timestamps too.
  case text([UInt8])
  case integer(Int64)
  case decimal(PartitionDecimal)

  static func < (a: PartitionValue, b: PartitionValue) -> Bool {
    switch (a, b) {
    case (.text(let a), .text(let b)): a.lexicographicallyPrecedes(b)
    case (.integer(let a), .integer(let b)): a < b
    case (.decimal(let a), .decimal(let b)): a < b
    default: false
    }
  }
}

/// A decimal number of any size, exactly.
struct PartitionDecimal: Sendable, Hashable, Comparable {
  private var isNegative: Bool
  /// Digits before the point, without leading zeros, and behind it, without trailing zeros.
  private var whole: [UInt8]
  private var fraction: [UInt8]

  /// `-12.50`; nil for anything else.
  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    isNegative = rest.first == UInt8(ascii: "-")
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    let parts = rest.split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let behind = parts.count == 2 ? parts[1] : []
    guard !parts[0].isEmpty || !behind.isEmpty,
      (parts[0] + behind).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    whole = Array(parts[0].drop { $0 == UInt8(ascii: "0") })
    fraction = Array(behind)
    while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
    if whole.isEmpty, fraction.isEmpty { isNegative = false }
  }

  static func < (a: PartitionDecimal, b: PartitionDecimal) -> Bool {
    guard a.isNegative == b.isNegative else { return a.isNegative }
    let (small, large) = a.isNegative ? (b, a) : (a, b)
    if small.whole.count != large.whole.count { return small.whole.count < large.whole.count }
    if small.whole != large.whole { return small.whole.lexicographicallyPrecedes(large.whole) }
    return small.fraction.lexicographicallyPrecedes(large.fraction)
  }
}

/// Dates and timestamps as text.
private enum Moment {
  /// True for `yyyy-mm-dd` of a day that there is.
  static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 3, let year = number(parts[0], digits: 4),
      let month = number(parts[1], digits: 2), let day = number(parts[2], digits: 2),
      (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  /// `yyyy-mm-dd hh:mm:ss[.fffffffff]`, always with nine digits behind the point.
  static func timestamp(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 19, isDate(bytes[..<10]), bytes[10] == UInt8(ascii: " ") else {
      return nil
    }
    let clock = bytes[11..<19].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0], digits: 2), hour < 24,
      let minute = number(clock[1], digits: 2), minute < 60,
      let second = number(clock[2], digits: 2), second < 60
    else { return nil }
    let fraction = bytes[19...].dropFirst()
    if bytes.count > 19 {
      guard bytes[19] == UInt8(ascii: "."), (1...9).contains(fraction.count),
        number(fraction, digits: fraction.count) != nil
      else { return nil }
    }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 9 - fraction.count)
    return bytes[..<19] + [UInt8(ascii: ".")] + fraction + zeros
  }

  private static func number(_ bytes: ArraySlice<UInt8>, digits: Int) -> Int? {
    guard bytes.count == digits,
      bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }
}
