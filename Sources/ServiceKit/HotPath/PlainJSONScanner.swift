import Glibc

/// Walks JSON bytes in the plain form that SDKs write. It knows no escapes, no numbers and no
/// errors: whatever is not plain makes it return nil, and the caller takes the thorough way, which
/// also finds the words for what is wrong.
public struct PlainJSONScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func skipSpace() {
    while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
  }

  /// Takes `character` if it comes next, after white space.
  public mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard index < bytes.count, UInt32(bytes[index]) == character.value else { return false }
    index += 1
    return true
  }

  /// True when nothing but white space is left.
  public mutating func isAtEnd() -> Bool {
    skipSpace()
    return index == bytes.count
  }

  /// A string without escapes or control characters; nil for anything else. Text outside ASCII is
  /// left to the thorough way too.
  public mutating func plainText() -> Range<Int>? {
    guard let range = rawString() else { return nil }
    for position in range {
      let byte = bytes[position]
      if byte < 0x20 || byte >= 0x7F || byte == 0x5C { return nil }
    }
    return range
  }

  /// A string whose characters the caller checks itself (base64); backslashes and all stay in.
  public mutating func rawString() -> Range<Int>? {
    guard take("\""), let base = bytes.baseAddress else { return nil }
    let start = index
    guard let quote = memchr(base + start, 0x22, bytes.count - start) else { return nil }
    let end = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(quote))
    // A backslash right before the quote hides it; any other is found by whoever checks the text.
    if end > start, bytes[end - 1] == 0x5C { return nil }
    index = end + 1
    return start..<end
  }

  /// Reads an object's members. `member` gets the key and must take the value; false gives up.
  /// Returns false when the object is not plain.
  public mutating func object(
    _ member: (inout PlainJSONScanner, Range<Int>) -> Bool
  ) -> Bool {
    guard take("{") else { return false }
    if take("}") { return true }
    while true {
      guard let key = rawString(), take(":"), member(&self, key) else { return false }
      if take("}") { return true }
      guard take(",") else { return false }
    }
  }

  /// Reads a list's elements; `element` must take each. Returns false when the list is not plain.
  public mutating func list(_ element: (inout PlainJSONScanner) -> Bool) -> Bool {
    guard take("[") else { return false }
    if take("]") { return true }
    while true {
      guard element(&self) else { return false }
      if take("]") { return true }
      guard take(",") else { return false }
    }
  }

  public func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
    return memcmp(base + range.lowerBound, text.utf8Start, range.count) == 0
  }

  public func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[range])
  }

  public func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}
