import AWSModel
import Effects
import PropertyTree
import ServiceKit

/// Roles: made, read, changed and deleted.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
extension IAMService {
  var roleOperations: [Operation] {
    [
      .typed("CreateRole") { try await self.createRole($0, $1) },
      .typed("GetRole") { (input: RoleNameInput, context) in
        RoleOutput(Role: RoleShape(try self.find(input.RoleName, context), context, isFull: true))
      },
      .typed("ListRoles") { try self.listRoles($0, $1) },
      .typed("DeleteRole") { try await self.deleteRole($0, $1) },
      .typed("UpdateRole") { try await self.updateRole($0, $1) },
      .typed("UpdateRoleDescription") { try await self.updateRoleDescription($0, $1) },
      .typed("UpdateAssumeRolePolicy") { try await self.updateAssumeRolePolicy($0, $1) },
    ]
  }

  struct RoleNameInput: Codable, Sendable {
    var RoleName: String
  }

  struct RoleOutput: Codable, Sendable {
    var Role: RoleShape
  }

  /// A role as the API shows it; lists leave tags and the description's neighbours out as AWS does.
  struct RoleShape: Codable, Sendable {
    struct LastUsed: Codable, Sendable {}

    var Path: String
    var RoleName: String
    var RoleId: String
    var Arn: String
    var CreateDate: String
    /// URL-encoded, as the API returns documents.
    var AssumeRolePolicyDocument: String
    var Description: String?
    var MaxSessionDuration: Int
    var Tags: [ValuedTag]?
    var RoleLastUsed: LastUsed?

    init(_ role: IAMRole, _ context: RequestContext, isFull: Bool) {
      Path = role.path
      RoleName = role.name
      RoleId = role.uniqueID
      Arn = role.arn(in: context.scope.account).description
      CreateDate = role.createdAt.iso8601
      AssumeRolePolicyDocument = PercentEncoding.encode(role.trustPolicy)
      Description = role.description
      MaxSessionDuration = role.sessionSecondsMax
      if isFull {
        Tags = role.tags.isEmpty ? nil : role.tags
        RoleLastUsed = LastUsed()
      }
    }
  }

  struct CreateRoleInput: Codable, Sendable {
    var Path: String?
    var RoleName: String
    var AssumeRolePolicyDocument: String
    var Description: String?
    var MaxSessionDuration: Int?
    var Tags: [ValuedTag]?
  }

  private func createRole(_ input: CreateRoleInput, _ context: RequestContext) async throws
    -> RoleOutput
  {
    try IAMLimits.check(tags: input.Tags ?? [])
    try IAMPolicyDocument.check(input.AssumeRolePolicyDocument, .trust)
    let role = IAMRole(
      name: input.RoleName, path: input.Path ?? "/",
      uniqueID: IAMText.uniqueID("AROA", environment.effects.random),
      createdAt: environment.effects.clock.now, trustPolicy: input.AssumeRolePolicyDocument,
      description: input.Description, sessionSecondsMax: input.MaxSessionDuration ?? 3600,
      tags: input.Tags ?? [], managedPolicies: [], inlinePolicies: [])
    let store = store
    let account = context.scope.account
    try await environment.database.write { transaction in
      guard try store.role(role.name, account, transaction) == nil else {
        throw IAMFaults.roleExists(role.name)
      }
      try store.put(role, account, transaction)
    }
    return RoleOutput(Role: RoleShape(role, context, isFull: true))
  }

  struct ListRolesInput: Codable, Sendable {
    var PathPrefix: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListRolesOutput: Codable, Sendable {
    var Roles: [RoleShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listRoles(_ input: ListRolesInput, _ context: RequestContext) throws
    -> ListRolesOutput
  {
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    let roles = try environment.database.read {
      try store.roles(context.scope.account, after: input.Marker ?? "", $0)
    }
    let matching = roles.filter { $0.path.hasPrefix(input.PathPrefix ?? "/") }
    let (items, next) = page.cut(matching, by: \.name)
    return ListRolesOutput(
      Roles: items.map { RoleShape($0, context, isFull: false) }, IsTruncated: next != nil,
      Marker: next)
  }

  private func deleteRole(_ input: RoleNameInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let store = store
    let account = context.scope.account
    try await environment.database.write { transaction in
      let role = try store.existingRole(input.RoleName, account, transaction)
      guard role.managedPolicies.isEmpty else {
        throw IAMFaults.deleteConflict("Cannot delete entity, must detach all policies first.")
      }
      guard role.inlinePolicies.isEmpty else {
        throw IAMFaults.deleteConflict("Cannot delete entity, must delete policies first.")
      }
      try store.deleteRole(role.name, account, transaction)
    }
    return EmptyOutput()
  }

  struct UpdateRoleInput: Codable, Sendable {
    var RoleName: String
    var Description: String?
    var MaxSessionDuration: Int?
  }

  private func updateRole(_ input: UpdateRoleInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await change(input.RoleName, context) { role in
      role.description = input.Description ?? role.description
      role.sessionSecondsMax = input.MaxSessionDuration ?? role.sessionSecondsMax
    }
    return EmptyOutput()
  }

  struct UpdateRoleDescriptionInput: Codable, Sendable {
    var RoleName: String
    var Description: String
  }

  private func updateRoleDescription(
    _ input: UpdateRoleDescriptionInput, _ context: RequestContext
  ) async throws -> RoleOutput {
    try await change(input.RoleName, context) { $0.description = input.Description }
    return RoleOutput(Role: RoleShape(try find(input.RoleName, context), context, isFull: true))
  }

  struct UpdateAssumeRolePolicyInput: Codable, Sendable {
    var RoleName: String
    var PolicyDocument: String
  }

  private func updateAssumeRolePolicy(
    _ input: UpdateAssumeRolePolicyInput, _ context: RequestContext
  ) async throws -> EmptyOutput {
    try IAMPolicyDocument.check(input.PolicyDocument, .trust)
    try await change(input.RoleName, context) { $0.trustPolicy = input.PolicyDocument }
    return EmptyOutput()
  }
}
