import AWSModel
import Effects

/// The form of IAM's identifiers.
enum IAMText {
  private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

  /// `AROA` and 17 characters.
  static func uniqueID(_ prefix: String, _ random: any RandomSource) -> String {
    prefix + random.text(17, from: letters)
  }

  /// 40 characters, as secrets of access keys have them.
  static func secret(_ random: any RandomSource) -> String {
    random.text(40, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  }
}
