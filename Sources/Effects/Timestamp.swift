/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00Z: the finest unit that the
/// emulated services show.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  /// Seconds since 1970 with a fraction, as AWS's JSON protocols write time.
  public var epochSeconds: Double { Double(milliseconds) / 1000 }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

  public func adding(milliseconds delta: Int64) -> Timestamp {
    Timestamp(milliseconds: milliseconds + delta)
  }

  public func adding(seconds delta: Int) -> Timestamp { adding(milliseconds: Int64(delta) * 1000) }
}

/// The fields of a timestamp in the Gregorian calendar, UTC.
public struct UTCFields: Sendable, Hashable {
  public var year, month, day, hour, minute, second, millisecond: Int
  /// 0 is Sunday.
  public var weekday: Int

  /// Days to civil date by the algorithm of proleptic Gregorian eras of 146,097 days; free of
  /// Foundation's calendar, which costs 15 ms at the start of a process.
  public init(_ timestamp: Timestamp) {
    let total = timestamp.milliseconds
    let days = Int(total >= 0 ? total / 86_400_000 : (total - 86_399_999) / 86_400_000)
    var rest = Int(total - Int64(days) * 86_400_000)
    millisecond = rest % 1000
    rest /= 1000
    (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    weekday = ((days % 7) + 11) % 7
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

extension Timestamp {
  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    milliseconds = Int64(seconds) * 1000
  }

  private static func pad(_ value: Int, _ width: Int = 2) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  /// `2026-11-21T04:48:00.123Z`
  public var iso8601: String {
    let f = UTCFields(self)
    return "\(Self.pad(f.year, 4))-\(Self.pad(f.month))-\(Self.pad(f.day))T\(Self.pad(f.hour)):"
      + "\(Self.pad(f.minute)):\(Self.pad(f.second)).\(Self.pad(f.millisecond, 3))Z"
  }

  /// `Sat, 21 Nov 2026 04:48:00 GMT`, as HTTP headers write time.
  public var httpDate: String {
    let f = UTCFields(self)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return "\(days[f.weekday]), \(Self.pad(f.day)) \(months[f.month - 1]) \(Self.pad(f.year, 4)) "
      + "\(Self.pad(f.hour)):\(Self.pad(f.minute)):\(Self.pad(f.second)) GMT"
  }

  /// `2026/11/21/04`
  public var hourPath: String {
    let f = UTCFields(self)
    return "\(Self.pad(f.year, 4))/\(Self.pad(f.month))/\(Self.pad(f.day))/\(Self.pad(f.hour))"
  }
}
