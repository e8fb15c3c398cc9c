import Glibc

/// A source file cut into lines, so that spans can be found in its bytes and shown to people.
///
/// Lines end where YAML 1.1 ends them: LF, CR, CRLF, NEL, LS and PS. A byte order mark at the
/// start belongs to no line.
public struct SourceText: Sendable {
  public let bytes: [UInt8]
  /// The offset of each line's first byte.
  private let lineStarts: [Int]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
    bytes.withUnsafeBufferPointer { Self.addLineStarts(of: $0, to: &starts) }
    lineStarts = starts
  }

  private static func addLineStarts(of buffer: UnsafeBufferPointer<UInt8>, to starts: inout [Int]) {
    guard let base = buffer.baseAddress else { return }
    var index = 0
    // Most texts know no line break but LF, which the C library finds many times faster.
    if [0x0D, 0xC2, 0xE2].allSatisfy({ memchr(base, $0, buffer.count) == nil }) {
      while let hit = memchr(base + index, 0x0A, buffer.count - index) {
        index = UnsafeRawPointer(hit) - UnsafeRawPointer(base) + 1
        starts.append(index)
      }
      return
    }
    while index < buffer.count {
      let width = breakWidth(buffer, at: index)
      index += max(1, width)
      if width > 0 { starts.append(index) }
    }
  }

  public init(_ text: String) { self.init(Array(text.utf8)) }

  /// The number of lines; at least one.
  public var lineCount: Int { lineStarts.count }

  /// The text of a line, counted from 1, without its line break; nil beyond the end.
  public func line(_ number: Int) -> String? {
    guard number >= 1, number <= lineStarts.count else { return nil }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : bytes.count
    if number < lineStarts.count {
      end = start
      bytes.withUnsafeBufferPointer { buffer in
        while end < buffer.count, Self.breakWidth(buffer, at: end) == 0 { end += 1 }
      }
    }
    return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
  }

  /// The offset of a position's byte; positions beyond a line or the text give its end.
  public func offset(of position: SourcePosition) -> Int {
    guard position.line >= 1, position.line <= lineStarts.count else { return bytes.count }
    return advance(from: lineStarts[position.line - 1], scalars: position.column - 1)
  }

  /// The position of a byte.
  public func position(ofOffset offset: Int) -> SourcePosition {
    let low = line(ofOffset: offset) - 1
    let scalars = bytes[lineStarts[low]..<max(lineStarts[low], min(offset, bytes.count))]
      .count { $0 & 0xC0 != 0x80 }
    return SourcePosition(line: low + 1, column: scalars + 1)
  }

  /// The line of a byte, counted from 1.
  public func line(ofOffset offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  private func advance(from start: Int, scalars: Int) -> Int {
    var index = start
    var left = scalars
    while left > 0, index < bytes.count {
      index += 1
      while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
      left -= 1
    }
    return index
  }

  /// The length of the line break at `index`, 0 where there is none.
  private static func breakWidth(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    switch bytes[index] {
    case 0x0A: return 1
    case 0x0D: return index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
    case 0xC2: return index + 1 < bytes.count && bytes[index + 1] == 0x85 ? 2 : 0
    case 0xE2:
      guard index + 2 < bytes.count, bytes[index + 1] == 0x80 else { return 0 }
      return bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9 ? 3 : 0
    default: return 0
    }
  }
}
