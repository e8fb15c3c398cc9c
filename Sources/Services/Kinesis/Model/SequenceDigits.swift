/// A sequence number in decimal: three groups of 18 digits and the two before them. The numbers of a
/// shard's records that arrive within a second are the same steps apart, so that the next one is a
/// sum; to divide 186 bits takes as long as to write a short record.
struct SequenceDigits: Sendable {
  static let count = 56

  private static let base: UInt64 = 1_000_000_000_000_000_000
  /// 2 to the power of 80, by which the number grows with a record's place, in the same groups.
  private static let step: (low: UInt64, middle: UInt64) = (819_614_629_174_706_176, 1_208_925)
  /// The digits of 0 to 99, the first of the two in the lower byte.
  private static let pairs: [UInt16] = (0..<100).map {
    (0x30 + UInt16($0 / 10)) | (0x30 + UInt16($0 % 10)) << 8
  }

  private var low: UInt64
  private var middle: UInt64
  private var upper: UInt64
  private var top: UInt64

  init(_ number: SequenceNumber) {
    var words = number.words
    low = Self.divide(&words)
    middle = Self.divide(&words)
    upper = Self.divide(&words)
    top = words.low
  }

  /// Divides by the base; returns the rest.
  private static func divide(_ words: inout (low: UInt64, middle: UInt64, high: UInt64)) -> UInt64 {
    var rest: UInt64
    (words.high, rest) = words.high.quotientAndRemainder(dividingBy: base)
    (words.middle, rest) = base.dividingFullWidth((rest, words.middle))
    (words.low, rest) = base.dividingFullWidth((rest, words.low))
    return rest
  }

  /// The number of the next place, with the same second of arrival.
  mutating func advance() {
    low += Self.step.low
    middle += Self.step.middle
    if low >= Self.base {
      low -= Self.base
      middle += 1
    }
    if middle >= Self.base {
      middle -= Self.base
      upper += 1
    }
    if upper >= Self.base {
      upper -= Self.base
      top += 1
    }
  }

  /// Writes the digits to the front of `out`.
  func write(to out: UnsafeMutableRawBufferPointer) {
    precondition(out.count >= Self.count)
    Self.pairs.withUnsafeBufferPointer { pairs in
      Self.put(low, pairs, out, endingAt: 56, digits: 18)
      Self.put(middle, pairs, out, endingAt: 38, digits: 18)
      Self.put(upper, pairs, out, endingAt: 20, digits: 18)
      Self.put(top, pairs, out, endingAt: 2, digits: 2)
    }
  }

  private static func put(
    _ group: UInt64, _ pairs: UnsafeBufferPointer<UInt16>, _ out: UnsafeMutableRawBufferPointer,
    endingAt end: Int, digits: Int
  ) {
    var rest = group
    var offset = end
    for _ in 0..<digits / 2 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      offset -= 2
      out.storeBytes(
        of: pairs[Int(truncatingIfNeeded: pair)].littleEndian, toByteOffset: offset,
        as: UInt16.self)
      rest = quotient
    }
  }
}
