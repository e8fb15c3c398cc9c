import Effects

/// The records to send: those of a file, begun again when it ends, or copies of a pattern.
struct RecordSource {
  private var records: [[UInt8]] = []
  private var pattern: [Piece]?
  private let effects: Effects

  private enum Piece {
    case text(String)
    case uuid, number, now
    case choice([String])
  }

  init(_ file: RecordFile, effects: Effects) throws {
    self.effects = effects
    records = try file.records(effects.files)
  }

  init(pattern: String, effects: Effects) {
    self.effects = effects
    self.pattern = Self.parse(pattern)
  }

  /// Of the file; 0 for a pattern.
  var recordCount: Int { records.count }

  /// The record with this number, from 0. Each call makes a new copy of a pattern.
  func record(_ number: Int) -> [UInt8] {
    guard let pattern else { return records[number % records.count] }
    let text = pattern.map { piece in
      switch piece {
      case .text(let text): text
      case .uuid: effects.random.uuid()
      case .number: String(number + 1)
      case .now: effects.clock.now.iso8601
      case .choice(let words): words[Int(effects.random.nextUInt64() % UInt64(words.count))]
      }
    }.joined()
    return Array(text.utf8)
  }

  /// `{uuid}`, `{n}`, `{now}` and `{a|b}`; every other brace stands for itself.
  private static func parse(_ pattern: String) -> [Piece] {
    var pieces: [Piece] = []
    var text = ""
    var rest = Substring(pattern)
    while let first = rest.first {
      let inner = rest.dropFirst().prefix { $0 != "}" && $0 != "{" && $0 != "\"" }
      let isClosed = rest.dropFirst(inner.count + 1).first == "}"
      let piece: Piece? =
        switch (first, isClosed, inner) {
        case ("{", true, "uuid"): .uuid
        case ("{", true, "n"): .number
        case ("{", true, "now"): .now
        case ("{", true, _) where inner.contains("|"):
          .choice(inner.split(separator: "|", omittingEmptySubsequences: false).map(String.init))
        default: nil
        }
      if let piece {
        pieces += [.text(text), piece]
        text = ""
        rest = rest.dropFirst(inner.count + 2)
      } else {
        text.append(first)
        rest = rest.dropFirst()
      }
    }
    return pieces + [.text(text)]
  }
}
