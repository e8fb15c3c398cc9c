/// A number of things a second, as people write it: `100`, `100/s`, `600/m`, `3600/h`.
struct Rate: Sendable, Hashable {
  var perSecond: Double

  /// nil for text of another form, and for what is not above 0.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let spans: [Substring: Double] = ["s": 1, "m": 60, "h": 3600]
    guard parts.count <= 2, let number = Double(parts[0]), number > 0, number.isFinite,
      let span = spans[parts.count == 2 ? parts[1] : "s"]
    else { return nil }
    perSecond = number / span
  }
}

/// Numbers of bytes as people write and read them.
enum ByteCount {
  private static let units: [(name: String, factor: Double)] = [
    ("B", 1), ("KIB", 1024), ("MIB", 1_048_576), ("KB", 1000), ("MB", 1_000_000),
    ("K", 1024), ("M", 1_048_576), ("", 1),
  ]

  /// `2048`, `2KiB`, `1.5 MB`; nil for text of another form, and for less than a byte.
  static func parse(_ text: String) -> Int? {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).filter { $0 != " " }.uppercased()
    guard let number = Double(digits), let factor = units.first(where: { $0.name == unit })?.factor,
      number * factor >= 1, number * factor < 1e15
    else { return nil }
    return Int((number * factor).rounded(.up))
  }

  /// `12 B`, `3.4 KiB`, `120 MiB`.
  static func text(_ bytes: Double) -> String {
    var value = bytes
    var unit = 0
    let names = ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, unit < names.count - 1 {
      value /= 1024
      unit += 1
    }
    return "\(Self.number(value)) \(names[unit])"
  }

  /// At most one digit behind the point, and none from 100 on.
  static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    if value >= 100 || tenths.truncatingRemainder(dividingBy: 10) == 0 {
      return String(Int(value.rounded()))
    }
    return "\(Int(tenths) / 10).\(Int(tenths) % 10)"
  }
}

/// Lengths of time as people read them: the two largest units.
enum Span {
  /// `0s`, `59s`, `5m 1s`, `2h`, `3d 4h`.
  static func text(milliseconds: Int64) -> String {
    var rest = max(0, milliseconds) / 1000
    var parts: [String] = []
    for (unit, seconds) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] as [(String, Int64)] {
      let count = rest / seconds
      rest -= count * seconds
      if count > 0 { parts.append("\(count)\(unit)") } else if !parts.isEmpty { break }
    }
    return parts.isEmpty ? "0s" : parts.prefix(2).joined(separator: " ")
  }
}
