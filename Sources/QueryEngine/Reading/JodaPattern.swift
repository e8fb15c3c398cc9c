/// A pattern of Joda-Time's for moments, taken apart; or `millis`, milliseconds since 1970.
/// https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
struct JodaPattern: Sendable, Hashable {
  /// The reason why a pattern can't be used, as a sentence.
  struct Fault: Error, Hashable { var reason: String }

  private enum Piece: Hashable {
    case literal([UInt8])
    case year(digitsMax: Int)
    /// Of the hundred years around the one that is 20 years from now.
    case twoDigitYear
    case month(digitsMax: Int)
    case monthName
    case day(digitsMax: Int)
    case dayOfYear(digitsMax: Int)
    case dayName
    /// 0 to 23; 1 to 24 where `k`.
    case hour(digitsMax: Int, isFromOne: Bool)
    /// 0 to 11; 1 to 12 where `h`.
    case halfDayHour(digitsMax: Int, isFromOne: Bool)
    case halfDay
    case minute(digitsMax: Int)
    case second(digitsMax: Int)
    case fraction(digitsMax: Int)
    /// `+0100`, `+01:00`, `Z`
    case offset
  }

  private var pieces: [Piece] = []
  private var isMilliseconds = false
  /// The year that two digits count from.
  private let pivot: Int

  static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  static let weekdays = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]

  /// - Parameter year: the present one, around which two digits of a year are taken.
  init(_ pattern: String, year: Int) throws(Fault) {
    pivot = year - 30
    if pattern == "millis" {
      isMilliseconds = true
      return
    }
    let text = Array(pattern.utf8)
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: "'") {
        pieces.append(.literal(try Self.quoted(text, &index, pattern)))
      } else if (byte | 0x20) &- 0x61 < 26 {
        let start = index
        while index < text.count, text[index] == byte { index += 1 }
        pieces.append(
          try Self.piece(byte, index - start, isBeforeDigits: Self.isDigits(text, index), pattern))
      } else {
        pieces.append(.literal([byte]))
        index += 1
      }
    }
  }

  private static func quoted(_ text: [UInt8], _ index: inout Int, _ pattern: String)
    throws(Fault) -> [UInt8]
  {
    index += 1
    if index < text.count, text[index] == UInt8(ascii: "'") {
      index += 1
      return [UInt8(ascii: "'")]
    }
    var literal: [UInt8] = []
    while index < text.count {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: "'") {
        guard index < text.count, text[index] == byte else { return literal }
        index += 1
      }
      literal.append(byte)
    }
    throw Fault(reason: "The quotation in the timestamp format `\(pattern)` is not closed.")
  }

  /// True where a field of digits follows directly: then a number before it has its exact width.
  private static func isDigits(_ text: [UInt8], _ index: Int) -> Bool {
    guard index < text.count else { return false }
    return "yYMdDHkhKmsS".utf8.contains(text[index])
      && !(text[index] == UInt8(ascii: "M") && index + 2 < text.count
        && text[index + 2] == text[index] && text[index + 1] == text[index])
  }

  private static func piece(
    _ letter: UInt8, _ count: Int, isBeforeDigits: Bool, _ pattern: String
  ) throws(Fault) -> Piece {
    let digits = isBeforeDigits ? count : max(count, 2)
    switch letter {
    case UInt8(ascii: "y"), UInt8(ascii: "Y"):
      return count == 2 ? .twoDigitYear : .year(digitsMax: isBeforeDigits ? count : 9)
    case UInt8(ascii: "M"): return count > 2 ? .monthName : .month(digitsMax: digits)
    case UInt8(ascii: "d"): return .day(digitsMax: digits)
    case UInt8(ascii: "D"): return .dayOfYear(digitsMax: isBeforeDigits ? count : max(count, 3))
    case UInt8(ascii: "E"): return .dayName
    case UInt8(ascii: "H"): return .hour(digitsMax: digits, isFromOne: false)
    case UInt8(ascii: "k"): return .hour(digitsMax: digits, isFromOne: true)
    case UInt8(ascii: "K"): return .halfDayHour(digitsMax: digits, isFromOne: false)
    case UInt8(ascii: "h"): return .halfDayHour(digitsMax: digits, isFromOne: true)
    case UInt8(ascii: "a"): return .halfDay
    case UInt8(ascii: "m"): return .minute(digitsMax: digits)
    case UInt8(ascii: "s"): return .second(digitsMax: digits)
    case UInt8(ascii: "S") where count <= 9: return .fraction(digitsMax: count)
    case UInt8(ascii: "Z") where count <= 2: return .offset
    default:
      throw Fault(
        reason: "`\(String(repeating: Character(UnicodeScalar(letter)), count: count))` in the "
          + "timestamp format `\(pattern)` is not supported.")
    }
  }

  // MARK: Reading

  /// Fields as they are read.
  private struct Fields {
    var year = 1970
    var month = 1
    var day = 1
    var dayOfYear: Int?
    var hour = 0
    var halfDayHour: Int?
    var isAfternoon = false
    var minute = 0
    var second = 0
    var nanoseconds: Int32 = 0
    var offsetSeconds = 0
  }

  /// The moment that a text of this pattern says; nil for other texts.
  func moment(_ text: UnsafeBufferPointer<UInt8>) -> Moment? {
    if isMilliseconds {
      guard case .value(let value) = ScalarText.decimal(text, precision: 19, scale: 0),
        let milliseconds = Int64(exactly: value), milliseconds.magnitude < 9_223_372_036_854_775
      else { return nil }
      return MomentText.moment(milliseconds: milliseconds)
    }
    var cursor = FieldCursor(text)
    var fields = Fields()
    for piece in pieces where !read(piece, &cursor, &fields) { return nil }
    guard cursor.isAtEnd else { return nil }
    return Self.moment(fields)
  }

  private func read(_ piece: Piece, _ cursor: inout FieldCursor, _ fields: inout Fields) -> Bool {
    switch piece {
    case .literal(let bytes):
      let rest = cursor.text.dropFirst(cursor.index)
      cursor.index += bytes.count
      return rest.starts(with: bytes)
    case .year(let digitsMax):
      let isNegative = cursor.skip("-")
      return take(cursor.number(1, digitsMax)) { fields.year = isNegative ? -$0 : $0 }
    case .twoDigitYear: return readTwoDigitYear(&cursor, &fields)
    case .month(let digitsMax): return take(cursor.number(1, digitsMax)) { fields.month = $0 }
    case .monthName: return take(cursor.name(Self.months)) { fields.month = $0 + 1 }
    case .day(let digitsMax): return take(cursor.number(1, digitsMax)) { fields.day = $0 }
    case .dayOfYear(let digitsMax):
      return take(cursor.number(1, digitsMax)) { fields.dayOfYear = $0 }
    case .dayName: return cursor.name(Self.weekdays) != nil
    case .hour(let digitsMax, let isFromOne):
      return take(cursor.number(1, digitsMax)) { fields.hour = isFromOne ? $0 % 24 : $0 }
    case .halfDayHour(let digitsMax, let isFromOne):
      return take(cursor.number(1, digitsMax)) {
        fields.halfDayHour = isFromOne ? $0 % 12 : $0
      }
    case .halfDay: return take(cursor.name(["am", "pm"])) { fields.isAfternoon = $0 == 1 }
    case .minute(let digitsMax): return take(cursor.number(1, digitsMax)) { fields.minute = $0 }
    case .second(let digitsMax): return take(cursor.number(1, digitsMax)) { fields.second = $0 }
    case .fraction(let digitsMax):
      guard let fraction = cursor.fraction(digitsMax: digitsMax) else { return false }
      fields.nanoseconds = fraction
      return true
    case .offset: return take(cursor.offset()) { fields.offsetSeconds = $0 }
    }
  }

  private func take(_ value: Int?, _ body: (Int) -> Void) -> Bool {
    guard let value else { return false }
    body(value)
    return true
  }

  /// Two digits stand for a year around now; any other number of them for itself.
  private func readTwoDigitYear(_ cursor: inout FieldCursor, _ fields: inout Fields) -> Bool {
    let start = cursor.index
    guard let year = cursor.number(1, 9) else { return false }
    fields.year = year
    if cursor.index - start == 2 {
      let low = pivot - 50
      fields.year = low + ((year - low) % 100 + 100) % 100
    }
    return true
  }

  private static func moment(_ fields: Fields) -> Moment? {
    let days: Int64?
    if let dayOfYear = fields.dayOfYear {
      let length = MomentText.length(ofMonth: 2, fields.year) == 29 ? 366 : 365
      guard (1...length).contains(dayOfYear) else { return nil }
      days = MomentText.days(year: fields.year, month: 1, day: 1).map { $0 + Int64(dayOfYear - 1) }
    } else {
      days = MomentText.days(year: fields.year, month: fields.month, day: fields.day)
    }
    let hour = fields.halfDayHour.map { $0 + (fields.isAfternoon ? 12 : 0) } ?? fields.hour
    guard let days, abs(fields.year) < 200_000, hour < 24, fields.minute < 60, fields.second < 60
    else { return nil }
    return Moment(
      seconds: days * 86_400
        + Int64(hour * 3600 + fields.minute * 60 + fields.second - fields.offsetSeconds),
      nanoseconds: fields.nanoseconds)
  }
}

extension FieldCursor {
  /// One of the names, whole or its first three letters, in any case; its place.
  mutating func name(_ names: [String]) -> Int? {
    let start = index
    while index < text.count, (text[index] | 0x20) &- 0x61 < 26 { index += 1 }
    let word = String(decoding: text[start..<index], as: UTF8.self).lowercased()
    return names.firstIndex { $0 == word || ($0.utf8.count > 3 && $0.prefix(3) == word) }
  }

  /// `Z`, `+01`, `+0100`, `+01:00`, in seconds east of Greenwich.
  mutating func offset() -> Int? {
    if skip("Z") { return 0 }
    let isWest = skip("-")
    guard isWest || skip("+"), let hours = number(2, 2), hours < 24 else { return nil }
    var minutes = 0
    if skip(":") || (index < text.count && text[index] &- 0x30 <= 9) {
      guard let given = number(2, 2), given < 60 else { return nil }
      minutes = given
    }
    return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
  }
}
