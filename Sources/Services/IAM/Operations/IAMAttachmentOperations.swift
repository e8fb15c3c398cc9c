import AWSModel
import ServiceKit

/// Managed policies of roles.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
extension IAMService {
  var attachmentOperations: [Operation] {
    [
      .typed("AttachRolePolicy") { try await self.attachRolePolicy($0, $1) },
      .typed("DetachRolePolicy") { try await self.detachRolePolicy($0, $1) },
      .typed("ListAttachedRolePolicies") { try self.listAttachedRolePolicies($0, $1) },
      .typed("ListInstanceProfilesForRole") { try self.listInstanceProfiles($0, $1) },
    ]
  }

  struct AttachmentInput: Codable, Sendable {
    var RoleName: String
    var PolicyArn: String
  }

  private func attachRolePolicy(_ input: AttachmentInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let (store, account) = (store, context.scope.account)
    try await environment.database.write { transaction in
      try store.checkAttachable(input.PolicyArn, account, transaction)
      var role = try store.existingRole(input.RoleName, account, transaction)
      if !role.managedPolicies.contains(input.PolicyArn) {
        role.managedPolicies.append(input.PolicyArn)
      }
      try store.put(role, account, transaction)
    }
    return EmptyOutput()
  }

  private func detachRolePolicy(_ input: AttachmentInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await change(input.RoleName, context) { role in
      guard let index = role.managedPolicies.firstIndex(of: input.PolicyArn) else {
        throw IAMFaults.noSuchEntity("Policy \(input.PolicyArn) was not found.")
      }
      role.managedPolicies.remove(at: index)
    }
    return EmptyOutput()
  }

  struct ListAttachedInput: Codable, Sendable {
    var RoleName: String
    var PathPrefix: String?
    var Marker: String?
    var MaxItems: Int?
  }

  struct AttachedPolicy: Codable, Sendable {
    var PolicyName: String
    var PolicyArn: String
  }

  struct ListAttachedOutput: Codable, Sendable {
    var AttachedPolicies: [AttachedPolicy]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listAttachedRolePolicies(_ input: ListAttachedInput, _ context: RequestContext)
    throws -> ListAttachedOutput
  {
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    let policies = try find(input.RoleName, context).managedPolicies.sorted()
      .filter { IAMPolicyARN.path(of: $0).hasPrefix(input.PathPrefix ?? "/") }
    let (items, next) = page.cut(policies, by: \.self)
    return ListAttachedOutput(
      AttachedPolicies: items.map {
        AttachedPolicy(PolicyName: IAMPolicyARN.name(of: $0), PolicyArn: $0)
      },
      IsTruncated: next != nil, Marker: next)
  }

  struct ListInstanceProfilesOutput: Codable, Sendable {
    /// Always empty: no operation or resource type here makes an instance profile.
    var InstanceProfiles: [String]
    var IsTruncated: Bool
  }

  private func listInstanceProfiles(_ input: RolePageInput, _ context: RequestContext) throws
    -> ListInstanceProfilesOutput
  {
    _ = try find(input.RoleName, context)
    return ListInstanceProfilesOutput(InstanceProfiles: [], IsTruncated: false)
  }
}
