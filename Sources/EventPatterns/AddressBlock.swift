/// A block of IP addresses: `10.0.0.0/24`, `2001:db8::/32`.
struct AddressBlock: Sendable, Hashable {
  private let bits: UInt128
  private let isLong: Bool
  /// The number of leading bits that count.
  private let length: Int

  /// nil where the text is no block.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = Self.address(parts[0]), let length = Int(parts[1]),
      (0...(address.isLong ? 128 : 32)).contains(length)
    else { return nil }
    (bits, isLong, self.length) = (address.bits, address.isLong, length)
  }

  func contains(_ text: String) -> Bool {
    guard let address = Self.address(text[...]), address.isLong == isLong else { return false }
    let shift = (isLong ? 128 : 32) - length
    return shift == 128 || address.bits >> UInt128(shift) == bits >> UInt128(shift)
  }

  private static func address(_ text: Substring) -> (bits: UInt128, isLong: Bool)? {
    text.contains(":") ? long(text).map { ($0, true) } : short(text).map { ($0, false) }
  }

  private static func short(_ text: Substring) -> UInt128? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt128 = 0
    for part in parts {
      guard part.utf8.count <= 3, let byte = UInt8(part), part.first != "+" else { return nil }
      bits = bits << 8 | UInt128(byte)
    }
    return bits
  }

  private static func long(_ text: Substring) -> UInt128? {
    let halves = text.components(around: "::")
    guard halves.count <= 2 else { return nil }
    var groups: [[UInt16]] = []
    for half in halves {
      guard let read = Self.groups(half) else { return nil }
      groups.append(read)
    }
    let missing = 8 - groups.reduce(0) { $0 + $1.count }
    guard groups.count == 2 ? missing > 0 : missing == 0 else { return nil }
    if groups.count == 2 { groups.insert(Array(repeating: 0, count: missing), at: 1) }
    return groups.joined().reduce(0) { $0 << 16 | UInt128($1) }
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, part.contains("."), let bits = short(part) {
        groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
      } else {
        guard (1...4).contains(part.utf8.count), part.first != "+",
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }
}

extension Substring {
  /// The parts before and behind each `separator`.
  fileprivate func components(around separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self
    while let found = rest.firstRange(of: separator) {
      parts.append(rest[..<found.lowerBound])
      rest = rest[found.upperBound...]
    }
    return parts + [rest]
  }

  private func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
