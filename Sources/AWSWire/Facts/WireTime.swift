import APIFacts
import Effects

/// Moments as they stand in messages.
enum WireTime {
  /// Seconds since 1970; nil for a text that is no moment in any of AWS's formats.
  static func seconds(_ text: String) -> Double? {
    if let seconds = Double(text), seconds.isFinite { return seconds }
    return iso8601(text) ?? httpDate(text)
  }

  static func text(_ seconds: Double, _ format: TimestampFormat) -> String? {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return nil }
    let moment = Timestamp(milliseconds: Int64((seconds * 1000).rounded()))
    switch format {
    case .unixTimestamp:
      let whole = Int64(exactly: seconds)
      return whole.map(String.init) ?? String(seconds)
    case .rfc822: return moment.httpDate
    case .iso8601:
      let text = moment.iso8601
      // Whole seconds are written without a fraction.
      return text.hasSuffix(".000Z") ? "\(text.dropLast(5))Z" : text
    }
  }

  /// `2026-11-26T20:45:05Z`, with a fraction and with an offset in place of `Z` where they are given.
  private static func iso8601(_ text: String) -> Double? {
    let halves = text.split(separator: "T", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else {
      return nil
    }
    var clock = halves[1]
    var offset = 0
    if clock.hasSuffix("Z") {
      clock = clock.dropLast()
    } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let parts = clock[clock.index(after: sign)...].split(separator: ":").map { Int($0) }
      guard parts.count == 2, let hours = parts[0], let minutes = parts[1] else { return nil }
      offset = (hours * 3600 + minutes * 60) * (clock[sign] == "+" ? 1 : -1)
      clock = clock[..<sign]
    }
    guard let seconds = moment(year, month, day, clock) else { return nil }
    return seconds - Double(offset)
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Thu, 26 Nov 2026 20:45:05 GMT`.
  private static func httpDate(_ text: String) -> Double? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT" || words[5] == "UTC", let day = Int(words[1]),
      let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
    else { return nil }
    return moment(year, month + 1, day, words[4])
  }

  private static func moment(_ year: Int, _ month: Int, _ day: Int, _ clock: Substring) -> Double? {
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = Int(parts[0]), let minute = Int(parts[1]),
      let second = Double(parts[2]), (0...9999).contains(year), (1...12).contains(month),
      (1...31).contains(day), (0...23).contains(hour), (0...59).contains(minute),
      (0..<61).contains(second)
    else { return nil }
    let start = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute)
    return start.epochSeconds + second
  }
}
