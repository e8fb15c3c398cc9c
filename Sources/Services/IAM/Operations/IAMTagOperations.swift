import AWSModel
import ServiceKit

/// Tags of roles.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
extension IAMService {
  var tagOperations: [Operation] {
    [
      .typed("TagRole") { try await self.tagRole($0, $1) },
      .typed("UntagRole") { try await self.untagRole($0, $1) },
      .typed("ListRoleTags") { try self.listRoleTags($0, $1) },
    ]
  }

  struct TagRoleInput: Codable, Sendable {
    var RoleName: String
    var Tags: [ValuedTag]
  }

  private func tagRole(_ input: TagRoleInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try IAMLimits.check(tags: input.Tags)
    try await change(input.RoleName, context) { role in
      for tag in input.Tags {
        // Keys are compared without regard to case, and keep the newest spelling.
        role.tags.removeAll { $0.Key.lowercased() == tag.Key.lowercased() }
        role.tags.append(tag)
      }
      try IAMLimits.check(tags: role.tags)
    }
    return EmptyOutput()
  }

  struct UntagRoleInput: Codable, Sendable {
    var RoleName: String
    var TagKeys: [String]
  }

  private func untagRole(_ input: UntagRoleInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let keys = Set(input.TagKeys.map { $0.lowercased() })
    try await change(input.RoleName, context) { role in
      role.tags.removeAll { keys.contains($0.Key.lowercased()) }
    }
    return EmptyOutput()
  }

  struct ListRoleTagsOutput: Codable, Sendable {
    var Tags: [ValuedTag]
    var IsTruncated: Bool
    var Marker: String?
  }

  private func listRoleTags(_ input: RolePageInput, _ context: RequestContext) throws
    -> ListRoleTagsOutput
  {
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    let tags = try find(input.RoleName, context).tags.sorted { $0.Key < $1.Key }
    let (items, next) = page.cut(tags, by: \.Key)
    return ListRoleTagsOutput(Tags: items, IsTruncated: next != nil, Marker: next)
  }
}

/// Tags of managed policies.
extension IAMService {
  var policyTagOperations: [Operation] {
    [
      .typed("TagPolicy") { try await self.tagPolicy($0, $1) },
      .typed("UntagPolicy") { try await self.untagPolicy($0, $1) },
      .typed("ListPolicyTags") { try self.listPolicyTags($0, $1) },
    ]
  }

  struct TagPolicyInput: Codable, Sendable {
    var PolicyArn: String
    var Tags: [ValuedTag]
  }

  private func tagPolicy(_ input: TagPolicyInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    try IAMLimits.check(tags: input.Tags)
    _ = try await change(policy: input.PolicyArn, context) { policy in
      for tag in input.Tags {
        policy.tags.removeAll { $0.Key.lowercased() == tag.Key.lowercased() }
        policy.tags.append(tag)
      }
      try IAMLimits.check(tags: policy.tags)
    }
    return EmptyOutput()
  }

  struct UntagPolicyInput: Codable, Sendable {
    var PolicyArn: String
    var TagKeys: [String]
  }

  private func untagPolicy(_ input: UntagPolicyInput, _ context: RequestContext) async throws
    -> EmptyOutput
  {
    let keys = Set(input.TagKeys.map { $0.lowercased() })
    _ = try await change(policy: input.PolicyArn, context) { policy in
      policy.tags.removeAll { keys.contains($0.Key.lowercased()) }
    }
    return EmptyOutput()
  }

  private func listPolicyTags(_ input: VersionPageInput, _ context: RequestContext) throws
    -> ListRoleTagsOutput
  {
    let page = IAMPage(marker: input.Marker, max: input.MaxItems)
    let tags = try find(policy: input.PolicyArn, context).tags.sorted { $0.Key < $1.Key }
    let (items, next) = page.cut(tags, by: \.Key)
    return ListRoleTagsOutput(Tags: items, IsTruncated: next != nil, Marker: next)
  }
}
