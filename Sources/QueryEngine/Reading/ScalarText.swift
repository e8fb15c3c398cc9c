import Glibc

/// Values of columns from their text, as Java reads them.
enum ScalarText {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  static func string(_ text: Bytes) -> String { String(decoding: text, as: UTF8.self) }

  /// `[+-]digits`; nil where it is anything else, or doesn't fit 64 bits.
  static func integer(_ text: Bytes) -> Int64? {
    var index = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { index = 1 }
    guard index < text.count else { return nil }
    var value: Int64 = 0
    while index < text.count {
      let digit = Int64(text[index]) - 0x30
      guard digit >= 0, digit <= 9 else { return nil }
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      // Counted downwards, where there is one more.
      let (difference, isTooSmall) = product.subtractingReportingOverflow(digit)
      guard !isTooLarge, !isTooSmall else { return nil }
      value = difference
      index += 1
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  /// A decimal number, `NaN` or `Infinity`; blanks around it don't count.
  static func double(_ text: Bytes) -> Double? {
    let text = trimmed(text)
    if let parts = DecimalParts(text), parts.digits.count <= 400 { return parsed(text) }
    switch string(text) {
    case "NaN", "+NaN", "-NaN": return .nan
    case "Infinity", "+Infinity": return .infinity
    case "-Infinity": return -.infinity
    default: return nil
    }
  }

  /// The number that a text of JSON's or Java's form says.
  static func parsed(_ text: Bytes) -> Double {
    // strtod wants a 0 at the end.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
      for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
      copy[text.count] = 0
      guard let start = copy.baseAddress else { return .nan }
      return strtod(start, nil)
    }
  }

  private static func trimmed(_ text: Bytes) -> Bytes {
    var start = 0
    var end = text.count
    while start < end, text[start] <= 0x20 { start += 1 }
    while end > start, text[end - 1] <= 0x20 { end -= 1 }
    return Bytes(rebasing: text[start..<end])
  }

  /// A number with `scale` digits of fraction, as a whole number of its last digit; the digits
  /// behind are rounded, half up.
  enum Decimal: Equatable {
    case value(Int128)
    case outOfRange
    case malformed
  }

  static func decimal(_ text: Bytes, precision: Int, scale: Int) -> Decimal {
    guard let parts = DecimalParts(text) else { return .malformed }
    let wholeDigits = parts.digits.isEmpty ? 0 : parts.point
    guard wholeDigits <= precision - scale else { return .outOfRange }
    let kept = wholeDigits + scale
    guard kept >= 0, !parts.digits.isEmpty else { return .value(0) }
    var value: Int128 = 0
    for index in 0..<kept {
      value = value * 10 + Int128(index < parts.digits.count ? parts.digits[index] - 0x30 : 0)
    }
    if kept < parts.digits.count, parts.digits[kept] >= UInt8(ascii: "5") { value += 1 }
    var limit: Int128 = 1
    for _ in 0..<precision { limit *= 10 }
    guard value < limit else { return .outOfRange }
    return .value(parts.isNegative ? -value : value)
  }
}

/// A decimal number taken apart: `0.digits × 10^point`, the first digit not 0.
struct DecimalParts {
  var isNegative = false
  var digits: ArraySlice<UInt8> = []
  var point = 0

  /// nil where the text is no decimal number.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    var index = 0
    if let sign = text.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      index = 1
    }
    var all: [UInt8] = []
    var fraction: Int?
    scan: while index < text.count {
      switch text[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): all.append(text[index])
      case UInt8(ascii: ".") where fraction == nil: fraction = all.count
      default: break scan
      }
      index += 1
    }
    guard !all.isEmpty else { return nil }
    var exponent = 0
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
      let rest = UnsafeBufferPointer(rebasing: text[(index + 1)...])
      guard let given = ScalarText.integer(rest) ?? Self.huge(rest) else { return nil }
      // Far beyond what any column holds, and far from where sums overflow.
      exponent = Int(max(-1_000_000, min(1_000_000, given)))
      index = text.count
    }
    guard index == text.count else { return nil }
    let zeroes = all.prefix { $0 == UInt8(ascii: "0") }.count
    digits = ArraySlice(Array(all.dropFirst(zeroes)))
    point = (fraction ?? all.count) - zeroes + exponent
  }

  /// An exponent of more digits than fit.
  private static func huge(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    let digits = text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? 1 : 0
    guard text.count > digits, text[digits...].allSatisfy({ $0 &- 0x30 <= 9 }) else { return nil }
    return text.first == UInt8(ascii: "-") ? .min : .max
  }
}
