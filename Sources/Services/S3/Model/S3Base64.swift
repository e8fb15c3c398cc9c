/// Base64 (RFC 4648, with padding) as checksums and continuation tokens are written.
enum S3Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    var pending: UInt32 = 0
    var count = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      count += 1
      if count == 3 {
        for shift in [18, 12, 6, 0] { out.append(alphabet[Int(pending >> UInt32(shift) & 63)]) }
        (pending, count) = (0, 0)
      }
    }
    if count == 1 {
      out += [alphabet[Int(pending >> 2)], alphabet[Int(pending << 4 & 63)], 0x3D, 0x3D]
    } else if count == 2 {
      out += [
        alphabet[Int(pending >> 10)], alphabet[Int(pending >> 4 & 63)],
        alphabet[Int(pending << 2 & 63)], 0x3D,
      ]
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// nil when the text is not canonical base64.
  static func decode(_ text: String) -> [UInt8]? {
    let utf8 = Array(text.utf8)
    guard utf8.count % 4 == 0 else { return nil }
    let padding = utf8.suffix(2).reversed().prefix { $0 == 0x3D }.count
    var out: [UInt8] = []
    var pending: UInt32 = 0
    for (index, byte) in utf8.dropLast(padding).enumerated() {
      guard let value = digit(byte) else { return nil }
      pending = pending << 6 | UInt32(value)
      if index % 4 == 3 {
        out += [UInt8(pending >> 16 & 255), UInt8(pending >> 8 & 255), UInt8(pending & 255)]
        pending = 0
      }
    }
    if padding == 1 {
      out += [UInt8(pending >> 10 & 255), UInt8(pending >> 2 & 255)]
    } else if padding == 2 {
      out.append(UInt8(pending >> 4 & 255))
    }
    return out
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

/// Bytes as lower-case hexadecimal text.
enum S3Hex {
  static func encode(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    for byte in bytes {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// nil for anything but pairs of hexadecimal digits.
  static func decode(_ text: String) -> [UInt8]? {
    let utf8 = Array(text.utf8)
    guard utf8.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    for index in stride(from: 0, to: utf8.count, by: 2) {
      guard let value = UInt8(String(decoding: utf8[index..<index + 2], as: UTF8.self), radix: 16)
      else { return nil }
      out.append(value)
    }
    return out
  }
}
