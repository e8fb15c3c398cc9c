/// `^[class]{min,max}$` over ASCII, `\Z` in place of `$` too.
struct SimplePattern {
  private var members = (low: UInt64(0), high: UInt64(0))
  /// True where one line feed may stand behind the rest.
  private var allowsLineEnd = false
  private var least = 1
  private var most = 1

  /// nil for every other kind of pattern.
  init?(_ pattern: String) {
    var rest = Array(pattern.utf8)[...]
    guard rest.popFirst() == UInt8(ascii: "^"), rest.popFirst() == UInt8(ascii: "[") else {
      return nil
    }
    if rest.suffix(2).elementsEqual("\\Z".utf8) {
      allowsLineEnd = true
      rest.removeLast(2)
    } else if rest.popLast() != UInt8(ascii: "$") {
      return nil
    }
    guard rest.first != UInt8(ascii: "^"),
      readClass(&rest), readCount(&rest), rest.isEmpty
    else { return nil }
  }

  func matches(_ text: String) -> Bool {
    var text = text.utf8[...]
    if matches(text) { return true }
    guard allowsLineEnd, text.popLast() == 0x0A else { return false }
    return matches(text)
  }

  private func matches(_ text: Substring.UTF8View) -> Bool {
    var count = 0
    for byte in text {
      guard contains(byte) else { return false }
      count += 1
    }
    return count >= least && count <= most
  }

  private func contains(_ byte: UInt8) -> Bool {
    if byte < 64 { return members.low >> byte & 1 == 1 }
    return byte < 128 && members.high >> (byte - 64) & 1 == 1
  }

  private mutating func insert(_ byte: UInt8) {
    if byte < 64 { members.low |= 1 << byte } else { members.high |= 1 << (byte - 64) }
  }

  private mutating func readClass(_ rest: inout ArraySlice<UInt8>) -> Bool {
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "]") { return true }
      guard byte < 128, byte != UInt8(ascii: "[") else { return false }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst(), insertEscape(escaped) else { return false }
        continue
      }
      let next = rest.dropFirst().first
      guard rest.first == UInt8(ascii: "-"), let end = next, end != UInt8(ascii: "]") else {
        insert(byte)
        continue
      }
      guard end != UInt8(ascii: "\\"), end < 128, byte <= end else { return false }
      for member in byte...end { insert(member) }
      rest = rest.dropFirst(2)
    }
    return false
  }

  private mutating func insertEscape(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "w"):
      for range in [UInt8(ascii: "a")...UInt8(ascii: "z"), 65...90, 48...57, 95...95] {
        for member in range { insert(member) }
      }
    case UInt8(ascii: "d"): for member in UInt8(48)...57 { insert(member) }
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      return false
    default: insert(byte)
    }
    return true
  }

  private mutating func readCount(_ rest: inout ArraySlice<UInt8>) -> Bool {
    switch rest.popFirst() {
    case nil: return true
    case UInt8(ascii: "+"): (least, most) = (1, .max)
    case UInt8(ascii: "*"): (least, most) = (0, .max)
    case UInt8(ascii: "{"):
      guard rest.popLast() == UInt8(ascii: "}") else { return false }
      let parts = rest.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard let first = parts.first.flatMap({ Int($0) }), parts.count <= 2 else { return false }
      least = first
      most = first
      if parts.count == 2 {
        guard parts[1].isEmpty || Int(parts[1]) != nil else { return false }
        most = Int(parts[1]) ?? .max
      }
      rest = []
    default: return false
    }
    return true
  }
}
