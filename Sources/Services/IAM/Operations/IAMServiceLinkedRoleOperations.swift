import AWSModel
import Effects
import ServiceKit

/// Service-linked roles, whose deletion is a task: here it is over at once, since nothing uses them.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
extension IAMService {
  var serviceLinkedRoleOperations: [Operation] {
    [
      .typed("CreateServiceLinkedRole") { try await self.createServiceLinkedRole($0, $1) },
      .typed("DeleteServiceLinkedRole") { try await self.deleteServiceLinkedRole($0, $1) },
      .typed("GetServiceLinkedRoleDeletionStatus") { (input: DeletionTaskInput, context) in
        guard try self.readAccount(context).deletionTasks.contains(input.DeletionTaskId) else {
          throw IAMFaults.noSuchEntity("Deletion task \(input.DeletionTaskId) cannot be found.")
        }
        return DeletionStatusOutput(Status: "SUCCEEDED")
      },
    ]
  }

  struct CreateServiceLinkedRoleInput: Codable, Sendable {
    var AWSServiceName: String
    var Description: String?
    var CustomSuffix: String?
  }

  private func createServiceLinkedRole(
    _ input: CreateServiceLinkedRoleInput, _ context: RequestContext
  ) async throws -> RoleOutput {
    let linked = try IAMServiceLinkedRole(
      service: input.AWSServiceName, suffix: input.CustomSuffix)
    let role = IAMRole(
      linked, uniqueID: IAMText.uniqueID("AROA", environment.effects.random),
      description: input.Description, at: environment.effects.clock.now)
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      guard try store.get(IAMRole.self, role.name, account, transaction) == nil else {
        throw IAMServiceLinkedRole.taken(role.name)
      }
      try store.put(role, account, transaction)
    }
    return RoleOutput(Role: RoleShape(role, context, isFull: true))
  }

  struct DeletionTaskOutput: Codable, Sendable { var DeletionTaskId: String }

  private func deleteServiceLinkedRole(_ input: RoleNamed, _ context: RequestContext) async throws
    -> DeletionTaskOutput
  {
    let (store, id) = (store, context.scope.account)
    let uuid = environment.effects.random.uuid()
    return try await environment.database.write { transaction in
      let role: IAMRole = try store.existing(input.RoleName, id, transaction)
      guard role.isServiceLinked else { throw IAMRole.missing(input.RoleName) }
      let task = "task\(role.path)\(role.name)/\(uuid)"
      var account = try store.account(id, transaction)
      account.deletionTasks = Array((account.deletionTasks + [task]).suffix(100))
      try store.put(account, id, transaction)
      try store.delete(role, id, transaction)
      return DeletionTaskOutput(DeletionTaskId: task)
    }
  }

  struct DeletionTaskInput: Codable, Sendable { var DeletionTaskId: String }

  struct DeletionStatusOutput: Codable, Sendable { var Status: String }
}

extension IAMRole {
  /// A role of a service.
  init(
    _ linked: IAMServiceLinkedRole, uniqueID: String, description: String?, at now: Timestamp
  ) {
    self.init(
      name: linked.roleName, path: linked.path, uniqueID: uniqueID, createdAt: now,
      trustPolicy: linked.trustPolicy, description: description, sessionSecondsMax: 3600, tags: [],
      managedPolicies: [linked.policyARN], inlinePolicies: [])
  }
}
