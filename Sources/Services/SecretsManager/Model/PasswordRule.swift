import AWSModel
import Effects

/// The characters and length of a generated password.
struct PasswordRule: Sendable, Hashable {
  static let lengthMax = 4096
  static let lower = "abcdefghijklmnopqrstuvwxyz"
  static let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  static let digits = "0123456789"
  static let punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

  var length = 32
  var excluded = ""
  var excludesLower = false
  var excludesUpper = false
  var excludesDigits = false
  var excludesPunctuation = false
  var includesSpace = false
  var requiresEachType = true

  /// The kinds of characters that may stand in it, none of them empty.
  private var alphabets: [[Character]] {
    let excluded = Set(excluded)
    let kinds = [
      excludesLower ? "" : Self.lower, excludesUpper ? "" : Self.upper,
      excludesDigits ? "" : Self.digits, excludesPunctuation ? "" : Self.punctuation,
      includesSpace ? " " : "",
    ]
    return kinds.map { $0.filter { !excluded.contains($0) } }.filter { !$0.isEmpty }.map(Array.init)
  }

  func check() throws(ServiceError) {
    guard (1...Self.lengthMax).contains(length) else {
      throw SecretFault.invalid("PasswordLength must be between 1 and \(Self.lengthMax).")
    }
    let alphabets = alphabets
    guard !alphabets.isEmpty else {
      throw SecretFault.invalid("The password has no characters left to be made of.")
    }
    guard !requiresEachType || length >= alphabets.count else {
      throw SecretFault.invalid("Password length is too short based on the required types.")
    }
  }

  /// A password; `check` must have passed.
  func password(_ random: any RandomSource) -> String {
    let alphabets = alphabets
    let all = alphabets.flatMap { $0 }
    guard !all.isEmpty else { return "" }
    func draw(_ letters: [Character]) -> Character { letters[Self.below(letters.count, random)] }
    var letters = requiresEachType ? alphabets.prefix(length).map(draw) : []
    while letters.count < length { letters.append(draw(all)) }
    // The required ones must not all stand at the start.
    for index in letters.indices.dropFirst().reversed() {
      letters.swapAt(index, Self.below(index + 1, random))
    }
    return String(letters)
  }

  /// Even: draws again where the remainder would favour small numbers.
  private static func below(_ bound: Int, _ random: any RandomSource) -> Int {
    let bound = UInt64(bound)
    let limit = UInt64.max - UInt64.max % bound
    while true {
      let drawn = random.nextUInt64()
      if drawn < limit { return Int(drawn % bound) }
    }
  }
}
