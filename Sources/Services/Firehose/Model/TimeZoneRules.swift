import Effects

/// The offsets of a time zone from UTC, as the machine's tz database has them.
///
/// https://www.rfc-editor.org/rfc/rfc8536
struct TimeZoneRules: Sendable, Hashable {
  static let directory = "/usr/share/zoneinfo"

  /// Moments in seconds since 1970 at which an offset begins, rising.
  private var transitions: [Int64] = []
  /// The offset in seconds that begins with each of them.
  private var offsets: [Int] = []
  /// The offset before the first of them.
  private var first = 0
  /// The rule that holds after the last of them.
  private var rule: TimeZoneRule?

  /// - Parameter name: `Europe/Zurich`; nothing and `UTC` are UTC, with no look at the disk.
  /// - Returns: nil where the machine's tz database has no such zone.
  static func named(_ name: String, _ files: any FileSystem) -> TimeZoneRules? {
    if name.isEmpty || name == "UTC" { return TimeZoneRules() }
    guard name.utf8.allSatisfy({ isNameByte($0) }) else { return nil }
    // A zone that can't be read is none: the caller says so by its name.
    guard let bytes = try? files.read("\(directory)/\(name)") else { return nil }
    return TimeZoneRules(bytes)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "/"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// UTC.
  init() {}

  /// - Parameter file: a TZif file of version 2 or later; nil for anything else.
  init?(_ file: [UInt8]) {
    guard let old = Header(file[...]), old.version >= UInt8(ascii: "2"),
      let header = Header(file.dropFirst(Header.size + old.bodySize(timeSize: 4)))
    else { return nil }
    var rest = file.dropFirst(2 * Header.size + old.bodySize(timeSize: 4))
    guard rest.count >= header.bodySize(timeSize: 8) else { return nil }
    func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
      let start: UInt64 = bytes.first.map { $0 >= 0x80 ? .max : 0 } ?? 0
      return Int64(bitPattern: bytes.reduce(start) { $0 << 8 | UInt64($1) })
    }
    for _ in 0..<header.transitions {
      transitions.append(number(rest.prefix(8)))
      rest = rest.dropFirst(8)
    }
    let kinds = rest.prefix(header.transitions).map { Int($0) }
    rest = rest.dropFirst(header.transitions)
    var known: [Int] = []
    for _ in 0..<header.kinds {
      known.append(Int(number(rest.prefix(4))))
      rest = rest.dropFirst(6)
    }
    guard let start = known.first, kinds.allSatisfy({ $0 < known.count }) else { return nil }
    first = start
    offsets = kinds.map { known[$0] }
    let footer = file.dropFirst(
      2 * Header.size + old.bodySize(timeSize: 4) + header.bodySize(timeSize: 8))
    let text = String(decoding: footer.dropFirst().prefix { $0 != 0x0A }, as: UTF8.self)
    rule = TimeZoneRule(text)
  }

  /// The offset from UTC at a moment, in seconds, east positive.
  func offset(at moment: Timestamp) -> Int {
    let seconds = Int64((Double(moment.milliseconds) / 1000).rounded(.down))
    guard let last = transitions.last else { return rule?.offset(at: seconds) ?? first }
    if seconds >= last { return rule?.offset(at: seconds) ?? offsets[offsets.count - 1] }
    let later = transitions.partitioningIndex { $0 > seconds }
    return later == 0 ? first : offsets[later - 1]
  }

  /// A moment whose fields in UTC are those that a clock in the zone shows.
  func local(_ moment: Timestamp) -> Timestamp { moment.adding(seconds: offset(at: moment)) }

  private struct Header {
    static let size = 44

    var version: UInt8
    /// isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt.
    var counts: [Int]

    init?(_ bytes: ArraySlice<UInt8>) {
      guard bytes.count >= Self.size, bytes.starts(with: Array("TZif".utf8)) else { return nil }
      version = bytes[bytes.startIndex + 4]
      counts = (0..<6).map { index in
        let start = bytes.startIndex + 20 + 4 * index
        return bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      }
      guard counts.allSatisfy({ $0 < 1 << 20 }) else { return nil }
    }

    var transitions: Int { counts[3] }
    var kinds: Int { counts[4] }

    func bodySize(timeSize: Int) -> Int {
      counts[3] * (timeSize + 1) + counts[4] * 6 + counts[5] + counts[2] * (timeSize + 4)
        + counts[1] + counts[0]
    }
  }
}

extension [Int64] {
  /// The first index whose element fulfils a condition that holds for all that follow.
  fileprivate func partitioningIndex(where holds: (Int64) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
