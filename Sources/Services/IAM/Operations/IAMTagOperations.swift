import AWSModel
import ServiceKit

/// Tags of roles, users, instance profiles and managed policies.
/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
extension IAMService {
  var tagOperations: [Operation] {
    tags(of: RoleNamed.self, "Role") + tags(of: UserNamed.self, "User")
      + tags(of: InstanceProfileNamed.self, "InstanceProfile") + policyTagOperations
  }

  private func tags<Name: IAMNameMember>(of name: Name.Type, _ word: String) -> [Operation]
  where Name.Named: IAMTagged {
    [
      .typed("Tag\(word)") { (input: With<Name, TagsMember>, context) in
        try IAMLimits.check(tags: input.rest.Tags)
        try await self.change(Name.Named.self, input.name, context) {
          try $0.tags.put(input.rest.Tags)
        }
        return EmptyOutput()
      },
      .typed("Untag\(word)") { (input: With<Name, TagKeysMember>, context) in
        try await self.change(Name.Named.self, input.name, context) {
          $0.tags.remove(input.rest.TagKeys)
        }
        return EmptyOutput()
      },
      .typed("List\(word)Tags") { (input: With<Name, PageMembers>, context) in
        TagPage(try self.find(Name.Named.self, input.name, context).tags, input.rest.page)
      },
    ]
  }

  struct TagsMember: Codable, Sendable { var Tags: [ValuedTag] }

  struct TagKeysMember: Codable, Sendable { var TagKeys: [String] }

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
}

/// Tags of managed policies.
extension IAMService {
  private var policyTagOperations: [Operation] {
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

/// Tags of one thing. Keys are compared without regard to case, and keep the newest spelling.
extension [ValuedTag] {
  /// Throws where there would be more tags than IAM takes.
  mutating func put(_ new: [ValuedTag]) throws {
    for tag in new {
      removeAll { $0.Key.lowercased() == tag.Key.lowercased() }
      append(tag)
    }
    try IAMLimits.check(tags: self)
  }

  mutating func remove(_ keys: [String]) {
    let keys = Set(keys.map { $0.lowercased() })
    removeAll { keys.contains($0.Key.lowercased()) }
  }

  /// nil where there are none, as answers leave them out.
  var shown: [ValuedTag]? { isEmpty ? nil : self }
}
