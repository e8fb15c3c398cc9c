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
      try role.tags.put(input.Tags)
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
    try await change(input.RoleName, context) { $0.tags.remove(input.TagKeys) }
    return EmptyOutput()
  }

  /// A page of tags, by their keys.
  struct TagPage: Codable, Sendable {
    var Tags: [ValuedTag]
    var IsTruncated: Bool
    var Marker: String?

    init(_ tags: [ValuedTag], _ page: IAMPage) {
      let (items, next) = page.cut(tags.sorted { $0.Key < $1.Key }, by: \.Key)
      Tags = items
      IsTruncated = next != nil
      Marker = next
    }
  }

  private func listRoleTags(_ input: RolePageInput, _ context: RequestContext) throws -> TagPage {
    TagPage(
      try find(input.RoleName, context).tags, IAMPage(marker: input.Marker, max: input.MaxItems))
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
      try policy.tags.put(input.Tags)
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
    _ = try await change(policy: input.PolicyArn, context) { $0.tags.remove(input.TagKeys) }
    return EmptyOutput()
  }

  private func listPolicyTags(_ input: VersionPageInput, _ context: RequestContext) throws
    -> TagPage
  {
    TagPage(
      try find(policy: input.PolicyArn, context).tags,
      IAMPage(marker: input.Marker, max: input.MaxItems))
  }
}

/// Tags of a role or a policy. Keys are compared without regard to case, and keep the newest
/// spelling.
extension [ValuedTag] {
  /// Throws where there would be more tags than IAM takes.
  fileprivate mutating func put(_ new: [ValuedTag]) throws {
    for tag in new {
      removeAll { $0.Key.lowercased() == tag.Key.lowercased() }
      append(tag)
    }
    try IAMLimits.check(tags: self)
  }

  fileprivate mutating func remove(_ keys: [String]) {
    let keys = Set(keys.map { $0.lowercased() })
    removeAll { keys.contains($0.Key.lowercased()) }
  }
}
