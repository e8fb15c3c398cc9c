import AWSModel
import Effects
import ServiceKit

/// Everything that says who may do something in an account, in pages.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
extension IAMService {
  var authorizationOperations: [Operation] {
    [.typed("GetAccountAuthorizationDetails") { try self.authorizationDetails($0, $1) }]
  }

  struct AuthorizationInput: Codable, Sendable {
    /// Kinds of things; all of them where it is missing.
    var Filter: [String]?
    var Marker: String?
    var MaxItems: Int?
  }

  struct AuthorizationOutput: Codable, Sendable {
    var UserDetailList: [UserDetail] = []
    var GroupDetailList: [GroupDetail] = []
    var RoleDetailList: [RoleDetail] = []
    var Policies: [PolicyDetail] = []
    var IsTruncated: Bool
    var Marker: String?
  }

  private enum Subject {
    case user(IAMUser), group(IAMGroup), role(IAMRole)
    case policy(IAMManagedPolicy, arn: String)

    /// Users first, then groups, roles and policies, each by name.
    var key: String {
      switch self {
      case .user(let user): "1/\(user.name)"
      case .group(let group): "2/\(group.name)"
      case .role(let role): "3/\(role.name)"
      case .policy(_, let arn): "4/\(arn)"
      }
    }
  }

  private func authorizationDetails(_ input: AuthorizationInput, _ context: RequestContext)
    throws -> AuthorizationOutput
  {
    let account = context.scope.account
    return try environment.database.read { transaction in
      let counts = try store.policyCounts(account, transaction)
      let subjects = try subjects(input.Filter, counts, account, transaction)
      let (items, next) = IAMPage(marker: input.Marker, max: input.MaxItems)
        .cut(subjects.sorted { $0.key < $1.key }, by: \.key)
      var output = AuthorizationOutput(IsTruncated: next != nil, Marker: next)
      for item in items {
        switch item {
        case .user(let user): output.UserDetailList.append(UserDetail(user, account))
        case .group(let group): output.GroupDetailList.append(GroupDetail(group, account))
        case .role(let role):
          let profiles = try store.profiles(of: role.name, account, transaction)
            .map { try shape($0, context, isFull: false, transaction) }
          output.RoleDetailList.append(RoleDetail(role, profiles, account))
        case .policy(let policy, let arn):
          output.Policies.append(
            PolicyDetail(
              policy, arn, attachments: counts.attachments[arn] ?? 0,
              boundaries: counts.boundaries[arn] ?? 0))
        }
      }
      return output
    }
  }

  /// AWS's own policies are among them as far as they are used.
  private func subjects(
    _ filter: [String]?, _ counts: IAMPolicyCounts, _ account: AccountID,
    _ transaction: Transaction
  ) throws -> [Subject] {
    func wants(_ kind: String) -> Bool { filter.map { $0.isEmpty || $0.contains(kind) } ?? true }
    var subjects: [Subject] = []
    if wants("User") {
      subjects += try store.all(IAMUser.self, account, transaction).map { .user($0) }
    }
    if wants("Group") {
      subjects += try store.all(IAMGroup.self, account, transaction).map { .group($0) }
    }
    if wants("Role") {
      subjects += try store.all(IAMRole.self, account, transaction).map { .role($0) }
    }
    if wants("LocalManagedPolicy") {
      subjects += try store.all(IAMManagedPolicy.self, account, transaction)
        .map { .policy($0, arn: $0.arn(in: account).description) }
    }
    if wants("AWSManagedPolicy") {
      let used = Set(counts.attachments.keys).union(counts.boundaries.keys)
      subjects += try used.filter(IAMPolicyARN.isAWS)
        .map { .policy(try store.readablePolicy($0, account, transaction), arn: $0) }
    }
    return subjects
  }

  // MARK: Details

  struct InlineDetail: Codable, Sendable {
    var PolicyName: String
    var PolicyDocument: String

    static func list(_ entity: some IAMEntity) -> [InlineDetail]? {
      let all = entity.inlinePolicies.map {
        InlineDetail(
          PolicyName: $0.name, PolicyDocument: PercentEncoding.encode($0.document))
      }
      return all.isEmpty ? nil : all
    }
  }

  struct UserDetail: Codable, Sendable {
    var Path: String
    var UserName: String
    var UserId: String
    var Arn: String
    var CreateDate: String
    var UserPolicyList: [InlineDetail]?
    var GroupList: [String]
    var AttachedManagedPolicies: [AttachedPolicy]
    var PermissionsBoundary: BoundaryShape?
    var Tags: [ValuedTag]

    init(_ user: IAMUser, _ account: AccountID) {
      Path = user.path
      UserName = user.name
      UserId = user.uniqueID
      Arn = user.arn(in: account).description
      CreateDate = user.createdAt.iso8601
      UserPolicyList = InlineDetail.list(user)
      GroupList = user.groups
      AttachedManagedPolicies = user.managedPolicies.map { AttachedPolicy($0) }
      PermissionsBoundary = BoundaryShape(user.permissionsBoundary)
      Tags = user.tags
    }
  }

  struct GroupDetail: Codable, Sendable {
    var Path: String
    var GroupName: String
    var GroupId: String
    var Arn: String
    var CreateDate: String
    var GroupPolicyList: [InlineDetail]
    var AttachedManagedPolicies: [AttachedPolicy]

    init(_ group: IAMGroup, _ account: AccountID) {
      Path = group.path
      GroupName = group.name
      GroupId = group.uniqueID
      Arn = group.arn(in: account).description
      CreateDate = group.createdAt.iso8601
      GroupPolicyList = InlineDetail.list(group) ?? []
      AttachedManagedPolicies = group.managedPolicies.map { AttachedPolicy($0) }
    }
  }

  struct RoleDetail: Codable, Sendable {
    var Path: String
    var RoleName: String
    var RoleId: String
    var Arn: String
    var CreateDate: String
    var AssumeRolePolicyDocument: String
    var InstanceProfileList: [InstanceProfileShape]
    var RolePolicyList: [InlineDetail]
    var AttachedManagedPolicies: [AttachedPolicy]
    var PermissionsBoundary: BoundaryShape?
    var Tags: [ValuedTag]
    var RoleLastUsed = RoleShape.LastUsed()

    init(_ role: IAMRole, _ profiles: [InstanceProfileShape], _ account: AccountID) {
      Path = role.path
      RoleName = role.name
      RoleId = role.uniqueID
      Arn = role.arn(in: account).description
      CreateDate = role.createdAt.iso8601
      AssumeRolePolicyDocument = PercentEncoding.encode(role.trustPolicy)
      InstanceProfileList = profiles
      RolePolicyList = InlineDetail.list(role) ?? []
      AttachedManagedPolicies = role.managedPolicies.map { AttachedPolicy($0) }
      PermissionsBoundary = BoundaryShape(role.permissionsBoundary)
      Tags = role.tags
    }
  }

  struct PolicyDetail: Codable, Sendable {
    var PolicyName: String
    var PolicyId: String
    var Arn: String
    var Path: String
    var DefaultVersionId: String
    var AttachmentCount: Int
    var PermissionsBoundaryUsageCount: Int
    var IsAttachable = true
    var Description: String?
    var CreateDate: String
    var UpdateDate: String
    var PolicyVersionList: [VersionShape]

    init(_ policy: IAMManagedPolicy, _ arn: String, attachments: Int, boundaries: Int) {
      PolicyName = policy.name
      PolicyId = policy.uniqueID
      Arn = arn
      Path = policy.path
      DefaultVersionId = policy.defaultID
      AttachmentCount = attachments
      PermissionsBoundaryUsageCount = boundaries
      Description = policy.description
      CreateDate = policy.createdAt.iso8601
      UpdateDate = policy.updatedAt.iso8601
      PolicyVersionList = policy.versions.reversed().map {
        VersionShape($0, of: policy, isFull: true)
      }
    }
  }
}
