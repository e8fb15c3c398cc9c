import Effects

/// A `java.time.format.DateTimeFormatter` pattern in UTC, as far as prefixes use it: the letters
/// `y u M d H h m s S a E`, quoted text, and anything that is no letter.
struct DatePattern: Sendable, Hashable {
  private enum Piece: Sendable, Hashable {
    case field(Character, count: Int)
    case literal(String)
  }

  private static let letters = Set("yuMdHhmsSaE")
  /// Java keeps these for optional parts and for later.
  private static let reserved = Set("[]{}#")
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private var pieces: [Piece] = []

  init(_ pattern: String) throws(ConfigurationFault.Reason) {
    guard !pattern.isEmpty else { throw .init(message: "The timestamp expression is empty") }
    var rest = pattern[...]
    while let first = rest.first {
      if first == "'" {
        guard let (text, after) = Self.quoted(rest.dropFirst()) else {
          throw .init(message: "The quotation in the timestamp pattern \(pattern) is not closed")
        }
        pieces.append(.literal(text))
        rest = after
      } else if Self.reserved.contains(first) {
        throw .init(
          message: "the character \(first) in the timestamp pattern \(pattern)",
          isUnsupported: true)
      } else if first.isASCII, first.isLetter {
        guard Self.letters.contains(first) else {
          throw .init(
            message: "the letter \(first) in the timestamp pattern \(pattern)", isUnsupported: true)
        }
        let run = rest.prefix { $0 == first }
        pieces.append(.field(first, count: run.count))
        rest = rest.dropFirst(run.count)
      } else {
        pieces.append(.literal(String(first)))
        rest = rest.dropFirst()
      }
    }
  }

  /// The text up to the closing quote, and what follows it; nil where none closes. Two quotes in a
  /// row are one inside of a quotation, and a quotation of nothing is one.
  private static func quoted(_ start: Substring) -> (text: String, rest: Substring)? {
    var rest = start
    var text = ""
    while let end = rest.firstIndex(of: "'") {
      text += rest[..<end]
      rest = rest[rest.index(after: end)...]
      guard rest.first == "'" else { return (text.isEmpty ? "'" : text, rest) }
      text += "'"
      rest = rest.dropFirst()
    }
    return nil
  }

  /// The longest text that the pattern may come to, in UTF-8.
  var bytesMax: Int {
    pieces.reduce(0) { sum, piece in
      switch piece {
      case .literal(let text): sum + text.utf8.count
      case .field(let letter, let count): sum + Self.widthMax(letter, count)
      }
    }
  }

  private static func widthMax(_ letter: Character, _ count: Int) -> Int {
    switch letter {
    case "y", "u": count == 2 ? 2 : max(4, count)
    case "M": count > 3 ? 9 : max(2, count)
    case "S": count
    case "a": 2
    case "E": count > 3 ? 9 : 3
    default: max(2, count)
    }
  }

  func format(_ timestamp: Timestamp) -> String {
    let fields = UTCFields(timestamp)
    return pieces.map { piece in
      switch piece {
      case .literal(let text): text
      case .field(let letter, let count): Self.text(letter, count, fields)
      }
    }.joined()
  }

  private static func text(_ letter: Character, _ count: Int, _ fields: UTCFields) -> String {
    switch letter {
    case "y", "u":
      return count == 2 ? pad(fields.year % 100, 2) : pad(fields.year, count)
    case "M":
      let name = months[fields.month - 1]
      return count > 3 ? name : count == 3 ? String(name.prefix(3)) : pad(fields.month, count)
    case "d": return pad(fields.day, count)
    case "H": return pad(fields.hour, count)
    case "h": return pad((fields.hour + 11) % 12 + 1, count)
    case "m": return pad(fields.minute, count)
    case "s": return pad(fields.second, count)
    case "S":
      let digits = pad(fields.millisecond, 3) + String(repeating: "0", count: max(0, count - 3))
      return String(digits.prefix(count))
    case "a": return fields.hour < 12 ? "AM" : "PM"
    default:
      let name = days[fields.weekday]
      return count > 3 ? name : String(name.prefix(3))
    }
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
