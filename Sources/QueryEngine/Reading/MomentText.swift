/// A moment without a zone: seconds since 1970, as a clock in UTC shows it.
struct Moment: Sendable, Hashable {
  var seconds: Int64
  /// 0 to 999,999,999.
  var nanoseconds: Int32
}

/// Dates and moments from their text.
enum MomentText {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// Days since 1970 of a day that the calendar has; nil for others.
  static func days(year: Int, month: Int, day: Int) -> Int64? {
    guard (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year) else {
      return nil
    }
    // Years begin with March, so that the leap day is the last.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  static func length(ofMonth month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// `yyyy-[M]M-[d]d`, in days since 1970.
  static func date(_ text: Bytes) -> Int64? {
    var fields = FieldCursor(text)
    guard let days = fields.date(isStrict: false), fields.isAtEnd else { return nil }
    return days
  }

  /// `yyyy-[M]M-[d]d [H]H:[m]m:[s]s[.f…]` with up to nine digits of fraction.
  static func spaced(_ text: Bytes) -> Moment? {
    var fields = FieldCursor(text)
    guard let days = fields.date(isStrict: false), fields.skip(" "),
      let moment = fields.time(days, isStrict: false), fields.isAtEnd
    else { return nil }
    return moment
  }

  /// `yyyy-MM-dd'T'HH:mm:ss[.f…]['Z']` with up to nine digits of fraction.
  static func iso(_ text: Bytes) -> Moment? {
    var fields = FieldCursor(text)
    guard let days = fields.date(isStrict: true), fields.skip("T"),
      let moment = fields.time(days, isStrict: true)
    else { return nil }
    _ = fields.skip("Z")
    return fields.isAtEnd ? moment : nil
  }

  enum Epoch: Equatable {
    case moment(Moment)
    case outOfRange
    case malformed
  }

  /// A number: seconds below 10^12, milliseconds from there on, with a fraction or without; cut to
  /// milliseconds.
  static func epoch(_ text: Bytes) -> Epoch {
    let scaled: Int128
    switch ScalarText.decimal(text, precision: 38, scale: 6) {
    case .value(let value): scaled = value
    case .outOfRange: return .outOfRange
    case .malformed: return .malformed
    }
    let isSeconds = scaled.magnitude < 1_000_000_000_000_000_000
    let milliseconds = isSeconds ? divided(scaled, 1000) : divided(scaled, 1_000_000)
    return milliseconds.magnitude <= Self.millisecondsMax
      ? .moment(moment(milliseconds: Int64(milliseconds))) : .outOfRange
  }

  /// The farthest moment that microseconds in 64 bits hold.
  private static let millisecondsMax: UInt128 = 9_223_372_036_854_775

  static func moment(milliseconds: Int64) -> Moment {
    let seconds = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    return Moment(
      seconds: seconds, nanoseconds: Int32((milliseconds - seconds * 1000) * 1_000_000))
  }

  /// Rounded to the nearest.
  private static func divided(_ value: Int128, _ divisor: Int128) -> Int128 {
    (value + (value < 0 ? -divisor / 2 : divisor / 2)) / divisor
  }
}

/// Reads numbers and marks one after another.
struct FieldCursor {
  let text: UnsafeBufferPointer<UInt8>
  var index = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  var isAtEnd: Bool { index == text.count }

  mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    guard index < text.count, text[index] == UInt8(ascii: mark) else { return false }
    index += 1
    return true
  }

  /// A number of `digitsMin` to `digitsMax` digits.
  mutating func number(_ digitsMin: Int, _ digitsMax: Int) -> Int? {
    let start = index
    var value = 0
    while index < text.count, index - start < digitsMax, text[index] &- 0x30 <= 9 {
      value = value * 10 + Int(text[index] - 0x30)
      index += 1
    }
    return index - start >= digitsMin ? value : nil
  }

  /// Digits behind the point, up to nine, as nanoseconds.
  mutating func fraction(digitsMax: Int = 9) -> Int32? {
    let start = index
    guard var value = number(1, digitsMax) else { return nil }
    for _ in (index - start)..<9 { value *= 10 }
    return Int32(value)
  }

  mutating func date(isStrict: Bool) -> Int64? {
    let digitsMin = isStrict ? 2 : 1
    guard let year = number(4, 4), skip("-"), let month = number(digitsMin, 2), skip("-"),
      let day = number(digitsMin, 2)
    else { return nil }
    return MomentText.days(year: year, month: month, day: day)
  }

  mutating func time(_ days: Int64, isStrict: Bool) -> Moment? {
    let digitsMin = isStrict ? 2 : 1
    guard let hour = number(digitsMin, 2), skip(":"), let minute = number(digitsMin, 2), skip(":"),
      let second = number(digitsMin, 2), hour < 24, minute < 60, second < 60
    else { return nil }
    var nanoseconds: Int32 = 0
    if skip(".") {
      guard let fraction = fraction() else { return nil }
      nanoseconds = fraction
    }
    return Moment(
      seconds: days * 86_400 + Int64(hour * 3600 + minute * 60 + second),
      nanoseconds: nanoseconds)
  }
}
