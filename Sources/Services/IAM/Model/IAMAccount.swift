import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// An account's own settings, one of each account.
struct IAMAccount: Codable, Sendable, Hashable, IAMStored {
  static let onlyName = "account"

  var name = onlyName
  var alias: String?
  /// nil where none was set: AWS's default rules hold.
  var passwordPolicy: IAMPasswordPolicy?
  var report: IAMCredentialReport?
  /// Ids of deletions of service-linked roles, the newest last, a hundred at most.
  var deletionTasks: [String] = []
  /// The version of tokens that the global endpoint gives; nil for 1.
  var tokenVersion: Int?

  var passwordRules: IAMPasswordPolicy { passwordPolicy ?? .standard }

  static func missing(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("The account cannot be found.")
  }

  static func taken(_ name: String) -> ServiceError {
    IAMFaults.exists("The account already exists.")
  }
}

/// The last credential report of an account.
struct IAMCredentialReport: Codable, Sendable, Hashable {
  /// Lines of comma-separated values.
  var content: String
  var generatedAt: Timestamp
}

/// The rules of an account for its users' passwords.
struct IAMPasswordPolicy: Codable, Sendable, Hashable {
  var MinimumPasswordLength = 6
  var RequireSymbols = false
  var RequireNumbers = false
  var RequireUppercaseCharacters = false
  var RequireLowercaseCharacters = false
  var AllowUsersToChangePassword = false
  /// Days; nil where passwords don't expire.
  var MaxPasswordAge: Int?
  /// The number of earlier passwords that can't be used again.
  var PasswordReusePrevention: Int?
  var HardExpiry: Bool?

  /// The rules where none were set. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
  static let standard = IAMPasswordPolicy(
    MinimumPasswordLength: 8, AllowUsersToChangePassword: true)

  /// Symbols that count: those of AWS's documentation.
  private static let symbols = Set("!@#$%^&*()_+-=[]{}|'")

  /// Throws `PasswordPolicyViolation` where a password breaks the rules.
  func check(_ password: String) throws(ServiceError) {
    let kinds = [
      password.contains { $0.isASCII && $0.isUppercase },
      password.contains { $0.isASCII && $0.isLowercase }, password.contains { $0.isNumber },
      password.contains { Self.symbols.contains($0) },
    ]
    if password.count < MinimumPasswordLength {
      throw Self.violation("should have a minimum length of \(MinimumPasswordLength)")
    }
    if self == .standard, kinds.count(where: { $0 }) < 3 {
      throw Self.violation(
        "should have at least three of uppercase and lowercase letters, numbers, and symbols")
    }
    for (isNeeded, isThere, what) in [
      (RequireUppercaseCharacters, kinds[0], "one uppercase letter"),
      (RequireLowercaseCharacters, kinds[1], "one lowercase letter"),
      (RequireNumbers, kinds[2], "one number"), (RequireSymbols, kinds[3], "one symbol"),
    ] where isNeeded && !isThere {
      throw Self.violation("should have at least \(what)")
    }
  }

  static func violation(_ rule: String) -> ServiceError {
    ServiceError("PasswordPolicyViolation", "Password \(rule)")
  }
}

/// Sets passwords by an account's rules.
struct IAMPasswords {
  var vault: Vault
  var rules: IAMPasswordPolicy
  var now: Timestamp

  /// Gives a user a password, checked and sealed. Throws `PasswordPolicyViolation`.
  func set(_ password: String, of user: inout IAMUser, needsReset: Bool) throws {
    try rules.check(password)
    if let count = rules.PasswordReusePrevention {
      for sealed in earlier(user).prefix(count)
      where try vault.open(sealed, for: IAMLogin.sealContext(user)) == password {
        throw IAMPasswordPolicy.violation("is one of the last \(count) that were used")
      }
    }
    let history = Array(earlier(user).prefix(IAMLogin.historyMax))
    user.login = IAMLogin(
      sealedPassword: try vault.seal(password, for: IAMLogin.sealContext(user)),
      sealedHistory: history, createdAt: user.login?.createdAt ?? now, changedAt: now,
      needsReset: needsReset, signinSecondsMax: user.login?.signinSecondsMax)
  }

  /// True for the password that the user has.
  func isRight(_ password: String, of user: IAMUser) throws -> Bool {
    guard let login = user.login else { return false }
    return try vault.open(login.sealedPassword, for: IAMLogin.sealContext(user)) == password
  }

  /// Sealed passwords, the newest first.
  private func earlier(_ user: IAMUser) -> [String] {
    user.login.map { [$0.sealedPassword] + $0.sealedHistory } ?? []
  }
}
