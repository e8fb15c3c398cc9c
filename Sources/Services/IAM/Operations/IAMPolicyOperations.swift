import AWSModel
import ServiceKit

/// Inline policies of roles.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
extension IAMService {
  var inlinePolicyOperations: [Operation] {
    [
      .typed("PutRolePolicy") { try await self.putRolePolicy($0, $1) },
      .typed("GetRolePolicy") { try self.getRolePolicy($0, $1) },
      .typed("ListRolePolicies") { try self.listRolePolicies($0, $1) },
      .typed("DeleteRolePolicy") { try await self.deleteRolePolicy($0, $1) },
    ]
  }

  struct PutRolePolicyInput: Codable, Sendable {
    var RoleName: String
    var PolicyName: String
    var PolicyDocument: String
  }

  private func putRolePolicy(_ input: PutRolePolicyInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try IAMPolicyDocument.check(input.PolicyDocument, .identity)
    try await change(input.RoleName, context) {
      $0.put(IAMInlinePolicy(name: input.PolicyName, document: input.PolicyDocument))
    }
    return EmptyOutput()
  }

  struct RolePolicyInput: Codable, Sendable {
    var RoleName: String
    var PolicyName: String
  }

  struct GetRolePolicyOutput: Codable, Sendable {
    var RoleName: String
    var PolicyName: String
    var PolicyDocument: String
  }

  private func getRolePolicy(_ input: RolePolicyInput, _ context: RequestContext) throws
    -> GetRolePolicyOutput
  {
    let role = try find(input.RoleName, context)
    guard let policy = role.inlinePolicies.first(where: { $0.name == input.PolicyName }) else {
      throw Self.noSuchPolicy(input.PolicyName)
    }
    return GetRolePolicyOutput(
      RoleName: role.name, PolicyName: policy.name,
      PolicyDocument: PercentEncoding.encode(policy.document))
  }

  struct RolePageInput: Codable, Sendable {
    var RoleName: String
    var Marker: String?
    var MaxItems: Int?
  }

  struct ListRolePoliciesOutput: Codable, Sendable {
    var PolicyNames: [String]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listRolePolicies(_ input: RolePageInput, _ context: RequestContext) throws
    -> ListRolePoliciesOutput
  {
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    let names = try find(input.RoleName, context).inlinePolicies.map(\.name).sorted()
    let (items, next) = page.cut(names, by: \.self)
    return ListRolePoliciesOutput(PolicyNames: items, IsTruncated: next != nil, Marker: next)
  }

  private func deleteRolePolicy(_ input: RolePolicyInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try await change(input.RoleName, context) { role in
      guard let index = role.inlinePolicies.firstIndex(where: { $0.name == input.PolicyName })
      else { throw Self.noSuchPolicy(input.PolicyName) }
      role.inlinePolicies.remove(at: index)
    }
    return EmptyOutput()
  }

  static func noSuchPolicy(_ name: String) -> ServiceError {
    IAMFaults.noSuchEntity("The role policy with name \(name) cannot be found.")
  }
}
