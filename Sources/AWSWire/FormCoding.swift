/// Percent-encoding and `application/x-www-form-urlencoded`.
public enum FormCoding {
  /// The pairs of `a=1&b=2`, decoded; `+` is a space.
  public static func items(of text: some StringProtocol) -> [QueryItem] {
    text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
        return QueryItem(decode(pair, plusIsSpace: true))
      }
      return QueryItem(
        decode(pair[..<equals], plusIsSpace: true),
        decode(pair[pair.index(after: equals)...], plusIsSpace: true))
    }
  }

  /// Resolves `%41`; a `%` without two hexadecimal digits stays as it is. Bytes which are not
  /// UTF-8 become U+FFFD.
  public static func decode(_ text: some StringProtocol) -> String {
    decode(text.utf8, plusIsSpace: false)
  }

  private static func decode(_ bytes: some Sequence<UInt8>, plusIsSpace: Bool) -> String {
    let source = Array(bytes)
    var out: [UInt8] = []
    out.reserveCapacity(source.count)
    var index = 0
    while index < source.count {
      let byte = source[index]
      if byte == UInt8(ascii: "%"), index + 2 < source.count,
        let high = hexDigit(source[index + 1]), let low = hexDigit(source[index + 2])
      {
        out.append(high << 4 | low)
        index += 3
        continue
      }
      out.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
      index += 1
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Encodes all but letters, digits and `-._~`, and `/` where it is kept.
  public static func encode(_ text: String, keepsSlash: Bool = false) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        out.append(byte)
      case UInt8(ascii: "/") where keepsSlash: out.append(byte)
      default:
        let digits = Array("0123456789ABCDEF".utf8)
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
