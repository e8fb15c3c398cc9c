import AWSModel
import Effects
import ServiceKit

/// Users' passwords for the console.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
extension IAMService {
  var loginOperations: [Operation] {
    [
      .typed("CreateLoginProfile") { try await self.createLogin($0, $1) },
      .typed("GetLoginProfile") { (input: OptionalUserInput, context) in
        let user: IAMUser = try self.find(
          try self.userName(input.UserName, context), context)
        return LoginOutput(LoginProfile: LoginShape(try user.existingLogin(), of: user))
      },
      .typed("UpdateLoginProfile") { try await self.updateLogin($0, $1) },
      .typed("DeleteLoginProfile") { (input: OptionalUserInput, context) in
        let name = try self.userName(input.UserName, context)
        try await self.change(IAMUser.self, name, context) { user in
          _ = try user.existingLogin()
          user.login = nil
        }
        return EmptyOutput()
      },
      .typed("ChangePassword") { try await self.changePassword($0, $1) },
    ]
  }

  struct LoginShape: Codable, Sendable {
    var UserName: String
    var CreateDate: String
    var PasswordResetRequired: Bool
    var MaxSigninSessionDuration: Int?

    init(_ login: IAMLogin, of user: IAMUser) {
      UserName = user.name
      CreateDate = login.createdAt.iso8601
      PasswordResetRequired = login.needsReset
      MaxSigninSessionDuration = login.signinSecondsMax
    }
  }

  struct LoginOutput: Codable, Sendable { var LoginProfile: LoginShape }

  struct CreateLoginInput: Codable, Sendable {
    var UserName: String?
    var Password: String?
    var PasswordResetRequired: Bool?
    var MaxSigninSessionDuration: Int?
  }

  private func createLogin(_ input: CreateLoginInput, _ context: RequestContext) async throws
    -> LoginOutput
  {
    guard let password = input.Password else {
      throw IAMFaults.validation("A login profile is made with a Password.")
    }
    let user = try await changeLogin(input.UserName, context) { user, passwords in
      guard user.login == nil else {
        throw IAMFaults.exists("Login Profile for user \(user.name) already exists.")
      }
      try passwords.set(password, of: &user, needsReset: input.PasswordResetRequired ?? false)
      user.login?.signinSecondsMax = input.MaxSigninSessionDuration
    }
    return LoginOutput(LoginProfile: LoginShape(try user.existingLogin(), of: user))
  }

  struct UpdateLoginInput: Codable, Sendable {
    var UserName: String
    var Password: String?
    var PasswordResetRequired: Bool?
    var MaxSigninSessionDuration: Int?
    var ResetMaxSigninSessionDuration: Bool?
  }

  private func updateLogin(_ input: UpdateLoginInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    _ = try await changeLogin(input.UserName, context) { user, passwords in
      let login = try user.existingLogin()
      let needsReset = input.PasswordResetRequired ?? login.needsReset
      if let password = input.Password {
        try passwords.set(password, of: &user, needsReset: needsReset)
      }
      user.login?.needsReset = needsReset
      user.login?.signinSecondsMax =
        input.ResetMaxSigninSessionDuration == true
        ? nil : input.MaxSigninSessionDuration ?? login.signinSecondsMax
    }
    return EmptyOutput()
  }

  struct ChangePasswordInput: Codable, Sendable {
    var OldPassword: String
    var NewPassword: String
  }

  private func changePassword(_ input: ChangePasswordInput, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    _ = try await changeLogin(nil, context) { user, passwords in
      guard passwords.rules.AllowUsersToChangePassword else {
        throw ServiceError(
          "AccessDenied", "The account's password policy lets no user change its password",
          status: 403)
      }
      _ = try user.existingLogin()
      guard try passwords.isRight(input.OldPassword, of: user) else {
        throw ServiceError(
          "AccessDenied", "The old password was incorrect.", status: 403)
      }
      try passwords.set(input.NewPassword, of: &user, needsReset: false)
    }
    return EmptyOutput()
  }

  /// Changes a user by the account's rules for passwords, in one transaction.
  private func changeLogin(
    _ given: String?, _ context: RequestContext,
    _ body: @escaping @Sendable (inout IAMUser, IAMPasswords) throws -> Void
  ) async throws -> IAMUser {
    let (store, account) = (store, context.scope.account)
    let name = try userName(given, context)
    let now = environment.effects.clock.now
    return try await environment.database.write { transaction in
      var user: IAMUser = try store.existing(name, account, transaction)
      let rules = try store.account(account, transaction).passwordRules
      try body(&user, IAMPasswords(vault: store.vault, rules: rules, now: now))
      try store.put(user, account, transaction)
      return user
    }
  }
}
