import AWSModel
import Effects
import ServiceKit

/// Instance profiles, each of which holds one role at most.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
extension IAMService {
  var instanceProfileOperations: [Operation] {
    [
      .typed("CreateInstanceProfile") { try await self.createInstanceProfile($0, $1) },
      .typed("GetInstanceProfile") { (input: InstanceProfileNamed, context) in
        try self.environment.database.read { transaction in
          let profile: IAMInstanceProfile = try self.store.existing(
            input.InstanceProfileName, context.scope.account, transaction)
          return InstanceProfileOutput(
            InstanceProfile: try self.shape(profile, context, isFull: true, transaction))
        }
      },
      .typed("ListInstanceProfiles") { (input: PathPageInput, context) in
        let (items, next) = try self.list(IAMInstanceProfile.self, input, context)
        return try self.page(items, next, context)
      },
      .typed("ListInstanceProfilesForRole") { (input: With<RoleNamed, PageMembers>, context) in
        let profiles = try self.environment.database.read { transaction in
          let account = context.scope.account
          let role: IAMRole = try self.store.existing(input.name, account, transaction)
          return try self.store.profiles(of: role.name, account, transaction)
        }
        let (items, next) = input.rest.page.cut(profiles, by: \.name)
        return try self.page(items, next, context)
      },
      .typed("DeleteInstanceProfile") { try await self.deleteInstanceProfile($0, $1) },
      .typed("AddRoleToInstanceProfile") { try await self.addRole($0, $1) },
      .typed("RemoveRoleFromInstanceProfile") { try await self.removeRole($0, $1) },
    ]
  }

  /// An instance profile as the API shows it; lists leave tags out as AWS does.
  struct InstanceProfileShape: Codable, Sendable {
    var Path: String
    var InstanceProfileName: String
    var InstanceProfileId: String
    var Arn: String
    var CreateDate: String
    var Roles: [RoleShape]
    var Tags: [ValuedTag]?
  }

  struct InstanceProfileOutput: Codable, Sendable { var InstanceProfile: InstanceProfileShape }

  struct ListInstanceProfilesOutput: Codable, Sendable {
    var InstanceProfiles: [InstanceProfileShape]
    var IsTruncated: Bool
    var Marker: String?
  }

  func shape(
    _ profile: IAMInstanceProfile, _ context: RequestContext, isFull: Bool,
    _ transaction: Transaction
  ) throws -> InstanceProfileShape {
    let account = context.scope.account
    let role = try profile.role.flatMap { try store.get(IAMRole.self, $0, account, transaction) }
    return InstanceProfileShape(
      Path: profile.path, InstanceProfileName: profile.name, InstanceProfileId: profile.uniqueID,
      Arn: profile.arn(in: account).description, CreateDate: profile.createdAt.iso8601,
      Roles: role.map { [RoleShape($0, context, isFull: false)] } ?? [],
      Tags: isFull ? profile.tags.shown : nil)
  }

  private func page(
    _ items: [IAMInstanceProfile], _ next: String?, _ context: RequestContext
  ) throws -> ListInstanceProfilesOutput {
    ListInstanceProfilesOutput(
      InstanceProfiles: try environment.database.read { transaction in
        try items.map { try shape($0, context, isFull: false, transaction) }
      }, IsTruncated: next != nil, Marker: next)
  }

  struct CreateInstanceProfileInput: Codable, Sendable {
    var InstanceProfileName: String
    var Path: String?
    var Tags: [ValuedTag]?
  }

  private func createInstanceProfile(
    _ input: CreateInstanceProfileInput, _ context: RequestContext
  ) async throws -> InstanceProfileOutput {
    try IAMLimits.check(tags: input.Tags ?? [])
    let profile = IAMInstanceProfile(
      name: input.InstanceProfileName, path: input.Path ?? "/",
      uniqueID: IAMText.uniqueID("AIPA", environment.effects.random),
      createdAt: environment.effects.clock.now, tags: input.Tags ?? [])
    let (store, account) = (store, context.scope.account)
    return try await environment.database.write { transaction in
      try store.make(profile, account, transaction)
      return InstanceProfileOutput(
        InstanceProfile: try self.shape(profile, context, isFull: true, transaction))
    }
  }

  private func deleteInstanceProfile(_ input: InstanceProfileNamed, _ context: RequestContext)
    async throws -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      let profile: IAMInstanceProfile = try store.existing(
        input.InstanceProfileName, account, transaction)
      guard profile.role == nil else {
        throw IAMFaults.deleteConflict(
          "Cannot delete entity, must remove roles from instance profile first.")
      }
      try store.delete(profile, account, transaction)
    }
    return EmptyOutput()
  }

  private func addRole(
    _ input: With<InstanceProfileNamed, RoleNamed>, _ context: RequestContext
  ) async throws -> EmptyOutput {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      var profile: IAMInstanceProfile = try store.existing(input.name, account, transaction)
      let role: IAMRole = try store.existing(input.rest.RoleName, account, transaction)
      try role.checkModifiable()
      try profile.add(role.name)
      try store.put(profile, account, transaction)
    }
    return EmptyOutput()
  }

  private func removeRole(
    _ input: With<InstanceProfileNamed, RoleNamed>, _ context: RequestContext
  ) async throws -> EmptyOutput {
    try await change(IAMInstanceProfile.self, input.name, context) { profile in
      guard profile.role == input.rest.RoleName else { throw IAMRole.missing(input.rest.RoleName) }
      profile.role = nil
    }
    return EmptyOutput()
  }
}
