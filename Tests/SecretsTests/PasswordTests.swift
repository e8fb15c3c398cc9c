import AWSModel
import Effects
import Testing

@testable import SecretsManager

@Suite struct PasswordTests {
  @Test(arguments: 1...200)
  func everyPasswordKeepsItsRule(_ seed: UInt64) throws {
    let random = SeededRandomSource(seed: seed)
    let bits = random.nextUInt64()
    func bit(_ index: UInt64) -> Bool { bits >> index & 1 == 1 }
    let rule = PasswordRule(
      length: Int(bits >> 32 % 60) + 5, excluded: bit(0) ? "aA0!'" : "",
      excludesLower: bit(1), excludesUpper: bit(2), excludesDigits: bit(3),
      excludesPunctuation: false,
      includesSpace: bit(4), requiresEachType: bit(5))
    try rule.check()
    let password = rule.password(random)
    #expect(password.count == rule.length, "seed \(seed)")
    let kinds = [
      (PasswordRule.lower, rule.excludesLower), (PasswordRule.upper, rule.excludesUpper),
      (PasswordRule.digits, rule.excludesDigits), (PasswordRule.punctuation, false),
      (" ", !rule.includesSpace),
    ]
    for (letters, isExcluded) in kinds {
      let holds = password.contains { letters.contains($0) }
      #expect(!(isExcluded && holds), "seed \(seed): \(password)")
      #expect(isExcluded || holds || !rule.requiresEachType, "seed \(seed): \(password)")
    }
    #expect(!password.contains { rule.excluded.contains($0) }, "seed \(seed)")
  }

  @Test func rulesWithoutAnAnswerAreRefused() {
    #expect(throws: ServiceError.self) { try PasswordRule(length: 0).check() }
    #expect(throws: ServiceError.self) { try PasswordRule(length: 4097).check() }
    #expect(throws: ServiceError.self) { try PasswordRule(length: 3).check() }
    #expect(throws: ServiceError.self) {
      try PasswordRule(
        excluded: PasswordRule.punctuation, excludesLower: true, excludesUpper: true,
        excludesDigits: true
      ).check()
    }
  }
}
