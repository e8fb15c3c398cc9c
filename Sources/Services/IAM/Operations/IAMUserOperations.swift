import AWSModel
import Effects
import ServiceKit

/// Users: made, read, renamed and deleted.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
extension IAMService {
  var userOperations: [Operation] {
    [
      .typed("CreateUser") { try await self.createUser($0, $1) },
      .typed("GetUser") { try self.getUser($0, $1) },
      .typed("ListUsers") { (input: PathPageInput, context) in
        let (items, next) = try self.list(IAMUser.self, input, context)
        return ListUsersOutput(
          Users: items.map { UserShape($0, context, isFull: false) }, IsTruncated: next != nil,
          Marker: next)
      },
      .typed("UpdateUser") { try await self.updateUser($0, $1) },
      .typed("DeleteUser") { (input: UserNamed, context) in
        let (store, account) = (self.store, context.scope.account)
        try await self.environment.database.write { transaction in
          let user: IAMUser = try store.existing(input.UserName, account, transaction)
          try store.deleteUser(user, account, transaction)
        }
        return EmptyOutput()
      },
    ]
  }

  struct UserOutput: Codable, Sendable { var User: UserShape }

  /// A user as the API shows it; lists leave tags and boundary out as AWS does.
  struct UserShape: Codable, Sendable {
    var Path: String
    /// Missing for the root user alone.
    var UserName: String?
    var UserId: String
    var Arn: String
    var CreateDate: String
    var PermissionsBoundary: BoundaryShape?
    var Tags: [ValuedTag]?

    init(_ user: IAMUser, _ context: RequestContext, isFull: Bool) {
      Path = user.path
      UserName = user.name
      UserId = user.uniqueID
      Arn = user.arn(in: context.scope.account).description
      CreateDate = user.createdAt.iso8601
      if isFull {
        PermissionsBoundary = BoundaryShape(user.permissionsBoundary)
        Tags = user.tags.shown
      }
    }

    /// The account's root user.
    init(rootOf account: AccountID) {
      Path = "/"
      UserId = account.text
      Arn = "arn:aws:iam::\(account):root"
      CreateDate = Timestamp(milliseconds: 0).iso8601
    }
  }

  struct CreateUserInput: Codable, Sendable {
    var Path: String?
    var UserName: String
    var PermissionsBoundary: String?
    var Tags: [ValuedTag]?
  }

  private func createUser(_ input: CreateUserInput, _ context: RequestContext) async throws
    -> UserOutput
  {
    try IAMLimits.check(tags: input.Tags ?? [])
    var user = IAMUser(
      name: input.UserName, path: input.Path ?? "/",
      uniqueID: IAMText.uniqueID("AIDA", environment.effects.random),
      createdAt: environment.effects.clock.now)
    user.tags = input.Tags ?? []
    user.permissionsBoundary = input.PermissionsBoundary
    let (made, store, account) = (user, store, context.scope.account)
    try await environment.database.write { transaction in
      if let boundary = made.permissionsBoundary {
        try store.checkBoundary(boundary, account, transaction)
      }
      try store.make(made, account, transaction)
    }
    return UserOutput(User: UserShape(made, context, isFull: true))
  }

  struct GetUserInput: Codable, Sendable { var UserName: String? }

  private func getUser(_ input: GetUserInput, _ context: RequestContext) throws -> UserOutput {
    if input.UserName == nil, store.keys.entry(context.accessKeyID) == nil {
      guard !context.accessKeyID.hasPrefix("ASIA") else {
        throw IAMFaults.validation("Must specify userName when calling with non-User credentials")
      }
      return UserOutput(User: UserShape(rootOf: context.scope.account))
    }
    let user: IAMUser = try find(try userName(input.UserName, context), context)
    return UserOutput(User: UserShape(user, context, isFull: true))
  }

  struct ListUsersOutput: Codable, Sendable {
    var Users: [UserShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  struct UpdateUserInput: Codable, Sendable {
    var UserName: String
    var NewPath: String?
    var NewUserName: String?
  }

  private func updateUser(_ input: UpdateUserInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let user: IAMUser = try store.existing(input.UserName, account, transaction)
      var changed = user
      changed.path = input.NewPath ?? user.path
      changed.name = input.NewUserName ?? user.name
      if changed.name != user.name { try store.delete(user, account, transaction) }
      try changed.name == user.name
        ? store.put(changed, account, transaction) : store.make(changed, account, transaction)
    }
    return EmptyOutput()
  }
}
