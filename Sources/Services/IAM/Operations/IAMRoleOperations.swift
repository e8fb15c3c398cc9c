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
      .typed("GetRole") { (input: RoleNamed, context) in
        RoleOutput(
          Role: RoleShape(try self.find(input.RoleName, context), context, isFull: true))
      },
      .typed("ListRoles") { try self.listRoles($0, $1) },
      .typed("DeleteRole") { try await self.deleteRole($0, $1) },
      .typed("UpdateRole") { try await self.updateRole($0, $1) },
      .typed("UpdateRoleDescription") { try await self.updateRoleDescription($0, $1) },
      .typed("UpdateAssumeRolePolicy") { try await self.updateAssumeRolePolicy($0, $1) },
    ]
  }

  struct RoleOutput: Codable, Sendable {
    var Role: RoleShape
  }

  /// A role as the API shows it; lists leave tags, boundary and last use out as AWS does.
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
    var MaxSigninSessionDuration: Int?
    var PermissionsBoundary: BoundaryShape?
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
        MaxSigninSessionDuration = role.signinSecondsMax
        PermissionsBoundary = BoundaryShape(role.permissionsBoundary)
        Tags = role.tags.shown
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
    var MaxSigninSessionDuration: Int?
    var PermissionsBoundary: String?
    var Tags: [ValuedTag]?
  }

  private func createRole(_ input: CreateRoleInput, _ context: RequestContext) async throws
    -> RoleOutput
  {
    try IAMLimits.check(tags: input.Tags ?? [])
    guard input.Path?.hasPrefix(IAMRole.serviceLinkedPath) != true else {
      throw IAMFaults.invalidInput(
        "The path \(IAMRole.serviceLinkedPath) is reserved for service-linked roles.")
    }
    let role = IAMRole(
      name: input.RoleName, path: input.Path ?? "/",
      uniqueID: IAMText.uniqueID("AROA", environment.effects.random),
      createdAt: environment.effects.clock.now,
      trustPolicy: try IAMRole.trust(.string(input.AssumeRolePolicyDocument)),
      description: input.Description, sessionSecondsMax: input.MaxSessionDuration ?? 3600,
      signinSecondsMax: input.MaxSigninSessionDuration, tags: input.Tags ?? [],
      managedPolicies: [], inlinePolicies: [], permissionsBoundary: input.PermissionsBoundary)
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      if let boundary = role.permissionsBoundary {
        try store.checkBoundary(boundary, account, transaction)
      }
      try store.make(role, account, transaction)
    }
    return RoleOutput(Role: RoleShape(role, context, isFull: true))
  }

  struct ListRolesOutput: Codable, Sendable {
    var Roles: [RoleShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listRoles(_ input: PathPageInput, _ context: RequestContext) throws
    -> ListRolesOutput
  {
    let (items, next) = try list(IAMRole.self, input, context)
    return ListRolesOutput(
      Roles: items.map { RoleShape($0, context, isFull: false) }, IsTruncated: next != nil,
      Marker: next)
  }

  private func deleteRole(_ input: RoleNamed, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let role: IAMRole = try store.existing(input.RoleName, account, transaction)
      try store.deleteRole(role, account, transaction)
    }
    return EmptyOutput()
  }

  struct UpdateRoleInput: Codable, Sendable {
    var RoleName: String
    var Description: String?
    var MaxSessionDuration: Int?
    var MaxSigninSessionDuration: Int?
    var ResetMaxSigninSessionDuration: Bool?
  }

  private func updateRole(_ input: UpdateRoleInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await change(IAMRole.self, input.RoleName, context) { role in
      if input.MaxSessionDuration != nil { try role.checkModifiable() }
      role.description = input.Description ?? role.description
      role.sessionSecondsMax = input.MaxSessionDuration ?? role.sessionSecondsMax
      role.signinSecondsMax =
        input.ResetMaxSigninSessionDuration == true
        ? nil : input.MaxSigninSessionDuration ?? role.signinSecondsMax
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
    let role = try await change(IAMRole.self, input.RoleName, context) {
      $0.description = input.Description
    }
    return RoleOutput(Role: RoleShape(role, context, isFull: true))
  }

  struct UpdateAssumeRolePolicyInput: Codable, Sendable {
    var RoleName: String
    var PolicyDocument: String
  }

  private func updateAssumeRolePolicy(
    _ input: UpdateAssumeRolePolicyInput, _ context: RequestContext
  ) async throws -> EmptyOutput {
    let document = try IAMRole.trust(.string(input.PolicyDocument))
    try await change(IAMRole.self, input.RoleName, context) { role in
      try role.checkModifiable()
      role.trustPolicy = document
    }
    return EmptyOutput()
  }
}
