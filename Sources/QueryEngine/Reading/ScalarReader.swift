import ServiceKit

/// Turns scalars of JSON into values of columns.
struct ScalarReader {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  let rules: ReadingRules

  /// - Parameters:
  ///   - text: of a string without its escapes, or of a number as it is written.
  ///   - isNumber: whether it stands without quotes.
  func append(_ text: Bytes, isNumber: Bool, to column: ColumnBuffers) throws(ColumnarFault) {
    switch column.type {
    case .string, .varchar, .char:
      column.append(text: text)
    case .bigint: column.append(try integer(text, isNumber, column, .min ... .max))
    case .int: column.append(try integer(text, isNumber, column, -0x8000_0000...0x7FFF_FFFF))
    case .smallint: column.append(try integer(text, isNumber, column, -0x8000...0x7FFF))
    case .tinyint: column.append(try integer(text, isNumber, column, -0x80...0x7F))
    case .double, .float: column.append(try double(text, isNumber, column))
    case .decimal(let precision, let scale):
      switch ScalarText.decimal(text, precision: precision, scale: scale) {
      case .value(let value): column.append(value)
      case .outOfRange: throw outOfRange(text, column)
      case .malformed: throw notReadable(text)
      }
    case .date:
      guard let days = MomentText.date(text) else { throw notReadable(text) }
      column.append(days)
    case .timestamp: try appendMoment(text, isNumber: isNumber, to: column)
    case .boolean:
      guard !isNumber, let value = Self.boolean(text) else { throw notReadable(text) }
      column.append(value ? Int64(1) : 0)
    case .array, .map, .structure: throw notReadable(text)
    }
  }

  func append(_ value: Bool, to column: ColumnBuffers) throws(ColumnarFault) {
    let text: StaticString = value ? "true" : "false"
    switch column.type {
    case .boolean: column.append(value ? Int64(1) : 0)
    case .string, .varchar, .char:
      column.append(text: Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount))
    default:
      throw notReadable(Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
  }

  private func integer(
    _ text: Bytes, _ isNumber: Bool, _ column: ColumnBuffers, _ range: ClosedRange<Int64>
  ) throws(ColumnarFault) -> Int64 {
    var value = ScalarText.integer(text)
    if value == nil, isNumber, !rules.isLenient {
      // Hive drops a fraction.
      value = Int64(exactly: ScalarText.parsed(text).rounded(.towardZero))
    }
    guard let value else {
      // More digits than 64 bits hold are a number all the same.
      let isWhole = text.drop { $0 == UInt8(ascii: "-") }.allSatisfy { $0 &- 0x30 <= 9 }
      throw isWhole && !text.isEmpty ? outOfRange(text, column) : notReadable(text)
    }
    guard range.contains(value) else { throw outOfRange(text, column) }
    return value
  }

  private func double(_ text: Bytes, _ isNumber: Bool, _ column: ColumnBuffers)
    throws(ColumnarFault) -> Double
  {
    guard let value = isNumber ? ScalarText.parsed(text) : ScalarText.double(text) else {
      throw notReadable(text)
    }
    let isTooLarge = column.type == .float ? Float(value).isInfinite : value.isInfinite
    if isTooLarge, isNumber || value.isFinite { throw outOfRange(text, column) }
    return value
  }

  private func appendMoment(_ text: Bytes, isNumber: Bool, to column: ColumnBuffers)
    throws(ColumnarFault)
  {
    let moment: Moment
    if rules.isLenient {
      moment = try lenientMoment(text, isNumber, column)
    } else {
      let matched = rules.timestampPatterns.lazy.compactMap { $0.moment(text) }.first
      guard let found = matched ?? MomentText.spaced(text) else {
        throw RowReader.mismatch("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
      }
      moment = found
    }
    column.append(moment)
  }

  private func lenientMoment(_ text: Bytes, _ isNumber: Bool, _ column: ColumnBuffers)
    throws(ColumnarFault) -> Moment
  {
    if !isNumber, let moment = MomentText.spaced(text) ?? MomentText.iso(text) { return moment }
    switch MomentText.epoch(text) {
    case .moment(let moment): return moment
    case .outOfRange: throw outOfRange(text, column)
    case .malformed: throw notReadable(text)
    }
  }

  private static func boolean(_ text: Bytes) -> Bool? {
    switch ScalarText.string(text).lowercased() {
    case "true": true
    case "false": false
    default: nil
    }
  }

  /// The words of Java's NumberFormatException, which AWS passes on.
  private func notReadable(_ text: Bytes) -> ColumnarFault {
    RowReader.mismatch("For input string: \"\(ScalarText.string(text))\"")
  }

  private func outOfRange(_ text: Bytes, _ column: ColumnBuffers) -> ColumnarFault {
    RowReader.mismatch(
      "Value \(ScalarText.string(text)) is out of range for column \(column.path) of type "
        + "\(column.type.text).")
  }
}

extension HiveType {
  var isNumeric: Bool {
    switch self {
    case .tinyint, .smallint, .int, .bigint, .float, .double, .decimal: true
    default: false
    }
  }

  var isText: Bool {
    switch self {
    case .string, .varchar, .char: true
    default: false
    }
  }
}
