import Diagnostics
import Effects
import StackContracts
import StackEngine

/// The texts of the records to send.
struct RecordSource {
  private var lines: [String]
  private var pattern: [Piece]?
  private let effects: Effects

  private enum Piece {
    case text(String)
    case uuid, number, now
    case choice([String])
  }

  init(file: String?, pattern: String?, effects: Effects) throws {
    self.effects = effects
    lines = []
    if let pattern { self.pattern = Self.parse(pattern) }
    guard let file else { return }
    if file == "-" {
      while let line = readLine() { lines.append(line) }
    } else {
      do {
        lines = String(decoding: try effects.files.read(file), as: UTF8.self)
          .split(whereSeparator: \.isNewline).map(String.init)
      } catch { throw StackFailure(.unreadableFile, "can't read \(file): \(error.reason)") }
    }
    guard !lines.isEmpty else { throw StackFailure(.unreadableFile, "\(file) holds no records") }
  }

  var lineCount: Int { lines.count }

  /// The record with this number, from 0.
  func record(_ number: Int) -> String {
    guard let pattern else { return lines[number % lines.count] }
    return pattern.map { piece in
      switch piece {
      case .text(let text): text
      case .uuid: effects.random.uuid()
      case .number: String(number + 1)
      case .now: effects.clock.now.iso8601
      case .choice(let words): words[Int(effects.random.nextUInt64() % UInt64(words.count))]
      }
    }.joined()
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
