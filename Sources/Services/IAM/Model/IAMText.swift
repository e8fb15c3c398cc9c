import Effects

/// The form of IAM's identifiers.
enum IAMText {
  /// `AROA` and 17 characters.
  static func uniqueID(_ prefix: String, _ random: any RandomSource) -> String {
    prefix + random.text(17, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  }
}
