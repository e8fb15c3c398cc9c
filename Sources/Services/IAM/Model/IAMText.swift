import Effects

/// How IAM writes identifiers and documents.
enum IAMText {
  /// `AROA` and 17 characters.
  static func uniqueID(_ prefix: String, _ random: any RandomSource) -> String {
    prefix + random.text(17, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  }

  /// Encodes all but letters, digits and `-._~`: documents travel so in answers.
  static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        out.append(byte)
      default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
