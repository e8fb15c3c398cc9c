import Effects

/// A zone's rule for all years to come: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html#tag_08_03
struct TimeZoneRule: Sendable, Hashable {
  /// A day of each year and the seconds after its midnight.
  private struct Change: Sendable, Hashable {
    enum Day: Sendable, Hashable {
      /// 1 to 365; February 29 is never counted.
      case julian(Int)
      /// 0 to 365.
      case ordinal(Int)
      case weekday(Int, week: Int, month: Int)
    }

    var day: Day
    var time: Int
  }

  private var standard: Int
  private var summer: Int?
  private var begin: Change?
  private var end: Change?

  init?(_ text: String) {
    var rest = text[...]
    guard Self.skipName(&rest), let west = Self.time(&rest) else { return nil }
    standard = -west
    if rest.isEmpty { return }
    guard Self.skipName(&rest) else { return nil }
    if rest.first == "," {
      summer = standard + 3600
    } else {
      guard let west = Self.time(&rest) else { return nil }
      summer = -west
    }
    guard let begin = Self.change(&rest), let end = Self.change(&rest), rest.isEmpty else {
      return nil
    }
    self.begin = begin
    self.end = end
  }

  /// - Parameter seconds: since 1970, UTC.
  func offset(at seconds: Int64) -> Int {
    guard let summer, let begin, let end else { return standard }
    let year = UTCFields(Timestamp(milliseconds: (seconds + Int64(standard)) * 1000)).year
    let from = Self.moment(begin, year) - Int64(standard)
    let to = Self.moment(end, year) - Int64(summer)
    // In the south, summer goes over the year's end.
    let isSummer = from < to ? (from..<to).contains(seconds) : !(to..<from).contains(seconds)
    return isSummer ? summer : standard
  }

  /// Seconds since 1970 on the zone's own clock.
  private static func moment(_ change: Change, _ year: Int) -> Int64 {
    let newYear = Timestamp(year: year, month: 1, day: 1).milliseconds / 1000
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days: Int
    switch change.day {
    case .ordinal(let day): days = day
    case .julian(let day): days = day - 1 + (isLeap && day > 59 ? 1 : 0)
    case .weekday(let weekday, let week, let month):
      let first = Timestamp(year: year, month: month, day: 1)
      let begin = UTCFields(first).weekday
      var day = 1 + (weekday - begin + 7) % 7 + 7 * (week - 1)
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      while day > lengths[month - 1] { day -= 7 }
      return first.milliseconds / 1000 + Int64((day - 1) * 86_400 + change.time)
    }
    return newYear + Int64(days * 86_400 + change.time)
  }

  // MARK: Reading

  /// `CEST` or `<+0330>`.
  private static func skipName(_ rest: inout Substring) -> Bool {
    if rest.first == "<" {
      guard let end = rest.firstIndex(of: ">") else { return false }
      rest = rest[rest.index(after: end)...]
      return true
    }
    let name = rest.prefix { $0.isLetter }
    rest = rest.dropFirst(name.count)
    return !name.isEmpty
  }

  /// `[+-]h[h][:mm[:ss]]` in seconds.
  private static func time(_ rest: inout Substring) -> Int? {
    let isNegative = rest.first == "-"
    if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
    guard let hours = number(&rest) else { return nil }
    var total = hours * 3600
    for unit in [60, 1] where rest.first == ":" {
      rest = rest.dropFirst()
      guard let value = number(&rest) else { return nil }
      total += value * unit
    }
    return isNegative ? -total : total
  }

  private static func number(_ rest: inout Substring) -> Int? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }.prefix(4)
    rest = rest.dropFirst(digits.count)
    return Int(digits)
  }

  /// `,M3.5.0/2`, `,J60`, `,59`.
  private static func change(_ rest: inout Substring) -> Change? {
    guard rest.first == "," else { return nil }
    rest = rest.dropFirst()
    guard let day = day(&rest) else { return nil }
    guard rest.first == "/" else { return Change(day: day, time: 7200) }
    rest = rest.dropFirst()
    return time(&rest).map { Change(day: day, time: $0) }
  }

  private static func day(_ rest: inout Substring) -> Change.Day? {
    switch rest.first {
    case "M":
      rest = rest.dropFirst()
      guard let month = number(&rest), (1...12).contains(month), rest.popFirst() == ".",
        let week = number(&rest), (1...5).contains(week), rest.popFirst() == ".",
        let weekday = number(&rest), (0...6).contains(weekday)
      else { return nil }
      return .weekday(weekday, week: week, month: month)
    case "J":
      rest = rest.dropFirst()
      return number(&rest).flatMap { (1...365).contains($0) ? .julian($0) : nil }
    default: return number(&rest).flatMap { (0...365).contains($0) ? .ordinal($0) : nil }
    }
  }
}
