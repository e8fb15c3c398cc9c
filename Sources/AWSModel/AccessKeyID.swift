import Effects

/// The form of access key ids: a prefix that says the kind, then 80 bits in base 32, which hold the
/// account among others.
///
/// The place of the account is not documented by AWS, but known:
/// <https://awsteele.com/blog/2020/09/26/aws-access-key-format.html>
public enum AccessKeyID {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
  private static let accountMask: UInt64 = 0x7FFF_FFFF_FF80
  /// The highest bit of ids that hold their account.
  private static let mark: UInt64 = 0x8000_0000_0000

  /// A new id of 20 characters.
  ///
  /// - Parameter prefix: `AKIA` for a user's, `ASIA` for a session's.
  public static func make(_ prefix: String, _ account: AccountID, _ random: any RandomSource)
    -> String
  {
    let number = UInt64(account.text) ?? 0
    let low = random.nextUInt64()
    let high = mark | (number << 7 & accountMask) | (low >> 57)
    // 48 bits with the account, then 32 of chance: 16 letters of five bits.
    let tail = low & 0xFFFF_FFFF
    var letters: [UInt8] = []
    for index in 0..<16 {
      var five: UInt64 = 0
      for bit in 0..<5 {
        let place = index * 5 + bit
        let value = place < 48 ? high >> UInt64(47 - place) : tail >> UInt64(79 - place)
        five = five << 1 | value & 1
      }
      letters.append(alphabet[Int(five)])
    }
    return prefix + String(decoding: letters, as: UTF8.self)
  }

  /// The account that an id holds; nil for a text that is no such id.
  public static func account(in id: String) -> AccountID? {
    let bytes = Array(id.utf8)
    guard bytes.count == 20 else { return nil }
    var high: UInt64 = 0
    for (index, byte) in bytes[4...].enumerated() {
      guard let value = alphabet.firstIndex(of: byte) else { return nil }
      for bit in 0..<5 where index * 5 + bit < 48 {
        high = high << 1 | UInt64(value >> (4 - bit)) & 1
      }
    }
    guard high & mark != 0 else { return nil }
    let digits = String((high & accountMask) >> 7)
    guard digits.utf8.count <= 12 else { return nil }
    return AccountID(String(repeating: "0", count: 12 - digits.utf8.count) + digits)
  }
}
