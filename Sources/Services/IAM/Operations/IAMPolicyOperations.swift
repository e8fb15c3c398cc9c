import AWSModel
import ServiceKit

/// Inline policies of roles, users and groups.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
extension IAMService {
  var inlinePolicyOperations: [Operation] {
    inlinePolicies(of: RoleNamed.self) + inlinePolicies(of: UserNamed.self)
      + inlinePolicies(of: GroupNamed.self)
  }

  private func inlinePolicies<Name: IAMNameMember>(of name: Name.Type) -> [Operation]
  where Name.Named: IAMEntity {
    let word = Name.Named.word
    return [
      .typed("Put\(word)Policy") { (input: With<Name, InlinePolicyMembers>, context) in
        try await self.putInlinePolicy(input, context)
      },
      .typed("Get\(word)Policy") { (input: With<Name, InlinePolicyName>, context) in
        let policy = try self.find(Name.Named.self, input.name, context)
          .policy(named: input.rest.PolicyName)
        return With<Name, InlinePolicyMembers>(
          input.name,
          InlinePolicyMembers(
            PolicyName: policy.name, PolicyDocument: PercentEncoding.encode(policy.document)))
      },
      .typed("List\(word)Policies") { (input: With<Name, PageMembers>, context) in
        let names = try self.find(Name.Named.self, input.name, context)
          .inlinePolicies.map(\.name).sorted()
        let (items, next) = input.rest.page.cut(names, by: \.self)
        return ListInlinePoliciesOutput(
          PolicyNames: items, IsTruncated: next != nil, Marker: next)
      },
      .typed("Delete\(word)Policy") { (input: With<Name, InlinePolicyName>, context) in
        try await self.deleteInlinePolicy(input, context)
      },
    ]
  }

  struct InlinePolicyName: Codable, Sendable { var PolicyName: String }

  struct InlinePolicyMembers: Codable, Sendable {
    var PolicyName: String
    var PolicyDocument: String
  }

  struct ListInlinePoliciesOutput: Codable, Sendable {
    var PolicyNames: [String]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func putInlinePolicy<Name: IAMNameMember>(
    _ input: With<Name, InlinePolicyMembers>, _ context: RequestContext
  ) async throws -> EmptyOutput where Name.Named: IAMEntity {
    let members = input.rest
    try IAMPolicyDocument.check(members.PolicyDocument, .identity)
    try await change(Name.Named.self, input.name, context) { entity in
      try (entity as? IAMRole)?.checkModifiable()
      try entity.put(IAMInlinePolicy(name: members.PolicyName, document: members.PolicyDocument))
    }
    return EmptyOutput()
  }

  private func deleteInlinePolicy<Name: IAMNameMember>(
    _ input: With<Name, InlinePolicyName>, _ context: RequestContext
  ) async throws -> EmptyOutput where Name.Named: IAMEntity {
    try await change(Name.Named.self, input.name, context) { entity in
      try (entity as? IAMRole)?.checkModifiable()
      let gone = try entity.policy(named: input.rest.PolicyName)
      entity.inlinePolicies.removeAll { $0.name == gone.name }
    }
    return EmptyOutput()
  }
}
