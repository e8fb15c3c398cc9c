/// Text with `*` for any characters, none too; `\*` and `\\` stand for themselves.
struct Wildcard: Sendable, Hashable {
  /// The texts between the stars: one alone where there is no star.
  private let pieces: [[UInt8]]

  init(_ text: String, at path: String) throws(EventPattern.Fault) {
    var pieces: [[UInt8]] = [[]]
    var isEscaped = false
    var wasStar = false
    for byte in text.utf8 {
      if isEscaped {
        guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: "\\") else {
          throw EventPattern.Fault("Invalid escape character in wildcard: \(path).")
        }
        pieces[pieces.count - 1].append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
        wasStar = false
      } else if byte == UInt8(ascii: "*") {
        if wasStar {
          throw EventPattern.Fault("Consecutive wildcard characters are not allowed: \(path).")
        }
        pieces.append([])
        wasStar = true
      } else {
        pieces[pieces.count - 1].append(byte)
        wasStar = false
      }
    }
    if isEscaped {
      throw EventPattern.Fault("Invalid escape character in wildcard: \(path).")
    }
    self.pieces = pieces
  }

  func matches(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    guard let first = pieces.first, let last = pieces.last, rest.starts(with: first) else {
      return false
    }
    if pieces.count == 1 { return rest.count == first.count }
    rest = rest.dropFirst(first.count)
    guard rest.count >= last.count, rest.suffix(last.count).elementsEqual(last) else {
      return false
    }
    rest = rest.dropLast(last.count)
    // The earliest place of each piece leaves the most for those behind it.
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let start = Self.find(piece, in: rest) else { return false }
      rest = rest[(start + piece.count)...]
    }
    return true
  }

  private static func find(_ piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
    guard text.count >= piece.count else { return nil }
    return (text.startIndex...(text.endIndex - piece.count)).first {
      text[$0..<($0 + piece.count)].elementsEqual(piece)
    }
  }
}
