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

  mutating func append(_ number: SequenceNumber) {
    number.write(to: rest)
    count += SequenceNumber.digits
  }

  mutating func append(base64 bytes: UnsafeRawBufferPointer) {
    Base64.encode(bytes, to: rest)
    count += (bytes.count + 2) / 3 * 4
  }

  /// A moment of the epoch in seconds, with milliseconds.
  mutating func append(seconds milliseconds: Int64) {
    var text = String(milliseconds / 1000)
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    let fraction = UInt16(truncatingIfNeeded: milliseconds % 1000)
    let zero = UInt8(ascii: "0")
    let out = rest
    out[0] = UInt8(ascii: ".")
    out[1] = zero + UInt8(fraction / 100)
    out[2] = zero + UInt8(fraction / 10 % 10)
    out[3] = zero + UInt8(fraction % 10)
    count += 4
  }
}
