import AWSModel
import ServiceKit

/// The entities that have a managed policy.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
extension IAMService {
  var policyUseOperations: [Operation] {
    [.typed("ListEntitiesForPolicy") { try self.listEntities($0, $1) }]
  }

  struct ListEntitiesInput: Codable, Sendable {
    var PolicyArn: String
    /// A kind of entity, or of policy (which holds for any).
    var EntityFilter: String?
    var PathPrefix: String?
    /// `PermissionsPolicy` or `PermissionsBoundary`.
    var PolicyUsageFilter: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListEntitiesOutput: Codable, Sendable {
    struct Group: Codable, Sendable {
      var GroupName: String
      var GroupId: String
    }
    struct User: Codable, Sendable {
      var UserName: String
      var UserId: String
    }
    struct Role: Codable, Sendable {
      var RoleName: String
      var RoleId: String
    }

    var PolicyGroups: [Group] = []
    var PolicyUsers: [User] = []
    var PolicyRoles: [Role] = []
    var IsTruncated: Bool
    var Marker: String?
  }

  private enum Holder {
    case group(IAMGroup), user(IAMUser), role(IAMRole)

    /// Groups first, then users, then roles, each by name.
    var key: String {
      switch self {
      case .group(let group): "1/\(group.name)"
      case .user(let user): "2/\(user.name)"
      case .role(let role): "3/\(role.name)"
      }
    }

    var path: String {
      switch self {
      case .group(let group): group.path
      case .user(let user): user.path
      case .role(let role): role.path
      }
    }
  }

  private func listEntities(_ input: ListEntitiesInput, _ context: RequestContext) throws
    -> ListEntitiesOutput
  {
    let account = context.scope.account
    let holders = try environment.database.read { transaction in
      try store.checkAttachable(input.PolicyArn, account, transaction)
      let use = try store.policyUse(input.PolicyArn, account, transaction)
      return Self.holders(use, input)
    }
    let (items, next) = IAMPage(marker: input.Marker, max: input.MaxItems)
      .cut(holders.sorted { $0.key < $1.key }, by: \.key)
    var output = ListEntitiesOutput(IsTruncated: next != nil, Marker: next)
    for item in items {
      switch item {
      case .group(let group):
        output.PolicyGroups.append(.init(GroupName: group.name, GroupId: group.uniqueID))
      case .user(let user):
        output.PolicyUsers.append(.init(UserName: user.name, UserId: user.uniqueID))
      case .role(let role):
        output.PolicyRoles.append(.init(RoleName: role.name, RoleId: role.uniqueID))
      }
    }
    return output
  }

  private static func holders(_ use: IAMPolicyUse, _ input: ListEntitiesInput) -> [Holder] {
    var holders: [String: Holder] = [:]
    func add(_ holder: Holder) { holders[holder.key] = holder }
    let kind = input.EntityFilter
    if input.PolicyUsageFilter != "PermissionsBoundary" {
      if kind == nil || kind == "Group" { use.groups.forEach { add(.group($0)) } }
      if kind == nil || kind == "User" { use.users.forEach { add(.user($0)) } }
      if kind == nil || kind == "Role" { use.roles.forEach { add(.role($0)) } }
    }
    if input.PolicyUsageFilter != "PermissionsPolicy" {
      if kind == nil || kind == "User" { use.boundedUsers.forEach { add(.user($0)) } }
      if kind == nil || kind == "Role" { use.boundedRoles.forEach { add(.role($0)) } }
    }
    return holders.values.filter { $0.path.hasPrefix(input.PathPrefix ?? "/") }
  }
}
