import Effects

/// A record's number: 56 decimal digits that grow within a shard.
///
/// The 186 bits, as 47 hexadecimal digits: `2`, the shard's creation in seconds (9), the last digit
/// of the shard's ordinal (1), the record's place in the shard (16), `00`, the arrival in seconds
/// (9), the ordinal (8), and `2` for the version.
struct SequenceNumber: Sendable, Hashable {
  var shardCreatedSeconds: UInt64
  var ordinal: UInt32
  /// 0 is the shard's start; the record with index `i` has `i + 1`.
  var place: UInt64
  var arrivalSeconds: UInt64

  private static let secondsMask: UInt64 = 0xF_FFFF_FFFF

  init(shard: ShardModel, place: UInt64, arrival: Timestamp) {
    shardCreatedSeconds = UInt64(max(0, shard.created.milliseconds / 1000)) & Self.secondsMask
    ordinal = UInt32(truncatingIfNeeded: shard.ordinal)
    self.place = place
    arrivalSeconds = UInt64(max(0, arrival.milliseconds / 1000)) & Self.secondsMask
  }

  /// Three 64-bit words, lowest first.
  var words: (low: UInt64, middle: UInt64, high: UInt64) {
    let low = UInt128(2) | UInt128(ordinal) << 4 | UInt128(arrivalSeconds) << 36
    // Bits 80–143 hold the place: 48 of them in the first 128.
    let lower = low | UInt128(truncatingIfNeeded: place) << 80
    let upper =
      place >> 48 | UInt64(ordinal & 0xF) << 16 | shardCreatedSeconds << 20 | UInt64(2) << 56
    return (
      UInt64(truncatingIfNeeded: lower), UInt64(truncatingIfNeeded: lower >> 64), upper
    )
  }

  /// Appends the 56 digits, for hot paths.
  func write(into out: inout [UInt8]) {
    let start = out.count
    out.append(contentsOf: repeatElement(0, count: SequenceDigits.count))
    out.withUnsafeMutableBytes {
      SequenceDigits(self).write(to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
    }
  }

  var text: String {
    var out: [UInt8] = []
    write(into: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// nil where the text is no sequence number of this layout.
  init?(_ text: String) {
    guard text.utf8.count == 56 else { return nil }
    var low: UInt64 = 0
    var middle: UInt64 = 0
    var high: UInt64 = 0
    for byte in text.utf8 {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      var carry = UInt64(byte - UInt8(ascii: "0"))
      func step(_ word: UInt64) -> UInt64 {
        let product = UInt128(word) * 10 + UInt128(carry)
        carry = UInt64(truncatingIfNeeded: product >> 64)
        return UInt64(truncatingIfNeeded: product)
      }
      low = step(low)
      middle = step(middle)
      high = step(high)
    }
    guard low & 0xF == 2, high >> 56 == 2 else { return nil }
    let lower = UInt128(middle) << 64 | UInt128(low)
    ordinal = UInt32(truncatingIfNeeded: lower >> 4)
    arrivalSeconds = UInt64(truncatingIfNeeded: lower >> 36) & Self.secondsMask
    guard UInt8(truncatingIfNeeded: lower >> 72) == 0, UInt64(ordinal & 0xF) == high >> 16 & 0xF
    else { return nil }
    place = UInt64(truncatingIfNeeded: lower >> 80) | high << 48
    shardCreatedSeconds = high >> 20 & Self.secondsMask
  }
}
