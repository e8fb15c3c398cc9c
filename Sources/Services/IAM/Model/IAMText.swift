import Effects

/// How IAM writes identifiers.
enum IAMText {
  /// `AROA` and 17 characters.
  static func uniqueID(_ prefix: String, _ random: any RandomSource) -> String {
    prefix + random.text(17, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
  }
}
