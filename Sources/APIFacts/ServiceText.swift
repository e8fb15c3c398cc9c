/// The facts of one service as they are packaged: JSON, nothing of it read yet.
struct ServiceText {
  var traits: StaticString
  /// A line an operation: its name, a blank, its facts; names ascending by bytes.
  var operations: StaticString
  /// A line a shape, as in `operations`.
  var shapes: StaticString
}

/// Finds lines of a packaged text by their first word.
struct FactLines: Sendable {
  private let text: StaticString
  /// Offsets at which lines begin, and the end of the last one plus one.
  private let starts: [UInt32]

  init(_ text: StaticString) {
    self.text = text
    starts = text.withUTF8Buffer { bytes in
      var starts: [UInt32] = [0]
      for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
        starts.append(UInt32(offset + 1))
      }
      starts.append(UInt32(bytes.count + 1))
      return starts
    }
  }

  var count: Int { starts.count - 1 }

  /// The first word of every line, in order.
  var names: [String] {
    text.withUTF8Buffer { bytes in
      (0..<count).map { line in
        String(decoding: Self.word(at: Int(starts[line]), in: bytes), as: UTF8.self)
      }
    }
  }

  /// The rest of the line that begins with the name; nil where none does.
  func json(of name: String) -> [UInt8]? {
    let wanted = Array(name.utf8)
    return text.withUTF8Buffer { bytes in
      var low = 0
      var high = count
      while low < high {
        let middle = (low + high) / 2
        let word = Self.word(at: Int(starts[middle]), in: bytes)
        if word.elementsEqual(wanted) {
          return Array(bytes[(word.endIndex + 1)..<(Int(starts[middle + 1]) - 1)])
        }
        if word.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
      }
      return nil
    }
  }

  private static func word(at start: Int, in bytes: UnsafeBufferPointer<UInt8>)
    -> Slice<UnsafeBufferPointer<UInt8>>
  {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: " ") { end += 1 }
    return bytes[start..<end]
  }
}
