import AWSModel
import Effects
import ServiceKit

/// An account's alias and its rules for passwords.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
extension IAMService {
  var accountOperations: [Operation] {
    [
      .typed("CreateAccountAlias") { (input: AliasInput, context) in
        try await self.changeAccount(context) { $0.alias = input.AccountAlias }
        return EmptyOutput()
      },
      .typed("DeleteAccountAlias") { (input: AliasInput, context) in
        try await self.changeAccount(context) { account in
          guard account.alias == input.AccountAlias else {
            throw IAMFaults.noSuchEntity(
              "The account alias \(input.AccountAlias) cannot be found.")
          }
          account.alias = nil
        }
        return EmptyOutput()
      },
      .typed("ListAccountAliases") { (input: PageMembers, context) in
        let account = try self.readAccount(context)
        let (items, next) = input.page.cut(account.alias.map { [$0] } ?? [], by: \.self)
        return AliasesOutput(AccountAliases: items, IsTruncated: next != nil, Marker: next)
      },
      .typed("UpdateAccountPasswordPolicy") { try await self.updatePasswordPolicy($0, $1) },
      .typed("GetAccountPasswordPolicy") { (_: EmptyOutput, context) in
        guard let policy = try self.readAccount(context).passwordPolicy else {
          throw Self.noPasswordPolicy(context)
        }
        return PasswordPolicyOutput(PasswordPolicy: PasswordPolicyShape(policy))
      },
      .typed("DeleteAccountPasswordPolicy") { (_: EmptyOutput, context) in
        try await self.changeAccount(context) { account in
          guard account.passwordPolicy != nil else { throw Self.noPasswordPolicy(context) }
          account.passwordPolicy = nil
        }
        return EmptyOutput()
      },
    ]
  }

  func readAccount(_ context: RequestContext) throws -> IAMAccount {
    try environment.database.read { try store.account(context.scope.account, $0) }
  }

  func changeAccount(
    _ context: RequestContext, _ body: @escaping @Sendable (inout IAMAccount) throws -> Void
  ) async throws {
    let (store, id) = (store, context.scope.account)
    try await environment.database.write { transaction in
      var account = try store.account(id, transaction)
      try body(&account)
      try store.put(account, id, transaction)
    }
  }

  private static func noPasswordPolicy(_ context: RequestContext) -> ServiceError {
    IAMFaults.noSuchEntity(
      "The Password Policy with domain name \(context.scope.account) cannot be found.")
  }

  struct AliasInput: Codable, Sendable { var AccountAlias: String }

  struct AliasesOutput: Codable, Sendable {
    var AccountAliases: [String]
    var IsTruncated: Bool
    var Marker: String?
  }

  struct PasswordPolicyInput: Codable, Sendable {
    var MinimumPasswordLength: Int?
    var RequireSymbols: Bool?
    var RequireNumbers: Bool?
    var RequireUppercaseCharacters: Bool?
    var RequireLowercaseCharacters: Bool?
    var AllowUsersToChangePassword: Bool?
    var MaxPasswordAge: Int?
    var PasswordReusePrevention: Int?
    var HardExpiry: Bool?
  }

  /// Sets every rule: those that a request leaves out go back to their defaults, as on AWS.
  private func updatePasswordPolicy(_ input: PasswordPolicyInput, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    var policy = IAMPasswordPolicy()
    policy.MinimumPasswordLength = input.MinimumPasswordLength ?? policy.MinimumPasswordLength
    policy.RequireSymbols = input.RequireSymbols ?? false
    policy.RequireNumbers = input.RequireNumbers ?? false
    policy.RequireUppercaseCharacters = input.RequireUppercaseCharacters ?? false
    policy.RequireLowercaseCharacters = input.RequireLowercaseCharacters ?? false
    policy.AllowUsersToChangePassword = input.AllowUsersToChangePassword ?? false
    policy.MaxPasswordAge = input.MaxPasswordAge
    policy.PasswordReusePrevention = input.PasswordReusePrevention
    policy.HardExpiry = input.HardExpiry
    let changed = policy
    try await changeAccount(context) { $0.passwordPolicy = changed }
    return EmptyOutput()
  }

  /// The rules as the API shows them.
  struct PasswordPolicyShape: Codable, Sendable {
    var MinimumPasswordLength: Int
    var RequireSymbols: Bool
    var RequireNumbers: Bool
    var RequireUppercaseCharacters: Bool
    var RequireLowercaseCharacters: Bool
    var AllowUsersToChangePassword: Bool
    var ExpirePasswords: Bool
    var MaxPasswordAge: Int?
    var PasswordReusePrevention: Int?
    var HardExpiry: Bool?

    init(_ policy: IAMPasswordPolicy) {
      MinimumPasswordLength = policy.MinimumPasswordLength
      RequireSymbols = policy.RequireSymbols
      RequireNumbers = policy.RequireNumbers
      RequireUppercaseCharacters = policy.RequireUppercaseCharacters
      RequireLowercaseCharacters = policy.RequireLowercaseCharacters
      AllowUsersToChangePassword = policy.AllowUsersToChangePassword
      ExpirePasswords = policy.MaxPasswordAge != nil
      MaxPasswordAge = policy.MaxPasswordAge
      PasswordReusePrevention = policy.PasswordReusePrevention
      HardExpiry = policy.HardExpiry
    }
  }

  struct PasswordPolicyOutput: Codable, Sendable { var PasswordPolicy: PasswordPolicyShape }
}
