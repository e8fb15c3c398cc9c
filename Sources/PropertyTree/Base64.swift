import CBase64

/// RFC 4648 base64 between byte buffers: the largest cost of a record on its way through a JSON
/// protocol, so it works on pointers and tables, and where the processor can on 32 characters at once.
public enum Base64 {
  /// Four tables of 256: a character's six bits, already shifted to its place in the group of four;
  /// the top bit marks a byte outside the alphabet.
  private static let decoding: [UInt32] = {
    var table = [UInt32](repeating: 0x8000_0000, count: 1024)
    for (value, character) in alphabet.enumerated() {
      for place in 0..<4 {
        table[place * 256 + Int(character)] = UInt32(value) << UInt32(18 - 6 * place)
      }
    }
    return table
  }()

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The most bytes that so many characters decode to.
  public static func decodedCountMax(_ characters: Int) -> Int { (characters + 3) / 4 * 3 }

  /// Decodes padded base64; returns the count of bytes, or nil where the text is not base64.
  /// `target` must hold `decodedCountMax(source.count)` bytes.
  public static func decode(
    _ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableRawBufferPointer
  ) -> Int? {
    if source.isEmpty { return 0 }
    guard source.count % 4 == 0, target.count >= decodedCountMax(source.count) else { return nil }
    var padding = 0
    if source[source.count - 1] == UInt8(ascii: "=") {
      padding = source[source.count - 2] == UInt8(ascii: "=") ? 2 : 1
    }
    let whole = source.count / 4 - (padding > 0 ? 1 : 0)
    return decoding.withUnsafeBufferPointer { table in
      guard let base = source.baseAddress, let out = target.baseAddress, let t = table.baseAddress
      else { return nil }
      var faults: UInt32 = 0
      var to = out.assumingMemoryBound(to: UInt8.self)
      let wide = leat_base64_decode(base, whole * 4, to) / 4
      var from = base + wide * 4
      to += wide * 3
      for _ in wide..<whole {
        let group =
          t[Int(from[0])] | t[256 + Int(from[1])] | t[512 + Int(from[2])] | t[768 + Int(from[3])]
        faults |= group
        to[0] = UInt8(truncatingIfNeeded: group >> 16)
        to[1] = UInt8(truncatingIfNeeded: group >> 8)
        to[2] = UInt8(truncatingIfNeeded: group)
        from += 4
        to += 3
      }
      if padding > 0 {
        var group = t[Int(from[0])] | t[256 + Int(from[1])]
        if padding == 1 { group |= t[512 + Int(from[2])] }
        // Bits beyond the last byte must be zero, or two texts would mean the same bytes.
        faults |= group & (padding == 1 ? 0x8000_00FF : 0x8000_FFFF) == 0 ? 0 : 0x8000_0000
        to[0] = UInt8(truncatingIfNeeded: group >> 16)
        if padding == 1 { to[1] = UInt8(truncatingIfNeeded: group >> 8) }
      }
      return faults & 0x8000_0000 == 0 ? source.count / 4 * 3 - padding : nil
    }
  }

  public static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { source in
      var count: Int?
      let bytes = [UInt8](unsafeUninitializedCapacity: decodedCountMax(source.count)) { raw, used in
        count = decode(source, into: UnsafeMutableRawBufferPointer(raw))
        used = count ?? 0
      }
      return count == nil ? nil : bytes
    }
  }

  /// Decodes text that may be several padded pieces in a row, as a program leaves it that joins
  /// encoded text (`data + base64("\n")`); line breaks between are skipped, padding that is missing
  /// at the end is supplied. nil where other characters stand in it.
  public static func decodePieces(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var group: [UInt8] = []
    var isPadded = false
    func take(_ group: [UInt8]) -> Bool {
      guard group.count > 1 else { return group.isEmpty }
      var bits: UInt32 = 0
      for (place, character) in group.enumerated() {
        bits |= decoding[place * 256 + Int(character)]
      }
      guard bits & 0x8000_0000 == 0 else { return false }
      for place in 0..<(group.count - 1) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place)))
      }
      return true
    }
    for character in text.utf8 {
      switch character {
      case 0x0A, 0x0D: continue
      case UInt8(ascii: "="):
        if !isPadded {
          guard take(group) else { return nil }
          group = []
          isPadded = true
        }
      default:
        isPadded = false
        group.append(character)
        if group.count == 4 {
          guard take(group) else { return nil }
          group = []
        }
      }
    }
    return take(group) ? bytes : nil
  }

  /// The two characters of each twelve bits, the first one in the lower byte.
  private static let pairs: [UInt16] = (0..<4096).map {
    UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8
  }

  /// Appends the padded base64 of `source` to `out`.
  public static func encode(_ source: UnsafeRawBufferPointer, into out: inout [UInt8]) {
    let count = (source.count + 2) / 3 * 4
    if out.capacity < out.count + count {
      out.reserveCapacity(max(out.count + count, 2 * out.capacity))
    }
    out.append(addingCapacity: count) { span in
      span.withUnsafeMutableBufferPointer { target, initialized in
        let rest = UnsafeMutableRawBufferPointer(target)[initialized...]
        encode(source, to: UnsafeMutableRawBufferPointer(rebasing: rest))
        initialized += count
      }
    }
  }

  /// Writes the padded base64 of `source` to `target`, which has room for it: four characters for
  /// each three bytes begun.
  public static func encode(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
  ) {
    pairs.withUnsafeBufferPointer { pairs in
      var from = 0
      if let bytes = source.baseAddress, let out = target.baseAddress {
        from = leat_base64_encode(
          bytes.assumingMemoryBound(to: UInt8.self), source.count,
          out.assumingMemoryBound(to: UInt8.self))
      }
      var to = from / 3 * 4
      // Six bytes become eight characters; the two behind them are read along.
      while from + 8 <= source.count {
        let bits = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: from, as: UInt64.self))
        let low = UInt64(pairs[Int(bits >> 52)]) | UInt64(pairs[Int(bits >> 40 & 4095)]) << 16
        let high =
          UInt64(pairs[Int(bits >> 28 & 4095)]) | UInt64(pairs[Int(bits >> 16 & 4095)]) << 16
        target.storeBytes(of: (low | high << 32).littleEndian, toByteOffset: to, as: UInt64.self)
        from += 6
        to += 8
      }
      while from < source.count {
        let left = source.count - from
        let second = left > 1 ? UInt32(source[from + 1]) : 0
        let third = left > 2 ? UInt32(source[from + 2]) : 0
        let bits = UInt32(source[from]) << 16 | second << 8 | third
        let (low, high) = (pairs[Int(bits >> 12)], pairs[Int(bits & 4095)])
        target[to] = UInt8(truncatingIfNeeded: low)
        target[to + 1] = UInt8(truncatingIfNeeded: low >> 8)
        target[to + 2] = left > 1 ? UInt8(truncatingIfNeeded: high) : UInt8(ascii: "=")
        target[to + 3] = left > 2 ? UInt8(truncatingIfNeeded: high >> 8) : UInt8(ascii: "=")
        from += 3
        to += 4
      }
    }
  }

  public static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    bytes.withUnsafeBytes { encode($0, into: &out) }
    return String(decoding: out, as: UTF8.self)
  }
}
