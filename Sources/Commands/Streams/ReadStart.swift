import AWSModel
import Effects
import PropertyTree

/// The place in a stream where reading begins, as `--from` says it.
enum ReadStart: Sendable, Hashable {
  case oldest
  case latest
  /// So long before now.
  case back(milliseconds: Int64)
  case at(Timestamp)
  /// Behind the record with this number.
  case after(sequence: String)

  /// Forms of `--from`, for messages.
  static let forms = "oldest, latest, -10m, 2026-11-27T08:00:00Z, or a record's sequence number"

  /// nil for text of another form.
  init?(_ text: String) {
    switch text {
    case "oldest": self = .oldest
    case "latest": self = .latest
    default:
      if text.hasPrefix("-"), let span = ClockCommand.milliseconds(String(text.dropFirst())) {
        self = .back(milliseconds: span)
      } else if text.utf8.count > 40, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
        self = .after(sequence: text)
      } else if let moment = Timestamp(written: text) {
        self = .at(moment)
      } else {
        return nil
      }
    }
  }

  /// Relative to a moment: `back` becomes a time.
  func resolved(_ now: Timestamp) -> ReadStart {
    guard case .back(let span) = self else { return self }
    return .at(Timestamp(milliseconds: max(0, now.milliseconds - span)))
  }

  /// The members of GetShardIterator that mean it. `back` must have been resolved.
  var iterator: PropertyObject {
    switch self {
    case .oldest: ["ShardIteratorType": "TRIM_HORIZON"]
    case .latest: ["ShardIteratorType": "LATEST"]
    case .at(let moment):
      ["ShardIteratorType": "AT_TIMESTAMP", "Timestamp": .double(moment.epochSeconds)]
    case .after(let sequence):
      [
        "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
        "StartingSequenceNumber": .string(sequence),
      ]
    case .back: preconditionFailure("a start that was not resolved")
    }
  }
}

extension Timestamp {
  /// A moment as people write it: seconds since 1970, or a date with a time in ISO 8601, in UTC
  /// where no zone stands behind it. nil for other text.
  init?(written text: String) {
    if let seconds = Int64(text), text.utf8.count <= 11, seconds >= 0 {
      self.init(milliseconds: seconds * 1000)
      return
    }
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2),
      reader.skip("-"), let day = reader.number(2), (1...12).contains(month),
      (1...31).contains(day)
    else { return nil }
    self.init(year: year, month: month, day: day)
    // A 30 February comes out as a day in March.
    guard UTCFields(self).day == day else { return nil }
    guard !reader.isAtEnd else { return }
    guard reader.skip("T") || reader.skip(" "), let time = reader.milliseconds() else { return nil }
    milliseconds += time
    guard !reader.isAtEnd, !reader.skip("Z") else {
      if reader.isAtEnd { return } else { return nil }
    }
    let isEast = reader.skip("+")
    guard isEast || reader.skip("-"), let hours = reader.number(2), hours < 24 else { return nil }
    _ = reader.skip(":")
    guard let minutes = reader.number(2), minutes < 60, reader.isAtEnd else { return nil }
    milliseconds -= (isEast ? 1 : -1) * Int64(hours * 60 + minutes) * 60_000
  }
}

/// Reads numbers of so many digits, and marks between them.
private struct DigitReader {
  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ mark: Character) -> Bool {
    guard rest.first == mark else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(_ count: Int) -> Int? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    rest = rest.dropFirst(count)
    return Int(digits)
  }

  /// `08:40`, `08:40:01` or `08:40:01.5` as milliseconds of the day.
  mutating func milliseconds() -> Int64? {
    guard let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60 else {
      return nil
    }
    var total = Int64(hour * 60 + minute) * 60_000
    guard skip(":") else { return total }
    guard let second = number(2), second < 60 else { return nil }
    total += Int64(second) * 1000
    guard skip(".") else { return total }
    let fraction = rest.prefix { $0.isASCII && $0.isNumber }
    guard (1...9).contains(fraction.count) else { return nil }
    rest = rest.dropFirst(fraction.count)
    return total + (Int64((fraction + "00").prefix(3)) ?? 0)
  }
}
