import PropertyTree

/// A cursor over room for text, for the one place where a record becomes text ten thousand times in an
/// answer. Whoever makes one has seen to the room.
struct AnswerText {
  private(set) var count = 0
  private let room: UnsafeMutableRawBufferPointer

  init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

  private var rest: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: room[count...])
  }

  mutating func append(_ text: StaticString) {
    let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    append(bytes)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    rest.copyMemory(from: bytes)
    count += bytes.count
  }

  mutating func append(_ digits: SequenceDigits) {
    digits.write(to: rest)
    count += SequenceDigits.count
  }

  mutating func append(base64 bytes: UnsafeRawBufferPointer) {
    Base64.encode(bytes, to: rest)
    count += (bytes.count + 2) / 3 * 4
  }

  /// A moment of the epoch in seconds, with milliseconds.
  mutating func append(seconds milliseconds: Int64) {
    var value = UInt64(clamping: milliseconds)
    let out = rest
    // From the last digit on: as many as there are, four of them at least.
    var length = 4
    var bound: UInt64 = 10_000
    while value >= bound {
      length += 1
      bound *= 10
    }
    for position in (0...length).reversed() {
      if position == length - 3 {
        out[position] = UInt8(ascii: ".")
      } else {
        out[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
        value /= 10
      }
    }
    count += length + 1
  }
}
