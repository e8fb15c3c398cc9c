import Diagnostics

/// Turns places into offsets and back, going on from the last one: templates of tools are a single
/// line of a megabyte, and to count from its start each time would take minutes.
struct SourceCursor {
  let source: SourceText
  private var offset = 0
  private var position = SourcePosition(line: 0, column: 0)

  init(_ source: SourceText) { self.source = source }

  /// The offset of a position's byte.
  mutating func offset(of wanted: SourcePosition) -> Int {
    guard wanted.line == position.line, wanted.column * 2 > position.column else {
      return remember(source.offset(of: wanted), wanted)
    }
    var index = offset
    var column = position.column
    let bytes = source.bytes
    while column < wanted.column, index < bytes.count {
      index += 1
      while index < bytes.count, isContinuation(bytes[index]) { index += 1 }
      column += 1
    }
    while column > wanted.column, index > 0 {
      index -= 1
      while index > 0, isContinuation(bytes[index]) { index -= 1 }
      column -= 1
    }
    return remember(index, wanted)
  }

  /// The position of a byte.
  mutating func position(ofOffset wanted: Int) -> SourcePosition {
    let line = source.line(ofOffset: wanted)
    guard line == position.line, wanted * 2 > offset else {
      let place = source.position(ofOffset: wanted)
      _ = remember(wanted, place)
      return place
    }
    let between = source.bytes[min(offset, wanted)..<max(offset, wanted)]
    let scalars = between.count { !isContinuation($0) }
    let place = SourcePosition(
      line: line, column: position.column + (wanted < offset ? -scalars : scalars))
    _ = remember(wanted, place)
    return place
  }

  private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  private mutating func remember(_ offset: Int, _ position: SourcePosition) -> Int {
    self.offset = offset
    self.position = position
    return offset
  }
}
