import Effects
import Glibc

/// Ids of records as text, one behind the other in one buffer.
struct RecordIDs: Sendable {
  private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  subscript(number: Int) -> ArraySlice<UInt8> {
    bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]]
  }

  func holds(_ id: UnsafeBufferPointer<UInt8>, at number: Int) -> Bool {
    let start = number == 0 ? 0 : ends[number - 1]
    guard id.count == ends[number] - start, let first = id.baseAddress else { return false }
    return bytes.withUnsafeBufferPointer { all in
      all.baseAddress.map { memcmp(first, $0 + start, id.count) == 0 } ?? false
    }
  }

  mutating func append(_ id: String) {
    bytes += id.utf8
    ends.append(bytes.count)
  }

  /// Appends the ids of records that were put, one index after another.
  mutating func append(from first: UInt64, _ count: Int, created: Timestamp) {
    let stem = Array(BufferedRecord.id(of: 0, created: created).utf8)
    bytes.reserveCapacity(bytes.count + count * stem.count)
    for number in 0..<UInt64(count) {
      bytes += stem
      var place = bytes.count - BufferedRecord.partDigits - 1
      var rest = first + number
      while rest > 0 {
        bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        place -= 1
      }
      ends.append(bytes.count)
    }
  }
}
