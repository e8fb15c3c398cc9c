import AWSModel
import Effects
import ServiceKit

/// Groups and their members.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
extension IAMService {
  var groupOperations: [Operation] {
    [
      .typed("CreateGroup") { try await self.createGroup($0, $1) },
      .typed("GetGroup") { try self.getGroup($0, $1) },
      .typed("ListGroups") { (input: PathPageInput, context) in
        let (items, next) = try self.list(IAMGroup.self, input, context)
        return ListGroupsOutput(
          Groups: items.map { GroupShape($0, context) }, IsTruncated: next != nil, Marker: next)
      },
      .typed("ListGroupsForUser") { try self.listGroupsForUser($0, $1) },
      .typed("UpdateGroup") { try await self.updateGroup($0, $1) },
      .typed("DeleteGroup") { (input: GroupNamed, context) in
        let (store, account) = (self.store, context.scope.account)
        try await self.environment.database.write { transaction in
          let group: IAMGroup = try store.existing(input.GroupName, account, transaction)
          try store.deleteGroup(group, account, transaction)
        }
        return EmptyOutput()
      },
      .typed("AddUserToGroup") { try await self.addUserToGroup($0, $1) },
      .typed("RemoveUserFromGroup") { try await self.removeUserFromGroup($0, $1) },
    ]
  }

  /// A group as the API shows it.
  struct GroupShape: Codable, Sendable {
    var Path: String
    var GroupName: String
    var GroupId: String
    var Arn: String
    var CreateDate: String

    init(_ group: IAMGroup, _ context: RequestContext) {
      Path = group.path
      GroupName = group.name
      GroupId = group.uniqueID
      Arn = group.arn(in: context.scope.account).description
      CreateDate = group.createdAt.iso8601
    }
  }

  struct GroupOutput: Codable, Sendable { var Group: GroupShape }

  struct CreateGroupInput: Codable, Sendable {
    var Path: String?
    var GroupName: String
  }

  private func createGroup(_ input: CreateGroupInput, _ context: RequestContext) async throws
    -> GroupOutput
  {
    let group = IAMGroup(
      name: input.GroupName, path: input.Path ?? "/",
      uniqueID: IAMText.uniqueID("AGPA", environment.effects.random),
      createdAt: environment.effects.clock.now)
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { try store.make(group, account, $0) }
    return GroupOutput(Group: GroupShape(group, context))
  }

  struct GetGroupOutput: Codable, Sendable {
    var Group: GroupShape
    var Users: [UserShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func getGroup(_ input: With<GroupNamed, PageMembers>, _ context: RequestContext) throws
    -> GetGroupOutput
  {
    let account = context.scope.account
    return try environment.database.read { transaction in
      let group: IAMGroup = try store.existing(input.name, account, transaction)
      let (items, next) = input.rest.page.cut(
        try store.members(of: group.name, account, transaction), by: \.name)
      return GetGroupOutput(
        Group: GroupShape(group, context),
        Users: items.map { UserShape($0, context, isFull: false) }, IsTruncated: next != nil,
        Marker: next)
    }
  }

  struct ListGroupsOutput: Codable, Sendable {
    var Groups: [GroupShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listGroupsForUser(
    _ input: With<UserNamed, PageMembers>, _ context: RequestContext
  ) throws -> ListGroupsOutput {
    let account = context.scope.account
    return try environment.database.read { transaction in
      let user: IAMUser = try store.existing(input.name, account, transaction)
      let (items, next) = input.rest.page.cut(user.groups.sorted(), by: \.self)
      return ListGroupsOutput(
        Groups: try items.map {
          GroupShape(try store.existing($0, account, transaction), context)
        }, IsTruncated: next != nil, Marker: next)
    }
  }

  struct UpdateGroupInput: Codable, Sendable {
    var GroupName: String
    var NewPath: String?
    var NewGroupName: String?
  }

  private func updateGroup(_ input: UpdateGroupInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let group: IAMGroup = try store.existing(input.GroupName, account, transaction)
      var changed = group
      changed.path = input.NewPath ?? group.path
      changed.name = input.NewGroupName ?? group.name
      guard changed.name != group.name else {
        return try store.put(changed, account, transaction)
      }
      try store.make(changed, account, transaction)
      for var user in try store.members(of: group.name, account, transaction) {
        user.groups = user.groups.map { $0 == group.name ? changed.name : $0 }
        try store.put(user, account, transaction)
      }
      try store.delete(group, account, transaction)
    }
    return EmptyOutput()
  }

  private func addUserToGroup(_ input: With<GroupNamed, UserNamed>, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let group: IAMGroup = try store.existing(input.name, account, transaction)
      var user: IAMUser = try store.existing(input.rest.UserName, account, transaction)
      try user.join(group.name)
      try store.put(user, account, transaction)
    }
    return EmptyOutput()
  }

  private func removeUserFromGroup(
    _ input: With<GroupNamed, UserNamed>, _ context: RequestContext
  ) async throws -> EmptyOutput {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let group: IAMGroup = try store.existing(input.name, account, transaction)
      var user: IAMUser = try store.existing(input.rest.UserName, account, transaction)
      user.groups.removeAll { $0 == group.name }
      try store.put(user, account, transaction)
    }
    return EmptyOutput()
  }
}
